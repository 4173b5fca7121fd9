package main

import (
	"github.com/spf13/cobra"

	"windtunnel/reports"
)

func (a *app) reportCommand() *cobra.Command {
	var outputs []string
	var format string
	c := &cobra.Command{
		Use:   "report RUN...",
		Short: "Report recorded runs anew, to the terminal or to files",
		Args:  atLeastOne("a run directory, such as runs/latest"),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := analyzeAll(args, reports.Options{})
			if err != nil {
				return err
			}
			if len(outputs) > 0 {
				return writeOutputs(outputs, all)
			}
			for _, one := range all {
				if err := a.printAs(format, one.Document()); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringArrayVarP(&outputs, "output", "o", nil, "write to a file instead; its extension chooses the format (.md, .json, .txt)")
	c.Flags().StringVar(&format, "format", "terminal", "the format on stdout: terminal, markdown, json")
	return c
}
