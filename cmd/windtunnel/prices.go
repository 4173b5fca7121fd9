package main

import (
	"os"
	"slices"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/reports/price"
	"windtunnel/topologies"
)

// priceFlags say what the nodes of a run would cost, and at what traffic.
type priceFlags struct {
	prices  []string
	traffic string
}

func (f *priceFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.prices, "prices", nil, "price nodes by another `BOOK` (windtunnel list books): for the kinds that it is for, for a kind or node as service=BOOK, or by a FILE.yaml; none: no costs")
	c.Flags().StringVar(&f.traffic, "traffic", "", "the `RATE` that a month is priced at, as 200/s, or the 24 rates of a day's hours with commas between; default: the run's own")
}

// fitPrices refuses a book for what is no node of these and no kind of node.
func fitPrices(s *price.Settings, nodes []string) error {
	slices.Sort(nodes)
	if err := s.Fit(slices.Compact(nodes), topologies.Kinds.Names()); err != nil {
		return usagef("--prices: %v", err)
	}
	return nil
}

// nodes are those of everything that the batch runs.
func (b *batch) nodes() []string {
	var names []string
	for _, c := range b.cells {
		for _, n := range c.input.Graph.Topology.Nodes {
			names = append(names, n.Name)
		}
	}
	return names
}

// nodesOf are those of recorded runs.
func nodesOf(all []*reports.Analysis) []string {
	var names []string
	for _, a := range all {
		for _, n := range a.Nodes {
			names = append(names, n.Name)
		}
	}
	return names
}

// settings reads the flags. The error is what is wrong with them or their files.
func (f *priceFlags) settings() (*price.Settings, error) {
	s := price.Defaults()
	for _, word := range f.prices {
		if err := s.Use(word, os.ReadFile); err != nil {
			return nil, usagef("--prices %s: %v", word, err)
		}
	}
	if f.traffic != "" {
		if err := s.Traffic.UnmarshalText([]byte(f.traffic)); err != nil {
			return nil, usagef("--traffic %v", err)
		}
	}
	return &s, nil
}
