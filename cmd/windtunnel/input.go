package main

import (
	"strings"

	"github.com/spf13/cobra"

	"windtunnel/scenarios"
)

// inputFlags are the flags by which a command is told what to load.
type inputFlags struct {
	topologies []string
	set        []string
	param      []string
}

func (f *inputFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.topologies, "topology", "t", nil, "a topology, by file or catalogue name; may be repeated; default: those that the scenario names")
	c.Flags().StringArrayVar(&f.set, "set", nil, "set a value of the files: nodes.payments.replicas=3")
	c.Flags().StringArrayVar(&f.param, "param", nil, "give a parameter that the files declare; several values make several runs: rate=100/s,200/s")
}

// query says what is to be loaded.
func (a *app) query(names []string, f inputFlags) (scenarios.Query, error) {
	params := map[string][]string{}
	for _, p := range f.param {
		name, values, ok := strings.Cut(p, "=")
		if !ok || name == "" || values == "" {
			return scenarios.Query{}, usagef("--param %s: write it as name=value, or name=value,value for several runs", p)
		}
		params[name] = append(params[name], strings.Split(values, ",")...)
	}
	return scenarios.Query{
		Scenarios: names, Topologies: f.topologies, Set: f.set, Params: params, Getenv: a.env, Venues: venueNames(),
	}, nil
}
