package reports

import (
	"math"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

func TestParseGate(t *testing.T) {
	for text, want := range map[string]Gate{
		"p99:+10%":          {Group: "all", Metric: "p99", Sign: 1},
		"checkout.p95:+20%": {Group: "checkout", Metric: "p95", Sign: 1},
		"total.p50:+1.5%":   {Group: "all", Metric: "p50", Sign: 1},
		"ok:-0.5%":          {Group: "all", Metric: "ok", Sign: -1},
		"cpu:+30%":          {Group: "system", Metric: "CPU in use", Sign: 1},
		"a.b.p99:+1%":       {Group: "a.b", Metric: "p99", Sign: 1},
	} {
		g, err := ParseGate(text)
		if err != nil || g.Limit == nil || g.Group != want.Group || g.Metric != want.Metric || g.Sign != want.Sign || g.Text != text {
			t.Errorf("%s: %+v, %v", text, g, err)
		}
	}
	for text, want := range map[string]string{
		"p99": "is no gate", "p99:10%": "is no gate", "p99:+10": "is no gate", "": "is no gate",
		"p98:+10%": `did you mean "p95"`, "checkout.cpu:+10%": "of the whole system",
	} {
		if _, err := ParseGate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGates(t *testing.T) {
	p99, ok := &Row{Group: "all", Metric: "p99", Unit: millisUnit}, &Row{Group: "all", Metric: "ok", Unit: percentUnit}
	nearly := []float64{99.1, 99.2, 99, 99.3, 99.1, 99.2, 99.1, 99.2}
	for _, c := range []struct {
		gate             string
		row              *Row
		reference, other []float64
		strict           bool
		want             Verdict
	}{
		{"p99:+10%", p99, eight, multiplied(eight, 1.2), false, Fail},
		{"p99:+10%", p99, eight, multiplied(eight, 1.2), true, Fail},
		{"p99:+10%", p99, eight, multiplied(eight, 1.05), false, Pass},
		{"p99:+10%", p99, eight, multiplied(eight, 1.09), false, Pass},
		{"p99:+10%", p99, eight, multiplied(eight, 1.09), true, Inconclusive}, // the limit lies inside the interval
		{"p99:+10%", p99, eight, multiplied(eight, 0.5), false, Pass},
		{"p99:-10%", p99, eight, multiplied(eight, 0.5), false, Fail},
		// Beyond the limit by chance: the difference is not real.
		{"p99:+1%", p99, []float64{5, 20, 8, 12, 30, 9}, []float64{6, 22, 8, 14, 30, 10}, false, Pass},
		{"p99:+10%", p99, eight[:5], multiplied(eight[:5], 9), false, Inconclusive},
		{"p99:+10%", p99, nil, eight, false, Inconclusive},
		{"ok:-0.5%", ok, same(8, 100), nearly, false, Fail},
		{"ok:-2%", ok, same(8, 100), nearly, false, Pass},
		{"ok:-0.5%", ok, same(8, 100), same(8, 100), true, Pass},
	} {
		g, err := ParseGate(c.gate)
		if err != nil {
			t.Fatal(err)
		}
		d, _ := judged(c.row.Unit, 0.05, [2][]float64{c.reference, c.other})
		if got, why := g.judge(c.row, &d[0], c.strict); got != c.want {
			t.Errorf("%s with %v against %v: %s, want %s (%s)", c.gate, c.other, c.reference, got, c.want, why)
		}
	}
	for _, c := range []struct {
		by   float64
		want Verdict
	}{{1.3, Fail}, {1.01, Pass}, {0.7, Pass}} {
		d, _ := judged(millisUnit, 0.05, [2][]float64{eight, multiplied(eight, c.by)})
		if got, _ := NoWorse()[3].judge(p99, &d[0], false); got != c.want {
			t.Errorf("no worse, %v times: %s", c.by, got)
		}
	}
	d, _ := judged(millisUnit, 0.05, [2][]float64{eight, append(same(7, 1), math.Inf(1))})
	if got, _ := NoWorse()[3].judge(p99, &d[0], false); got != Inconclusive {
		t.Error(got)
	}
}

// served are n runs of a topology whose requests take so long, each a little differently.
func served(t *testing.T, topology string, n int, took time.Duration) []*Analysis {
	t.Helper()
	var runs []*Analysis
	for k := range n {
		s := steadyScript(5 * second)
		s.id.Topology, s.id.Seed = topology, uint64(k)
		s.every(100*milli, 0, 5*second, took+time.Duration(k)*took/100, policy.OK)
		runs = append(runs, s.analyze(t, Options{}))
	}
	return runs
}

// A topology against its own past: the baseline is the first column, and the
// gates hold against it.
func TestCompareWithABaseline(t *testing.T) {
	past := served(t, "small", 8, 10*milli)
	for _, c := range []struct {
		took time.Duration
		gate Verdict
	}{{10 * milli, Pass}, {20 * milli, Fail}} {
		now := served(t, "small", 8, c.took)
		comparison, err := Compare(now, CompareOptions{Baseline: past, Margin: 0.05, Gates: NoWorse()})
		if err != nil {
			t.Fatal(err)
		}
		if len(comparison.Columns) != 2 || comparison.Columns[0].Label != "small (baseline)" || comparison.Columns[1].Label != "small" {
			t.Fatalf("%+v", comparison.Columns)
		}
		if comparison.Gate() != c.gate || len(comparison.Gates) != 4 {
			t.Errorf("%v: %+v", c.took, comparison.Gates)
		}
		found := false
		for _, s := range comparison.Document().Sections {
			found = found || strings.Contains(s.Title, "gates against small (baseline) hold")
		}
		if !found {
			t.Error("the document has no gates")
		}
	}
	alone, err := Compare(past, CompareOptions{Gates: NoWorse()})
	if err != nil || alone.Gate() != Inconclusive {
		t.Errorf("gates without anything to hold against: %v, %v", alone.Gate(), err)
	}
	two := append(past, served(t, "other", 1, milli)...)
	if _, err := Compare(past, CompareOptions{Baseline: two}); err == nil || !strings.Contains(err.Error(), "small and of other") {
		t.Error(err)
	}
	elsewhere := served(t, "small", 1, milli)
	elsewhere[0].run.Identity.Environment.Host = "another"
	if _, err := Compare(past, CompareOptions{Baseline: elsewhere}); err == nil || !strings.Contains(err.Error(), "host differs") {
		t.Error(err)
	}
}

// What comparisons say of how they were made, and of how many runs would tell more.
func TestMethod(t *testing.T) {
	for _, c := range []struct {
		runs  int
		notes []string
	}{
		{1, []string{"One run each: no statistics", "With --runs 6 or more"}},
		{3, []string{"3 runs each, median and range. An interval needs 6 each"}},
		{8, []string{"8 runs each: medians", "margin of 5 %", "15 % higher is found four times out of five"}},
	} {
		comparison, err := Compare(append(served(t, "one", c.runs, 10*milli), served(t, "two", c.runs, 13*milli)...), CompareOptions{Margin: 0.05})
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(comparison.Notes, "\n")
		for _, want := range c.notes {
			if !strings.Contains(notes, want) {
				t.Errorf("%d runs: no %q in %q", c.runs, want, notes)
			}
		}
		d := comparison.row(t, "home", "p99").Differences[0]
		if want := map[bool]Outcome{true: Different, false: TooFew}[c.runs >= fewestRuns]; d.Outcome != want {
			t.Errorf("%d runs: %+v", c.runs, d)
		}
	}
}

// Three topologies have their differences in a table of their own.
func TestMatrix(t *testing.T) {
	var runs []*Analysis
	for topology, took := range map[string]time.Duration{"a": 10 * milli, "b": 14 * milli, "c": 10 * milli} {
		runs = append(runs, served(t, topology, 7, took)...)
	}
	comparison, err := Compare(runs, CompareOptions{Margin: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range comparison.Document().Sections {
		if !strings.HasPrefix(s.Title, "Differences from") {
			continue
		}
		if table := s.Blocks[0].(*Table); len(table.Columns) != 4 || len(table.Rows) != len(comparison.Rows) {
			t.Errorf("%+v", table)
		}
		return
	}
	t.Error("no table of differences")
}
