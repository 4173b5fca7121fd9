package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"windtunnel/reports"
	"windtunnel/runner/sim"
	"windtunnel/topologies/work"
)

// A simulator that is off is a finding; only --strict fails for it, and what
// cannot be judged is never a pass.
func TestTwinError(t *testing.T) {
	for _, c := range []struct {
		report reports.TwinReport
		strict bool
		code   int
	}{
		{reports.TwinReport{Judged: 5, Within: 5}, true, exitPass},
		{reports.TwinReport{Judged: 5, Within: 4}, false, exitPass},
		{reports.TwinReport{Judged: 5}, false, exitPass},
		{reports.TwinReport{Judged: 5, Within: 4}, true, exitFail},
		{reports.TwinReport{}, false, exitInconclusive},
		{reports.TwinReport{Judged: 5, Within: 4, Doubts: []string{"the load generator was saturated"}}, true, exitInconclusive},
	} {
		code := exitPass
		var verdict *verdictError
		if errors.As(twinError(&c.report, c.strict), &verdict) {
			code = verdict.code
		}
		if code != c.code {
			t.Errorf("%+v: exit code %d, want %d", c, code, c.code)
		}
	}
}

// What is shown of a twin that was ended early are the whole runs of topologies
// that both engines have run.
func TestDoneInBoth(t *testing.T) {
	of := func(topologies ...string) (all []*reports.Analysis) {
		for _, name := range topologies {
			one := &reports.Analysis{Result: reports.Result{Topology: name, Verdict: reports.Pass}}
			if whole, cut := strings.CutSuffix(name, " cut"); cut {
				one.Topology, one.Verdict = whole, reports.Partial
			}
			all = append(all, one)
		}
		return all
	}
	for _, c := range []struct{ some, others, want []*reports.Analysis }{
		{of("a", "a", "b"), of("a"), of("a", "a")},
		{of("a", "a cut"), of("a", "a"), of("a")},
		{of("a", "b"), of("a cut", "b"), of("b")},
		{of("a"), nil, nil},
	} {
		names := func(all []*reports.Analysis) (s string) {
			for _, one := range all {
				s += fmt.Sprintf(" %s %s", one.Topology, one.Verdict)
			}
			return s
		}
		if got := names(doneInBoth(c.some, c.others)); got != names(c.want) {
			t.Errorf("of%s and%s:%s, want%s", names(c.some), names(c.others), got, names(c.want))
		}
	}
}

func TestCalibrationInWords(t *testing.T) {
	spread := work.Dist{Kind: work.Uniform, A: 1000, B: 3_000_000}
	for _, c := range []struct {
		dist work.Dist
		want string
	}{
		{work.Dist{}, "in time"}, {work.Dist{Kind: work.Empirical}, "in time"},
		{work.ConstantOf(2_000_000), "2ms late"}, {spread, "in 1 of 100, late"},
	} {
		if got := lately(c.dist); !strings.HasSuffix(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.dist, got, c.want)
		}
	}
	if got := agreementLine([]sim.Agreement{{Live: [3]float64{10, 20, 0}, Sim: [3]float64{11, 20, 5}}, {Live: [3]float64{10, 20, 40}, Sim: [3]float64{10, 15, 40}}}); !strings.Contains(got, "10.0 % in the median of an entry, 25.0 % in p95 and 0.0 % in p99") {
		t.Error(got)
	}
	if got := agreementLine(nil); got != "" {
		t.Error(got)
	}
	if one, more := counted(1, "run"), counted(3, "run"); one != "1 run" || more != "3 runs" {
		t.Error(one, more)
	}
}
