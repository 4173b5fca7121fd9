package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/runner"
	"windtunnel/scenarios"
	"windtunnel/topologies/decode"
)

// runFlags are the flags of every verb that runs scenarios.
type runFlags struct {
	inputFlags
	on      string
	runs    int
	seed    uint64
	out     string
	outputs []string
	checks  []string
	strict  bool
	timeout time.Duration
	dryRun  bool

	calibration string
}

func (f *runFlags) register(c *cobra.Command, runs int) {
	f.inputFlags.register(c)
	c.Flags().StringVar(&f.on, "on", "process", "where to run: process, docker, or sim, the simulator in virtual time")
	c.Flags().IntVar(&f.runs, "runs", runs, "repetitions; the k-th, from 0, has the seed seed+k on every topology")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "what arrivals, service times and every other draw follow from")
	c.Flags().StringVar(&f.calibration, "calibration", "", "for --on sim: the `FILE` in which windtunnel calibrate wrote what a live system costs")
	c.Flags().StringVar(&f.out, "out", "runs", "the directory that run directories go to")
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "also write the report to a file; its extension chooses the format (.md, .json, .txt)")
	c.Flags().StringArrayVar(&f.checks, "check", nil, "one more check: 'checkout.latency.p99 < 250ms'")
	c.Flags().BoolVar(&f.strict, "strict", false, "a limit inside a check's interval is inconclusive")
	c.Flags().DurationVar(&f.timeout, "timeout", 0, "end everything in good order after this time, with exit code 124; 0: never")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "load, lay out and check everything, say what would run, and start nothing")
}

// batch is everything that one command runs.
type batch struct {
	flags    runFlags
	settings runSettings
	loaded   []scenarios.Loaded
}

// newBatch loads what the flags name and checks all of it.
func (a *app) newBatch(names []string, f runFlags) (*batch, error) {
	if f.runs < 1 {
		return nil, usagef("--runs %d: at least 1", f.runs)
	}
	where, err := venueOf(f.on, f.calibration)
	if err != nil {
		return nil, err
	}
	for _, o := range f.outputs {
		if _, err := render.ForFile(o); err != nil {
			return nil, usagef("-o %v", err)
		}
		if info, err := os.Stat(filepath.Dir(o)); err != nil || !info.IsDir() {
			return nil, usagef("-o %s: there is no directory %s", o, filepath.Dir(o))
		}
	}
	query, err := a.query(names, f.inputFlags)
	if err != nil {
		return nil, err
	}
	query.Checks = f.checks
	loaded, problems := scenarios.Load(query)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	b := &batch{flags: f, loaded: loaded, settings: runSettings{
		venue: where, out: f.out, strict: f.strict, command: a.args}}
	if err := b.check(); err != nil || f.dryRun {
		return b, err
	}
	return b, b.settings.prepare()
}

// check says everything that cannot be carried out, before anything is.
func (b *batch) check() error {
	var all decode.Problems
	for _, l := range b.loaded {
		all = append(all, b.settings.venue.check(runner.NewPlan("check", l.Scenario, l.Graph, b.flags.seed, 1))...)
	}
	all.Sort()
	return all.Err()
}

// jobs returns the runs in their order: a block for each repetition, every
// other block backwards (A B, B A, …), so that a drift of the machine meets all alike.
func (b *batch) jobs() []job {
	var jobs []job
	for k := range b.flags.runs {
		for i := range b.loaded {
			l := b.loaded[i]
			if k%2 == 1 {
				l = b.loaded[len(b.loaded)-1-i]
			}
			jobs = append(jobs, job{input: l, seed: b.flags.seed + uint64(k)})
		}
	}
	for i := range jobs {
		title := jobs[i].input.Scenario.Name + " on " + jobs[i].input.Graph.Topology.Name
		for _, name := range slices.Sorted(maps.Keys(jobs[i].input.Params)) {
			title += fmt.Sprintf(" %s=%s", name, jobs[i].input.Params[name])
		}
		if len(jobs) > 1 {
			title = fmt.Sprintf("run %d of %d: %s", i+1, len(jobs), title)
		}
		jobs[i].title = title
	}
	return jobs
}

// do runs the jobs, and gives each run's analysis to each, in the jobs' order.
// Two measured runs never share the machine. It returns what was found until
// the first error.
func (a *app) do(ctx context.Context, b *batch, each func(*reports.Analysis) error) ([]*reports.Analysis, error) {
	ctx, cancel := b.bounded(ctx)
	defer cancel()
	var all []*reports.Analysis
	for done := range a.executed(ctx, b) {
		if done.analysis != nil {
			all = append(all, done.analysis)
			if err := each(done.analysis); done.err == nil {
				done.err = err
			}
		}
		if errors.Is(context.Cause(ctx), errTimeout) {
			return all, errTimeout
		}
		if done.err != nil {
			return all, done.err
		}
	}
	return all, b.writeIndex(all)
}

// outcome is what became of one job.
type outcome struct {
	analysis *reports.Analysis // nil: there is no record
	err      error
}

// executed yields the outcomes in the jobs' order, while as many are under way
// as the venue allows. Those under way end before it returns.
func (a *app) executed(ctx context.Context, b *batch) iter.Seq[outcome] {
	return func(yield func(outcome) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var under sync.WaitGroup
		defer under.Wait()
		defer cancel()
		places := make(chan struct{}, b.settings.venue.atOnce())
		jobs := b.jobs()
		outcomes := make([]chan outcome, len(jobs))
		for i := range outcomes {
			outcomes[i] = make(chan outcome, 1)
		}
		under.Go(func() {
			for i, j := range jobs {
				places <- struct{}{}
				if ctx.Err() != nil { // the run before was just over
					outcomes[i] <- outcome{err: context.Cause(ctx)}
					<-places
					continue
				}
				under.Go(func() {
					defer func() { <-places }()
					analysis, err := a.execute(ctx, j, &b.settings)
					outcomes[i] <- outcome{analysis, err}
				})
			}
		})
		for i := range outcomes {
			if !yield(<-outcomes[i]) {
				return
			}
		}
	}
}

func (b *batch) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if b.flags.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, b.flags.timeout, errTimeout)
}

// describe says what would be run.
func (a *app) describe(b *batch) {
	for _, j := range b.jobs() {
		fmt.Fprintf(a.stdout, "would run: %s, seed %d, %s of load on %s\n",
			j.title, j.seed, j.input.Scenario.Length(), b.flags.on)
	}
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Run scenarios on topologies, report each run, and judge its checks",
		Long: "run builds each topology, drives the scenario's load and faults through it, and reports.\n" +
			"It exits 0 where every check passed, 1 where one failed, 3 where a run could not be judged.",
		Args: atLeastOne("a scenario, by file or catalogue name; `windtunnel list scenarios` shows the shipped ones"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd.Context(), args, f) },
	}
	f.register(c, 1)
	return c
}

func (a *app) run(ctx context.Context, names []string, f runFlags) error {
	b, err := a.newBatch(names, f)
	if err != nil {
		return err
	}
	if f.dryRun {
		a.describe(b)
		return nil
	}
	all, runErr := a.do(ctx, b, func(one *reports.Analysis) error {
		return a.print(one.Document())
	})
	if len(all) > 1 && runErr == nil {
		comparison, err := reports.Compare(all, reports.CompareOptions{AllowDifferent: true})
		if err != nil {
			return err
		}
		if err := a.print(comparison.Document()); err != nil {
			return err
		}
	}
	if len(all) > 0 {
		if err := writeOutputs(f.outputs, all); err != nil {
			return err
		}
	}
	if runErr != nil {
		return runErr
	}
	return verdictOf(all)
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
