package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/draw"
)

// drawings are the forms that graph draws in.
var drawings = map[string]func(*topologies.Graph) string{
	"text": draw.Text, "mermaid": draw.Mermaid, "dot": draw.DOT,
}

func drawingNames() []string { return []string{"text", "mermaid", "dot"} }

func (a *app) graphCommand() *cobra.Command {
	var format string
	var set []string
	c := &cobra.Command{
		Use:   "graph TOPOLOGY...",
		Short: "Draw a topology: nodes, what they host, edges with their policies",
		Args:  atLeastOne("a topology, by file or catalogue name"),
		RunE: func(_ *cobra.Command, args []string) error {
			drawing, ok := drawings[format]
			if !ok {
				return usagef("--format %s: there is no such drawing%s; there are %s", format,
					def.Hint(format, drawingNames()), strings.Join(drawingNames(), ", "))
			}
			graphs, problems := scenarios.Graphs(scenarios.Query{Topologies: args, Set: set})
			if err := problems.Err(); err != nil {
				return err
			}
			if len(graphs) == 0 {
				return usagef("%s: no topology is there to draw", strings.Join(args, ", "))
			}
			for _, g := range graphs {
				fmt.Fprint(a.stdout, drawing(g))
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "text", strings.Join(drawingNames(), ", "))
	c.Flags().StringArrayVar(&set, "set", nil, "set a value of the files: nodes.payments.replicas=3")
	return c
}
