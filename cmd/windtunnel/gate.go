package main

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"windtunnel/reports"
)

// gateFlags say what a comparison is held against, and what must not be worse.
type gateFlags struct {
	baseline       []string
	failOn         []string
	margin         string
	allowDifferent bool
}

func (f *gateFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.baseline, "baseline", nil, "recorded runs of one topology that all others are held against: run directories, or the `INDEX` of a command that did several")
	c.Flags().StringArrayVar(&f.failOn, "fail-on", nil, "a gate, such as 'p99:+10%', 'checkout.p95:+20%', 'ok:-0.5%' or 'recovery:+50%': exit 1 where the estimate is over the limit and the interval excludes no change, 3 where it includes that, else 0, with --strict also 3 where the limit lies within the interval; with --baseline alone nothing may be worse by more than --margin")
	c.Flags().StringVar(&f.margin, "margin", "5%", "the relative difference within which two sides are the same, and beyond which they differ")
	c.Flags().BoolVar(&f.allowDifferent, "allow-different", false, "compare runs of different engines, backends, hosts or inputs all the same, with a footnote")
}

// options reads the flags, and the baseline from its records: priced and judged
// as the runs that r is for.
func (f *gateFlags) options(r runFlags) (reports.CompareOptions, error) {
	o := reports.CompareOptions{AllowDifferent: f.allowDifferent, Strict: r.strict}
	number, ok := strings.CutSuffix(strings.TrimSpace(f.margin), "%")
	percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(percent >= 0 && percent < 100) {
		return o, usagef("--margin %s: write it as a share of 0%% to 100%%, such as 5%%", f.margin)
	}
	o.Margin = percent / 100
	for _, text := range f.failOn {
		gate, err := reports.ParseGate(text)
		if err != nil {
			return o, usagef("--fail-on %v", err)
		}
		o.Gates = append(o.Gates, gate)
	}
	if len(f.baseline) == 0 {
		return o, nil
	}
	if len(o.Gates) == 0 {
		o.Gates = reports.NoWorse()
	}
	dirs, err := runDirs(f.baseline)
	if err != nil {
		return o, err
	}
	prices, err := r.priceFlags.settings()
	if err != nil {
		return o, err
	}
	o.Baseline, err = analyzeAll(dirs, reports.Options{Prices: prices})
	return o, err
}

// fit refuses a gate on an entry that none of the entries is.
func fit(gates []reports.Gate, entries []string) error {
	if err := reports.GatesFit(gates, entries); err != nil {
		return usagef("--fail-on %v", err)
	}
	return nil
}

// entries are those of everything that the batch runs, timers too.
func (b *batch) entries() []string {
	var names []string
	for _, c := range b.cells {
		for _, e := range c.input.Graph.Entries {
			names = append(names, e.Name)
		}
		for _, t := range c.input.Graph.Timers {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// entriesOf are those of recorded runs, timers too.
func entriesOf(all []*reports.Analysis) []string {
	var names []string
	for _, a := range all {
		names = append(names, a.Entries...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == reports.Total })
}

// gateError turns the outcome of a comparison into an exit code, where there is one.
func gateError(c *reports.Comparison, err error) error {
	if err != nil {
		return err
	}
	if err := gatesError(c.Gates); err != nil {
		return err
	}
	if len(c.Doubts) > 0 {
		return &verdictError{exitInconclusive}
	}
	return nil
}

// gatesError turns gates into an exit code.
func gatesError(gates []reports.GateResult) error {
	switch reports.GateVerdict(gates) {
	case reports.Pass:
		return nil
	case reports.Fail:
		return &verdictError{exitFail}
	}
	return &verdictError{exitInconclusive}
}

// worse returns the error that weighs more: a failed check or gate before what
// could not be judged, and anything else before both.
func worse(a, b error) error {
	var first, second *verdictError
	switch {
	case a == nil:
		return b
	case b == nil, !errors.As(a, &first):
		return a
	case !errors.As(b, &second):
		return b
	case first.code == exitFail:
		return a
	}
	return b
}
