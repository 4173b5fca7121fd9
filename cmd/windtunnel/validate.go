package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"windtunnel/scenarios"
)

func (a *app) validateCommand() *cobra.Command {
	var input inputFlags
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Find every problem of scenarios, topologies and applications, and of what they name",
		Args:  atLeastOne("a file, or the name of a shipped one"),
		RunE: func(_ *cobra.Command, args []string) error {
			query, err := a.query(args, input)
			if err != nil {
				return err
			}
			if err := scenarios.Validate(query).Err(); err != nil {
				return err
			}
			for _, name := range args {
				fmt.Fprintln(a.stdout, "valid:", name)
			}
			return nil
		},
	}
	input.register(c)
	return c
}
