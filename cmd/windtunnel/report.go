package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"windtunnel/reports"
)

func (a *app) reportCommand() *cobra.Command {
	var f outputFlags
	var p priceFlags
	c := &cobra.Command{
		Use:   "report RUN...",
		Short: "Report recorded runs anew, to the terminal or to files",
		Long: "report prints each run; to a file, or in a format that --format names, it writes one report:\n" +
			"that of the run, of a suite, or of several runs their comparison.",
		Args: atLeastOne("a run directory, such as runs/latest, or that of a suite"),
		RunE: func(_ *cobra.Command, args []string) error { return a.report(args, f, p) },
	}
	f.register(c)
	p.register(c)
	return c
}

func (a *app) report(dirs []string, f outputFlags, p priceFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	prices, err := p.settings()
	if err != nil {
		return err
	}
	if len(dirs) == 1 {
		x, dir, err := indexAt(dirs[0])
		if err != nil {
			return err
		}
		if x != nil && x.Suite != "" {
			return a.reportSuite(x, dir, f, reports.Options{Prices: prices})
		}
	}
	if dirs, err = runDirs(dirs); err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(frugal))
	all, err := analyzeAll(dirs, reports.Options{Prices: prices})
	if err != nil {
		return err
	}
	if err := fitPrices(prices, nodesOf(all)); err != nil {
		return err
	}
	if f.format == "" && len(f.outputs) == 0 {
		for _, one := range all {
			if err := a.print(one.Document()); err != nil {
				return err
			}
		}
		return nil
	}
	d, err := together(all, reports.CompareOptions{})
	if err != nil {
		return err
	}
	if len(f.outputs) > 0 {
		return f.write(d)
	}
	return a.printAs(f.format, d)
}
