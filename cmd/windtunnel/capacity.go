package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"windtunnel/reports"
	"windtunnel/scenarios/check"
)

// capacityFlags are those of capacity beside the ones of every verb that runs.
type capacityFlags struct {
	objectives []string
	from, to   string
	precision  string
}

func (a *app) capacityCommand() *cobra.Command {
	var f runFlags
	var s capacityFlags
	c := &cobra.Command{
		Use:   "capacity SCENARIO -t TOPOLOGY --objective 'total.latency.p99 < 250ms'",
		Short: "Find the highest load at which a topology keeps a promise, and how sure that is",
		Long: "capacity runs the scenario at load after load: it doubles until a promise is broken, halves the gap,\n" +
			"and then repeats near the boundary with other seeds, --runs times in all. A load that breaks it is looked\n" +
			"at again, with one more seed, and the majority of three counts. The scenario names its\n" +
			"load as a parameter, `params: {rate: 100/s}`. A quick answer to few is no service: unless an objective\n" +
			"names errors, total.errors.rate < 1% is one more.\n" +
			"It exits 0 where a capacity was found, 1 where no load keeps the promise, 3 where the generator or\n" +
			"--to was the limit, or where the repetitions end far apart.",
		Args: exactly(1, "one scenario, by file or catalogue name"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.capacity(cmd.Context(), args, f, s) },
	}
	f.register(c, 6)
	c.Flags().Lookup("param").Usage = "the `NAME` of the parameter that is the load, default rate; or name=value, to give another one"
	c.Flags().StringArrayVar(&s.objectives, "objective", nil, "the promise: 'total.latency.p99 < 250ms'; several must all be kept")
	c.Flags().StringVar(&s.from, "from", "100/s", "the load to begin with; a plain number for users")
	c.Flags().StringVar(&s.to, "to", "", "the most to try; default: a thousand times --from; the least is a sixteenth")
	c.Flags().StringVar(&s.precision, "precision", "5%", "how near to the boundary each repetition goes")
	return c
}

// hunt is a capacity that is being looked for.
type hunt struct {
	app    *app
	names  []string
	flags  runFlags
	param  string
	unit   string
	search reports.Search
	found  reports.Capacity
}

func (a *app) capacity(ctx context.Context, names []string, f runFlags, s capacityFlags) error {
	h, err := a.newHunt(names, f, s)
	if err != nil {
		return err
	}
	b, err := h.batch(reports.Probe{Load: h.search.From})
	if err != nil {
		return err
	}
	if f.dryRun {
		fmt.Fprintf(a.stdout, "would look for the capacity of %s, from %s on, %d times: %s a run on %s\n",
			b.cells[0].input.Graph.Topology.Name, s.from, f.runs, b.cells[0].input.Scenario.Length(), f.on)
		return nil
	}
	ctx, cancel := (&batch{flags: f}).bounded(ctx)
	defer cancel()
	if ctx, err = a.watch(ctx, f.progressFlags); err != nil {
		return err
	}
	defer a.watched().close()
	if err := h.hunt(ctx); err != nil {
		return err
	}
	if err := a.watched().close(); err != nil {
		return err
	}
	if err := a.show(h.found.Document(), f.outputFlags); err != nil {
		return err
	}
	switch h.found.Verdict() {
	case reports.Pass:
		return nil
	case reports.Fail:
		return &verdictError{exitFail}
	}
	return &verdictError{exitInconclusive}
}

// newHunt reads the flags.
func (a *app) newHunt(names []string, f runFlags, s capacityFlags) (*hunt, error) {
	if len(s.objectives) == 0 {
		return nil, usagef("capacity needs --objective, such as 'total.latency.p99 < 250ms'")
	}
	if f.runs < 1 {
		return nil, usagef("--runs %d: at least 1", f.runs)
	}
	onErrors := false
	for _, text := range s.objectives {
		c, err := check.Parse(text)
		if err != nil {
			return nil, usagef("--objective %s: %v", text, err)
		}
		onErrors = onErrors || strings.HasPrefix(c.Metric.Name, "errors.") || c.Metric.Name == "ok.rate"
	}
	h := &hunt{app: a, names: names, flags: f}
	if err := h.name(); err != nil {
		return nil, err
	}
	h.found.Objectives = s.objectives
	if !onErrors {
		h.found.Objectives = append(h.found.Objectives, "total.errors.rate < 1%")
	}
	precision, ok := strings.CutSuffix(s.precision, "%")
	percent, err := strconv.ParseFloat(precision, 64)
	if !ok || err != nil || !(percent > 0 && percent <= 100) {
		return nil, usagef("--precision %s: write it as a share above 0%%, such as 5%%", s.precision)
	}
	h.search = reports.Search{Precision: percent / 100, Repetitions: f.runs}
	return h, h.bounds(s)
}

// name takes the parameter that is the load from those that are given.
func (h *hunt) name() error {
	var others []string
	for _, p := range h.flags.param {
		switch {
		case strings.Contains(p, "="):
			others = append(others, p)
		case h.param != "":
			return usagef("--param %s: the load is one parameter, and --param %s names it", p, h.param)
		default:
			h.param = p
		}
	}
	h.param, h.flags.param = cmp.Or(h.param, "rate"), others
	return nil
}

// bounds reads where the search begins and how far it goes.
func (h *hunt) bounds(s capacityFlags) error {
	var err error
	if h.search.From, h.unit, err = loadOf(s.from); err != nil {
		return usagef("--from %v", err)
	}
	h.found.Unit, h.search.Whole = h.unit, h.unit == ""
	h.search.Least, h.search.Most = h.search.From/16, h.search.From*1000
	if h.search.Whole {
		h.search.Least = 1
	}
	if s.to == "" {
		return nil
	}
	most, unit, err := loadOf(s.to)
	switch {
	case err != nil:
		return usagef("--to %v", err)
	case unit != h.unit || most < h.search.From:
		return usagef("--to %s: a load like --from %s, and no lower", s.to, s.from)
	}
	h.search.Most = most
	return nil
}

// loadOf reads a rate of arrivals, or a number of users.
func loadOf(text string) (load float64, unit string, err error) {
	number, isRate := strings.CutSuffix(text, "/s")
	if isRate {
		unit = "/s"
	}
	load, err = strconv.ParseFloat(number, 64)
	if err != nil || !(load > 0) || load > 1e9 || !isRate && load != math.Trunc(load) {
		return 0, "", fmt.Errorf("%s: write it as 100/s, or as a whole number of users", text)
	}
	return load, unit, nil
}

// batch is one run of the search.
func (h *hunt) batch(p reports.Probe) (*batch, error) {
	f := h.flags
	// A second look has a seed that no repetition has.
	f.runs, f.seed, f.timeout = 1, f.seed+uint64(p.Repetition+p.Again*f.runs), 0
	f.checks = append(append([]string{}, f.checks...), h.found.Objectives...)
	f.param = append(append([]string{}, f.param...), fmt.Sprintf("%s=%s%s", h.param, strconv.FormatFloat(p.Load, 'f', -1, 64), h.unit))
	b, err := h.app.newBatch(h.names, f)
	if err == nil && len(b.cells) != 1 {
		return nil, usagef("capacity takes one scenario on one topology, and this comes to %d runs", len(b.cells))
	}
	return b, err
}

// hunt runs the search. What ends it early, but for an error, is a doubt.
func (h *hunt) hunt(ctx context.Context) error {
	for p, more := h.search.Next(); more; p, more = h.search.Next() {
		b, err := h.batch(p)
		if err != nil {
			return err
		}
		all, err := h.app.do(ctx, b, func(*reports.Analysis) error { return nil })
		if err != nil {
			return err
		}
		one := all[0]
		h.found.Take(one)
		h.found.Param = h.param
		trial, doubts := reports.TrialOf(one, p, h.found.Objectives)
		if len(doubts) > 0 {
			h.found.Doubts = append([]string{fmt.Sprintf("the run at %v%s cannot be judged, and the search ends there", p.Load, h.unit)}, doubts...)
			break
		}
		h.found.Trials = append(h.found.Trials, trial)
		h.search.Tell(trial.Kept)
	}
	h.found.Conclude(&h.search)
	return nil
}
