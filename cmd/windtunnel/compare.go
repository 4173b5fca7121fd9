package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

func (a *app) compareCommand() *cobra.Command {
	var f runFlags
	var g gateFlags
	var names []string
	c := &cobra.Command{
		Use:   "compare RUN... | compare --scenario SCENARIO [-t TOPOLOGY]...",
		Short: "Compare topologies under the same load and faults: which is better, by how much, and how sure",
		Long: "compare reads recorded runs, or does the runs first: interleaved, in an order drawn from the seed.\n" +
			"Each topology is held against the first, or against --baseline, with its repetitions as the sample:\n" +
			"take --runs 10, and 20 for differences below a fifth. A difference counts where its interval is clear\n" +
			"of --margin; ~ says that none was found. Checks are part of the picture: a topology that\n" +
			"breaks its promises is a finding, and compare exits 0 unless --fail-on or --baseline says otherwise.\n" +
			"An experiment (`windtunnel list experiments`) names its topologies itself.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (len(names) == 0) {
				return usagef("compare takes run directories, or --scenario, with -t for each topology where the scenario does not name them")
			}
			o, err := g.options(f)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				return a.compareRecorded(args, f, o)
			}
			return a.compareRuns(cmd.Context(), names, f, o)
		},
	}
	f.register(c, 1)
	g.register(c)
	c.Flags().StringArrayVar(&names, "scenario", nil, "the scenario to run on each topology")
	return c
}

func (a *app) compareRuns(ctx context.Context, names []string, f runFlags, o reports.CompareOptions) error {
	b, err := a.newBatch(names, f)
	if err == nil && !o.AllowDifferent {
		err = b.alike("compare", "`run` reports several together, and --allow-different lays them side by side")
	}
	if err != nil {
		return err
	}
	if err := fit(o.Gates, b.entries()); err != nil {
		return err
	}
	if f.dryRun {
		a.describe(b)
		return nil
	}
	ctx, err = a.watch(ctx, f.progressFlags)
	if err != nil {
		return err
	}
	defer a.watched().close()
	all, runErr := a.do(ctx, b, func(*reports.Analysis) error { return nil })
	err = a.watched().close()
	if errors.Is(runErr, errEnded) && len(all) > 0 {
		return errors.Join(runErr, a.showSoFar(all, f.outputFlags))
	}
	if runErr != nil || err != nil || len(all) == 0 {
		return cmp.Or(runErr, err)
	}
	return gateError(a.showComparison(all, f.outputFlags, o))
}

// alike refuses, before anything runs, what could not be held against each other
// afterwards: several scenarios, or several values of a parameter.
func (b *batch) alike(verb, instead string) error {
	var different []string
	for _, c := range b.cells {
		words := c.input.Scenario.Name
		for _, name := range slices.Sorted(maps.Keys(c.input.Params)) {
			words += " " + name + "=" + c.input.Params[name]
		}
		if !slices.Contains(different, words) {
			different = append(different, words)
		}
	}
	if len(different) < 2 {
		return nil
	}
	return usagef("%s takes one scenario and one value of each parameter, and this comes to %d, %s and %s: %s",
		verb, len(different), different[0], different[1], instead)
}

// showSoFar shows what whole runs there are of a comparison that was ended early,
// or else the one that was cut off.
func (a *app) showSoFar(all []*reports.Analysis, f outputFlags) error {
	whole := slices.DeleteFunc(slices.Clone(all), func(one *reports.Analysis) bool { return one.Verdict == reports.Partial })
	if len(whole) == 0 {
		whole = all
	}
	d, err := together(whole, reports.CompareOptions{})
	if err != nil {
		return refusal(err)
	}
	return a.show(d, f)
}

func (a *app) compareRecorded(paths []string, f runFlags, o reports.CompareOptions) error {
	for _, text := range f.checks {
		if _, err := check.Parse(text); err != nil {
			return usagef("--check %s: %v", text, err)
		}
	}
	prices, err := f.priceFlags.settings()
	if err != nil {
		return err
	}
	if err := f.outputFlags.check(); err != nil {
		return err
	}
	dirs, err := runDirs(paths)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(frugal))
	all, err := analyzeAll(dirs, reports.Options{Checks: f.checks, Strict: f.strict, Prices: prices})
	if err != nil {
		return err
	}
	if err := cmp.Or(fit(o.Gates, entriesOf(all)), fitPrices(prices, nodesOf(all))); err != nil {
		return err
	}
	return gateError(a.showComparison(all, f.outputFlags, o))
}

func (a *app) showComparison(all []*reports.Analysis, f outputFlags, o reports.CompareOptions) (*reports.Comparison, error) {
	comparison, err := reports.Compare(all, o)
	if err != nil {
		return nil, refusal(err)
	}
	d := comparison.Document()
	if err := a.show(d, f); err != nil {
		return nil, err
	}
	return comparison, a.annotate(d, f)
}

// refusal makes a comparison that would mislead inconclusive rather than broken.
func refusal(err error) error {
	var different *reports.DifferentError
	if errors.As(err, &different) {
		return &inconclusiveError{err}
	}
	return err
}

// frugal is how much garbage there may be, in percent of what is kept, where
// recorded runs are analysed. What is kept are requests, by the million and without
// pointers: to look for garbage costs next to nothing, and the usual 100 would take
// as much memory again.
const frugal = 25

// analyzeAll analyses recorded runs.
func analyzeAll(dirs []string, o reports.Options) ([]*reports.Analysis, error) {
	var all []*reports.Analysis
	for _, dir := range dirs {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, usagef("%s: there is no such run directory", dir)
		}
		recorded, err := record.Load(dir)
		if err != nil {
			return nil, usagef("%v", err)
		}
		analysis, err := reports.Analyze(recorded, o)
		if err != nil {
			return nil, usagef("%v", err)
		}
		all = append(all, analysis)
	}
	return all, nil
}
