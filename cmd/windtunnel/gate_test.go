package main

import (
	"errors"
	"testing"

	"windtunnel/reports"
)

func TestGateOptions(t *testing.T) {
	for margin, want := range map[string]float64{"5%": 0.05, "0%": 0, " 2.5 %": 0.025} {
		f := gateFlags{margin: margin, failOn: []string{"p99:+10%"}}
		if o, err := f.options(runFlags{strict: true}); err != nil || o.Margin != want || len(o.Gates) != 1 || !o.Strict {
			t.Errorf("%s: %+v, %v", margin, o, err)
		}
	}
	var usage *usageError
	for _, f := range []gateFlags{{margin: "5"}, {margin: "x%"}, {margin: "-1%"}, {margin: "100%"}, {margin: "NaN%"},
		{margin: "5%", failOn: []string{"p98:+1%"}}, {margin: "5%", baseline: []string{"nowhere"}}, {margin: "5%", baseline: []string{"no.index.json"}}} {
		if _, err := f.options(runFlags{}); !errors.As(err, &usage) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestGateError(t *testing.T) {
	gates := func(verdicts ...reports.Verdict) *reports.Comparison {
		c := &reports.Comparison{}
		for _, v := range verdicts {
			c.Gates = append(c.Gates, reports.GateResult{Verdict: v})
		}
		return c
	}
	doubtful := gates(reports.Pass)
	doubtful.Doubts = []string{"the load generator was saturated"}
	for _, c := range []struct {
		comparison *reports.Comparison
		code       int
	}{
		{gates(), exitPass}, {gates(reports.Pass), exitPass}, {gates(reports.Inconclusive, reports.Fail), exitFail},
		{gates(reports.Pass, reports.Inconclusive), exitInconclusive}, {doubtful, exitInconclusive},
	} {
		code := exitPass
		var verdict *verdictError
		if errors.As(gateError(c.comparison, nil), &verdict) {
			code = verdict.code
		}
		if code != c.code {
			t.Errorf("%+v: exit code %d, want %d", c.comparison, code, c.code)
		}
	}
}

func TestWorse(t *testing.T) {
	broken := errors.New("the disk is full")
	fail, open := &verdictError{exitFail}, &verdictError{exitInconclusive}
	for _, c := range []struct{ a, b, want error }{
		{nil, nil, nil}, {nil, open, open}, {open, nil, open}, {fail, open, fail}, {open, fail, fail},
		{open, broken, broken}, {broken, fail, broken},
	} {
		if got := worse(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
