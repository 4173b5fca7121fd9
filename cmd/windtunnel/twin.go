package main

import (
	"context"

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
			"load: windtunnel calibrate RUN... -o calibration.json",
		Args: atLeastOne("a scenario, by file or catalogue name"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.twin(cmd.Context(), args, f) },
	}
	f.register(c, 10)
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
	if f.dryRun {
		a.describe(live)
		a.describe(simulated)
		return nil
	}
	if ctx, err = a.watch(ctx, f.progressFlags); err != nil {
		return err
	}
	defer a.watched().close()
	quiet := func(*reports.Analysis) error { return nil }
	computed, err := a.do(ctx, simulated, quiet)
	if err != nil {
		return err
	}
	measured, err := a.do(ctx, live, quiet)
	if err != nil {
		return err
	}
	if err := a.watched().close(); err != nil {
		return err
	}
	twin, err := reports.Twin(measured, computed)
	if err != nil {
		return refusal(err)
	}
	return a.show(twin.Document(), f.outputFlags)
}
