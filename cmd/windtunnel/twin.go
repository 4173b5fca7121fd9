package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"windtunnel/reports"
)

func (a *app) twinCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "twin SCENARIO...",
		Short: "Run both engines on the same plan, and say how far the simulator is from the measured system",
		Long: "twin runs every repetition live and simulated, with the same seeds, and prints their difference\n" +
			"metric by metric. It is the only comparison of engines. Calibrate the simulator first, at another\n" +
			"load: windtunnel calibrate RUN... -o calibration.json\n" +
			"It exits 0 wherever there is a judgement, since a simulator that is off is a finding; with --strict 1\n" +
			"where a metric is not within its aim; and 3 where the measured half cannot be believed.",
		Args: atLeastOne("a scenario, by file or catalogue name"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.twin(cmd.Context(), args, f) },
	}
	f.register(c, 10)
	c.Flags().Lookup("on").Usage = "where to run the measured half: process or docker"
	c.Flags().Lookup("calibration").Usage = "the `FILE` in which windtunnel calibrate wrote what a live system costs, for the simulated half"
	c.Flags().Lookup("strict").Usage = "exit 1 where a metric is not within its aim; a limit inside a check's interval is inconclusive"
	return c
}

func (a *app) twin(ctx context.Context, names []string, f runFlags) error {
	if f.on == "sim" {
		return usagef("twin --on sim: --on says where the live half runs: process or docker")
	}
	real, virtual := f, f
	real.calibration, virtual.on = "", "sim"
	live, err := a.newBatch(names, real)
	if err == nil {
		err = live.alike("twin", "do each by itself")
	}
	if err != nil {
		return err
	}
	simulated, err := a.newBatch(names, virtual)
	if err != nil {
		return err
	}
	for i := range simulated.cells {
		simulated.cells[i].venue.standsFor = live.cells[0].venue.backendName()
	}
	if f.dryRun {
		a.describe(live)
		a.describe(simulated)
		return nil
	}
	if ctx, err = a.watch(ctx, f.progressFlags); err != nil {
		return err
	}
	defer a.watched().close()
	measured, computed, runErr := a.twins(ctx, live, simulated)
	if err := a.watched().close(); runErr == nil {
		runErr = err
	}
	switch {
	case errors.Is(runErr, errEnded), errors.Is(runErr, errTimeout):
		return errors.Join(runErr, a.twinSoFar(measured, computed, f.outputFlags))
	case runErr != nil:
		return runErr
	}
	twin, err := reports.Twin(measured, computed)
	if err != nil {
		return refusal(err)
	}
	if err := a.show(twin.Document(), f.outputFlags); err != nil {
		return err
	}
	return twinError(twin, f.strict)
}

// twins runs the simulated half, which is soon done, and then the measured one.
// What --timeout bounds is both together.
func (a *app) twins(ctx context.Context, live, simulated *batch) (measured, computed []*reports.Analysis, err error) {
	ctx, cancel := live.bounded(ctx)
	defer cancel()
	live.flags.timeout, simulated.flags.timeout = 0, 0
	quiet := func(*reports.Analysis) error { return nil }
	if computed, err = a.do(ctx, simulated, quiet); err != nil {
		return nil, computed, err
	}
	measured, err = a.do(ctx, live, quiet)
	return measured, computed, err
}

// twinSoFar shows how far the engines are apart by the whole runs of topologies
// that both have done, where the command ended early.
func (a *app) twinSoFar(measured, computed []*reports.Analysis, f outputFlags) error {
	measured, computed = doneInBoth(measured, computed), doneInBoth(computed, measured)
	if len(measured) == 0 {
		return nil
	}
	twin, err := reports.Twin(measured, computed)
	if err != nil {
		return refusal(err)
	}
	return a.show(twin.Document(), f)
}

// doneInBoth are the whole runs of the topologies of which the others have one, too.
func doneInBoth(some, others []*reports.Analysis) []*reports.Analysis {
	return slices.DeleteFunc(slices.Clone(some), func(one *reports.Analysis) bool {
		return one.Verdict == reports.Partial || !slices.ContainsFunc(others, func(other *reports.Analysis) bool {
			return other.Topology == one.Topology && other.Verdict != reports.Partial
		})
	})
}

// twinError turns the report into an exit code. As with compare a difference is a
// finding: it fails nothing that does not ask for that.
func twinError(t *reports.TwinReport, strict bool) error {
	switch {
	case len(t.Doubts) > 0 || t.Judged == 0:
		return &verdictError{exitInconclusive}
	case strict && t.Within < t.Judged:
		return &verdictError{exitFail}
	}
	return nil
}
