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

// held judges gates on one metric each of two sides, as a comparison of all of them.
func held(row *Row, margin float64, strict bool, gates []Gate, pairs ...[2][]float64) []GateResult {
	c := &Comparison{Columns: []Side{{Label: "a"}, {Label: "b"}}}
	differences, _ := judged(row.Unit, margin, pairs...)
	for i := range differences {
		r := *row
		r.Metric = gates[i].Metric
		differences[i].Sentence = differences[i].sentence(&r, "a", "b", len(pairs))
		r.Differences = differences[i : i+1]
		c.Rows = append(c.Rows, r)
	}
	return c.judgeGates(gates, strict)
}

// wide has an interval from far below to far above, and an estimate near nothing.
var wide = [2][]float64{{5, 20, 8, 12, 30, 9}, {6, 22, 8, 14, 30, 10}}

// A gate with a limit fails where the estimate is over it and the interval excludes
// no change; it cannot be judged where the interval includes that; and it passes
// within the limit. If strict, the limit may not lie within the interval.
func TestGatesWithALimit(t *testing.T) {
	p99, ok := &Row{Group: "all", Metric: "p99", Unit: millisUnit}, &Row{Group: "all", Metric: "ok", Unit: percentUnit}
	nearly := []float64{99.1, 99.2, 99, 99.3, 99.1, 99.2, 99.1, 99.2}
	inf := math.Inf(1)
	for _, c := range []struct {
		gate             string
		row              *Row
		reference, other []float64
		strict           bool
		want             Verdict
		says             string
	}{
		{"p99:+10%", p99, eight, multiplied(eight, 1.2), false, Fail, "p99 is 20 % higher on b than on a, between 17 % and 24 %, 8 runs each."},
		{"p99:+10%", p99, eight, multiplied(eight, 1.2), true, Fail, ""},
		{"p99:+10%", p99, eight, multiplied(eight, 1.11), false, Fail, ""},
		{"p99:+10%", p99, eight, multiplied(eight, 1.11), true, Inconclusive, "8 runs each: the limit lies within the interval."}, // certainly worse, perhaps not by so much
		{"p99:+10%", p99, eight, multiplied(eight, 1.05), false, Pass, "between 1.9 % and 8.1 %, 8 runs each."},
		{"p99:+10%", p99, eight, multiplied(eight, 1.05), true, Pass, ""},
		{"p99:+10%", p99, eight, multiplied(eight, 1.09), false, Pass, "8 runs each: within the limit, though the interval reaches past it."},
		{"p99:+10%", p99, eight, multiplied(eight, 1.09), true, Inconclusive, "8 runs each: the limit lies within the interval."},
		{"p99:+10%", p99, eight, multiplied(eight, 0.5), false, Pass, ""},
		{"p99:-10%", p99, eight, multiplied(eight, 0.5), false, Fail, "p99 is 50 % lower on b than on a"},
		// Beyond the limit, and perhaps by chance.
		{"p99:+1%", p99, wide[0], wide[1], false, Inconclusive, "6 runs each: over the limit, and yet it may be no change."},
		{"p99:+1%", p99, wide[0], wide[1], true, Inconclusive, ""},
		{"p99:+90%", p99, wide[0], wide[1], false, Pass, "though the interval reaches past it"},
		{"p99:+90%", p99, wide[0], wide[1], true, Inconclusive, "the limit lies within the interval"},
		{"p99:+10%", p99, eight[:5], multiplied(eight[:5], 9), false, Inconclusive, "5 runs each, and an interval needs 6"},
		{"p99:+10%", p99, nil, eight, false, Inconclusive, "a side has no value"},
		{"p99:+10%", p99, eight, same(8, inf), false, Fail, "lies beyond the end of most runs on b, and of fewer on a, 8 runs each"},
		{"p99:+10%", p99, same(8, inf), eight, false, Pass, "lies beyond the end of most runs on a, and of fewer on b, 8 runs each"},
		{"p99:+10%", p99, same(8, inf), same(8, inf), false, Pass, ""},
		{"p99:+10%", p99, same(8, 0), eight, false, Fail, "8 runs each: more than any share of 0."},
		{"p99:+10%", p99, eight, same(8, 0), false, Pass, ""},
		{"p99:+10%", p99, append(same(3, 0), eight[:5]...), append(same(2, 0), multiplied(eight[:6], 3)...), false, Inconclusive, "has no ratio"},
		{"ok:-0.5%", ok, same(8, 100), nearly, false, Fail, ""},
		{"ok:-2%", ok, same(8, 100), nearly, false, Pass, ""},
		{"ok:-0.5%", ok, same(8, 100), same(8, 100), true, Pass, "ok is the same on b and on a in nearly every run, 8 runs each."},
	} {
		g, err := ParseGate(c.gate)
		if err != nil {
			t.Fatal(err)
		}
		got := held(c.row, 0.05, c.strict, []Gate{g}, [2][]float64{c.reference, c.other})[0]
		if got.Verdict != c.want || !strings.Contains(got.Found, c.says) {
			t.Errorf("%s with %v against %v, strict %v: %s, want %s (%s)", c.gate, c.other, c.reference, c.strict, got.Verdict, c.want, got.Found)
		}
	}
}

// A gate without a limit fails where the difference for the worse is real among
// the gates that are asked for, however many metrics the comparison shows besides.
func TestGatesWithoutALimit(t *testing.T) {
	p99 := &Row{Group: "all", Metric: "p99", Unit: millisUnit}
	six := eight[:6]
	for _, c := range []struct {
		other  []float64
		strict bool
		want   Verdict
		says   string
	}{
		{multiplied(six, 1.6), false, Fail, "p99 is 60 % higher on b than on a"},
		{multiplied(six, 1.6), true, Fail, ""},
		{multiplied(six, 1.01), false, Pass, "the same"},
		{multiplied(six, 1.01), true, Pass, ""},
		{multiplied(six, 1.06), false, Pass, "No difference found"},
		{multiplied(six, 1.06), true, Inconclusive, "The interval reaches past the margin."},
		{multiplied(six, 0.7), true, Pass, "30 % lower"},
		{multiplied(six[:3], 9), false, Inconclusive, "Nothing can be said of p99: 3 runs each, and one gate takes 6 each."},
		{append(same(5, 1), math.Inf(1)), false, Inconclusive, ""},
		{same(6, math.Inf(1)), false, Fail, "lies beyond the end of most runs on b"},
	} {
		reference := six[:min(len(six), len(c.other))]
		got := held(p99, 0.05, c.strict, NoWorse()[3:], [2][]float64{reference, c.other})[0]
		if got.Verdict != c.want || !strings.Contains(got.Found, c.says) {
			t.Errorf("%v against %v, strict %v: %s, want %s (%s)", c.other, reference, c.strict, got.Verdict, c.want, got.Found)
		}
	}
	// Six runs reach 2 in 924, which among 24 gates is more than 5 %: none of them can tell.
	var many []Gate
	var pairs [][2][]float64
	for i := range 24 {
		g := NoWorse()[3]
		g.Metric = "p" + strings.Repeat("9", i+1)
		many, pairs = append(many, g), append(pairs, [2][]float64{six, multiplied(six, 1.6)})
	}
	for _, got := range held(p99, 0.05, false, many, pairs...) {
		if got.Verdict != Inconclusive || !strings.HasSuffix(got.Found, "6 runs each, and 24 gates take 7 each.") {
			t.Fatalf("%+v", got)
		}
	}
	for i := range pairs {
		pairs[i] = [2][]float64{eight[:7], multiplied(eight[:7], 1.6)}
	}
	for _, got := range held(p99, 0.05, false, many, pairs...) {
		if got.Verdict != Fail {
			t.Fatalf("%+v", got)
		}
	}
}

func TestGatesFit(t *testing.T) {
	entries := []string{"checkout", "browse"}
	for text, want := range map[string]string{
		"p99:+5%": "", "total.p99:+5%": "", "cpu:+5%": "", "checkout.recovery:+5%": "",
		"chekout.p99:+5%": `"chekout.p99:+5%": there is no entry "chekout": did you mean "checkout"?`,
		"pay.p99:+5%":     `"pay.p99:+5%": there is no entry "pay": there are checkout, browse`,
	} {
		g, err := ParseGate(text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := GatesFit([]Gate{g}, entries); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// A gate on recovery is on that from every fault.
func TestGateOnRecovery(t *testing.T) {
	g, err := ParseGate("checkout.recovery:+50%")
	if err != nil {
		t.Fatal(err)
	}
	c := &Comparison{Columns: []Side{{Label: "a"}, {Label: "b"}}}
	for _, fault := range []string{"outage", "crash"} {
		for _, entry := range []string{"all", "checkout"} {
			d, _ := judged(millisUnit, 0.05, [2][]float64{eight, multiplied(eight, 2)})
			c.Rows = append(c.Rows, Row{Group: fault, Metric: "recovery, " + entry, Unit: millisUnit, Differences: d})
		}
	}
	got := c.judgeGates([]Gate{g}, false)
	if len(got) != 2 || got[0].Verdict != Fail || !strings.HasPrefix(got[1].Found, "recovery from crash, checkout is 2 times as high") {
		t.Errorf("%+v", got)
	}
	if got := c.judgeGates([]Gate{{Text: "p99:+1%", Group: "all", Metric: "p99"}}, false); got[0].Verdict != Inconclusive || got[0].Found != "no run has a value" {
		t.Errorf("%+v", got)
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
