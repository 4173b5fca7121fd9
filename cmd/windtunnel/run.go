package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/runner"
	"windtunnel/scenarios"
	"windtunnel/topologies/decode"
)

// runFlags are the flags of every verb that runs scenarios.
type runFlags struct {
	inputFlags
	outputFlags
	priceFlags
	progressFlags
	on      string
	runs    int
	seed    uint64
	out     string
	checks  []string
	strict  bool
	whole   bool
	timeout time.Duration
	dryRun  bool

	failFast bool // of a suite

	calibration string
}

func (f *runFlags) register(c *cobra.Command, runs int) {
	f.inputFlags.register(c)
	f.outputFlags.register(c)
	f.priceFlags.register(c)
	f.progressFlags.register(c)
	c.Flags().StringVar(&f.on, "on", "process", "where to run: process, docker, or sim, the simulator in virtual time")
	c.Flags().IntVar(&f.runs, "runs", runs, "repetitions; the k-th, from 0, has the seed seed+k on every topology")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "what arrivals, service times and every other draw follow from")
	c.Flags().StringVar(&f.calibration, "calibration", "", "for --on sim: the `FILE` in which windtunnel calibrate wrote what a live system costs")
	c.Flags().StringVar(&f.out, "out", "runs", "the directory that run directories go to")
	c.Flags().StringArrayVar(&f.checks, "check", nil, "one more check: 'checkout.latency.p99 < 250ms'")
	c.Flags().BoolVar(&f.strict, "strict", false, "a limit inside a check's interval is inconclusive")
	c.Flags().BoolVar(&f.whole, "all-requests", false, "keep every request in the record; of more than a million it keeps a sample else")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "end everything in good order after this time, with exit code 124; 0: never")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "load, lay out and check everything, say what would run, and start nothing")
}

// batch is everything that one command runs.
type batch struct {
	flags    runFlags
	settings runSettings
	cells    []cell
	enough   atomic.Bool // no further run begins
}

// cell is one combination of scenario, topology and parameters.
type cell struct {
	input scenarios.Loaded
	venue venue
	runs  int // repetitions
}

// newBatch loads what the flags name and checks all of it.
func (a *app) newBatch(names []string, f runFlags) (*batch, error) {
	where, err := venueOf(f.on, f.calibration)
	if err != nil {
		return nil, err
	}
	b, query, err := a.prepareBatch(names, f)
	if err != nil {
		return nil, err
	}
	loaded, problems := scenarios.Load(query)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for _, l := range loaded {
		b.cells = append(b.cells, cell{l, where, f.runs})
	}
	return b, b.ready()
}

// prepareBatch reads the flags. The batch has nothing to run yet: that is for
// the query to find.
func (a *app) prepareBatch(names []string, f runFlags) (*batch, scenarios.Query, error) {
	var query scenarios.Query
	if f.runs < 1 {
		return nil, query, usagef("--runs %d: at least 1", f.runs)
	}
	if err := f.outputFlags.check(); err != nil {
		return nil, query, err
	}
	prices, err := f.priceFlags.settings()
	if err != nil {
		return nil, query, err
	}
	query, err = a.query(names, f.inputFlags)
	if err != nil {
		return nil, query, err
	}
	query.Checks = f.checks
	return &batch{flags: f, settings: runSettings{out: f.out, strict: f.strict, whole: f.whole, command: a.args, prices: prices}}, query, nil
}

// ready checks that everything can be carried out, and measures what all runs share.
func (b *batch) ready() error {
	if err := fitPrices(b.settings.prices, b.nodes()); err != nil {
		return err
	}
	if err := b.check(); err != nil || b.flags.dryRun {
		return err
	}
	return b.settings.prepare()
}

// check says everything that cannot be carried out, before anything is.
func (b *batch) check() error {
	var all decode.Problems
	for _, c := range b.cells {
		all = append(all, c.venue.check(runner.NewPlan("check", c.input.Scenario, c.input.Graph, b.flags.seed, 1))...)
	}
	all.Sort()
	return all.Err()
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	var g gateFlags
	c := &cobra.Command{
		Use:   "run SCENARIO... | run SUITE",
		Short: "Run scenarios on topologies, report each run, and judge its checks",
		Long: "run builds each topology, drives the scenario's load and faults through it, and reports.\n" +
			"It exits 0 where every check passed, 1 where one failed or --baseline or --fail-on found it worse,\n" +
			"3 where a run could not be judged. Several values of a --param that is a number make a sweep, which\n" +
			"is reported as one: latency against load, the knee, how it scales. A suite runs all of its combinations\n" +
			"and has the worst exit code of them.",
		Args: atLeastOne("a scenario or a suite, by file or catalogue name; `windtunnel list` shows the shipped ones"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(g.failOn) > 0 && len(g.baseline) == 0 {
				return usagef("run --fail-on needs --baseline: what is it to be worse than?")
			}
			o, err := g.options(f)
			if err != nil {
				return err
			}
			return a.run(cmd.Context(), args, f, o, cmd.Flags().Changed)
		},
	}
	f.register(c, 1)
	g.register(c)
	c.Flags().BoolVar(&f.failFast, "fail-fast", false, "of a suite: begin no further run once one has not passed")
	return c
}

func (a *app) run(ctx context.Context, names []string, f runFlags, o reports.CompareOptions, given func(string) bool) error {
	if query, err := a.query(names, f.inputFlags); err == nil && scenarios.NamesSuite(query) {
		return a.runSuite(ctx, names, f, given, o)
	}
	if f.failFast {
		return usagef("--fail-fast is for a suite: without one, an error ends a command and a failed check does not")
	}
	b, err := a.newBatch(names, f)
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
	all, runErr := a.do(ctx, b, func(one *reports.Analysis) error {
		if b.sweeps() || f.printed() != "" {
			return nil // they are reported as one
		}
		return a.watched().whenClear(func() error { return a.print(one.Document()) })
	})
	if err := a.watched().close(); runErr == nil {
		runErr = err
	}
	switch {
	case len(all) == 0:
		return runErr
	case runErr != nil:
		return errors.Join(runErr, f.writeTogether(all))
	}
	return worse(verdictOf(all), a.showRuns(all, f.outputFlags, o))
}

// showRuns prints what several runs say together, or a run against its
// baseline, and writes what -o asks for.
func (a *app) showRuns(all []*reports.Analysis, f outputFlags, o reports.CompareOptions) error {
	if len(o.Baseline) > 0 {
		return gateError(a.showComparison(all, f, o))
	}
	d, err := together(all, o)
	if err != nil {
		return err
	}
	switch {
	case f.printed() != "":
		err = a.printAs(f.printed(), d)
	case len(all) > 1: // one alone is shown already
		err = a.print(d)
	}
	if err == nil {
		err = a.annotate(d, f)
	}
	if err != nil {
		return err
	}
	return f.write(d)
}

// sweeps says whether a parameter has several values that make a sweep.
func (b *batch) sweeps() bool {
	var planned []*reports.Analysis
	for _, c := range b.cells {
		planned = append(planned, &reports.Analysis{Result: reports.Result{Scenario: c.input.Scenario.Name, Params: c.input.Params}})
	}
	return reports.Swept(planned) != ""
}

// verdictOf is the worst verdict of the runs as an error: a failed check weighs
// more than a run that could not be judged.
func verdictOf(all []*reports.Analysis) error {
	code := exitPass
	for _, one := range all {
		switch {
		case one.Verdict == reports.Fail:
			code = exitFail
		case one.Verdict != reports.Pass && code == exitPass:
			code = exitInconclusive
		}
	}
	if code == exitPass {
		return nil
	}
	return &verdictError{code}
}
