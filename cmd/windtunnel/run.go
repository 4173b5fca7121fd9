package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/scenarios"
	"windtunnel/scenarios/check"
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
}

func (f *runFlags) register(c *cobra.Command, runs int) {
	f.inputFlags.register(c)
	c.Flags().StringVar(&f.on, "on", "process", "where instances live: process, docker")
	c.Flags().IntVar(&f.runs, "runs", runs, "repetitions; the k-th, from 0, has the seed seed+k on every topology")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "what arrivals, service times and every other draw follow from")
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
	if _, ok := backends()[f.on]; !ok {
		return nil, usagef("--on %s: there is no such backend; there are process and docker", f.on)
	}
	for _, o := range f.outputs {
		if _, err := render.ForFile(o); err != nil {
			return nil, usagef("-o %v", err)
		}
	}
	query, err := a.query(names, f.inputFlags)
	if err != nil {
		return nil, err
	}
	loaded, problems := scenarios.Load(query)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	for i := range loaded {
		for _, text := range f.checks {
			c, err := check.Parse(text)
			if err != nil {
				return nil, usagef("--check %q: %v", text, err)
			}
			loaded[i].Scenario.Checks = append(loaded[i].Scenario.Checks, c)
		}
	}
	b := &batch{flags: f, loaded: loaded, settings: runSettings{
		backend: f.on, out: f.out, strict: f.strict, command: a.args}}
	if f.dryRun {
		return b, nil
	}
	return b, b.settings.prepare()
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
		for name, value := range jobs[i].input.Params {
			title += fmt.Sprintf(" %s=%s", name, value)
		}
		if len(jobs) > 1 {
			title = fmt.Sprintf("run %d of %d: %s", i+1, len(jobs), title)
		}
		jobs[i].title = title
	}
	return jobs
}

// do runs the jobs one after another: two measured runs never share the machine.
// It returns what was measured until the first error.
func (a *app) do(ctx context.Context, b *batch, each func(*reports.Analysis) error) ([]*reports.Analysis, error) {
	ctx, cancel := b.bounded(ctx)
	defer cancel()
	var all []*reports.Analysis
	for _, j := range b.jobs() {
		if ctx.Err() != nil { // the run before was just over
			return all, context.Cause(ctx)
		}
		analysis, err := a.execute(ctx, j, &b.settings)
		if analysis != nil {
			all = append(all, analysis)
			if eachErr := each(analysis); err == nil {
				err = eachErr
			}
		}
		if errors.Is(context.Cause(ctx), errTimeout) {
			return all, errTimeout
		}
		if err != nil {
			return all, err
		}
	}
	return all, b.writeIndex(all)
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
