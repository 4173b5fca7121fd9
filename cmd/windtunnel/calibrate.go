package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/runner/sim"
	"windtunnel/topologies/work"
)

func (a *app) calibrateCommand() *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "calibrate RUN...",
		Short: "Fit the simulator to recorded live runs: hops, CPU of requests, waits, start-up",
		Long: "calibrate finds out from live runs what a live system spends beside the work that is declared, and\n" +
			"writes it to a file for `run --on sim --calibration FILE` and `twin`. The file names what it was\n" +
			"fitted on; a simulation elsewhere says so in its record.",
		Args: atLeastOne("run directories of live runs, or the index of a command that did several"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.calibrate(cmd.Context(), args, output) },
	}
	c.Flags().StringVarP(&output, "output", "o", "calibration.json", "the file to write")
	return c
}

func (a *app) calibrate(ctx context.Context, paths []string, output string) error {
	dirs, err := runDirs(paths)
	if err != nil {
		return err
	}
	var runs []*record.Run
	for _, dir := range dirs {
		run, err := record.Load(dir)
		if err != nil {
			return usagef("%v", err)
		}
		runs = append(runs, run)
	}
	calibration, err := sim.Calibrate(ctx, runs)
	if err != nil {
		return usagef("%v", err)
	}
	if err := calibration.Save(output); err != nil {
		return &runner.EnvironmentError{Doing: "write the calibration", Err: err}
	}
	f := calibration.FittedOn
	fmt.Fprintf(a.stdout, "fitted on %s of %s of %s on %s, %s, at %s requests a second\n", counted(f.Requests, "request"), counted(f.Runs, "run"),
		strings.Join(f.Scenarios, ", "), strings.Join(f.Topologies, ", "), f.Backend, f.Rate)
	for _, line := range costLines(calibration.Costs()) {
		fmt.Fprintln(a.stdout, " ", line)
	}
	if line := agreementLine(calibration.Agreement); line != "" {
		fmt.Fprintln(a.stdout, line)
	}
	fmt.Fprintf(a.stdout, "written to %s; use it with --on sim --calibration %s\n", output, output)
	return nil
}

// agreementLine says how far the simulator is from the runs that it was fitted
// to, at its worst; empty where none of their entries tells.
func agreementLine(all []sim.Agreement) string {
	var worst [3]float64
	told := false
	for _, one := range all {
		for i, live := range one.Live {
			if live > 0 {
				worst[i], told = max(worst[i], math.Abs(one.Sim[i]/live-1)), true
			}
		}
	}
	if !told {
		return ""
	}
	return fmt.Sprintf("on these runs the simulator is off by up to %.1f %% in the median of an entry, %.1f %% in p95 and %.1f %% in p99",
		100*worst[0], 100*worst[1], 100*worst[2])
}

// costLines says costs in words, a line each.
func costLines(c sim.Costs) []string {
	lines := []string{
		fmt.Sprintf("the generator sends %s and spends %v of CPU on a request", lately(c.Late), c.Generate),
		fmt.Sprintf("a message takes %s from outside, %s between nodes", typically(c.EntryHop), typically(c.Hop)),
		fmt.Sprintf("a wait takes %s longer than declared, and who is woken takes %s to run", typically(c.Wait), typically(c.Wake)),
		fmt.Sprintf("an instance takes %s to start", typically(c.Start)),
	}
	if c.Woken.Kind != "" {
		lines = append(lines, fmt.Sprintf("a frozen one takes %s to be woken", typically(c.Woken)))
	}
	for _, k := range c.Kinds {
		lines = append(lines, fmt.Sprintf("a %s spends %v of CPU on a request that it serves, %v on one that it sends", k.Kind, k.Serve, k.Send))
	}
	if c.Compute > 0 {
		lines = append(lines, fmt.Sprintf("declared compute takes %.2f times its CPU", c.Compute))
	}
	return append(lines, fmt.Sprintf("the host has %s cores", strings.TrimSuffix(fmt.Sprintf("%.1f", c.Cores), ".0")))
}

// lately says how late something is.
func lately(d work.Dist) string {
	if late := typically(d); late != time.Duration(0).String() {
		return late + " late"
	}
	return "in time"
}

// typically says a distribution by its median and its 99th percentile, as far
// as 10,000 draws tell; a constant is itself.
func typically(d work.Dist) string {
	if d.Kind == "" || d.Kind == work.Constant {
		return d.A.String()
	}
	const draws = 10_000
	all := make([]time.Duration, draws)
	for i := range all {
		all[i] = d.Draw(work.Root(1).Child(uint64(i)))
	}
	slices.Sort(all)
	at := func(p float64) time.Duration { return all[int(p*draws)].Round(time.Microsecond) }
	if at(0.5) == at(0.99) {
		return at(0.5).String()
	}
	return fmt.Sprintf("%v in the median, %v in 1 of 100,", at(0.5), at(0.99))
}
