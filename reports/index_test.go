package reports

import (
	"slices"
	"strings"
	"testing"
)

// checked is a check whose limit is 100 ms and whose value is given.
func checked(verdict Verdict, that string, observed float64) CheckResult {
	return CheckResult{That: that, Unit: "ms", Observed: &observed, Low: &observed, High: &observed, Samples: 1, Verdict: verdict}
}

func TestMargin(t *testing.T) {
	for _, c := range []struct {
		that     string
		observed float64
		want     string
	}{
		{"total.latency.p99 < 100ms", 80, "20.0 %"},
		{"total.latency.p99 <= 100ms", 100, "0 %"},
		{"total.latency.p99 < 100ms", 131, "31.0 % beyond"},
		{"total.latency.p99 < 100ms", 5000, "50.0× the limit"},
		{"total.ok.rate > 100/s", 150, "50.0 %"},
		{"total.ok.rate > 100/s", 40, "60.0 % beyond"},
		{"total.errors.rate <= 0%", 0, ""}, // of nothing there is no share
		{"payments.breaker.openings == 2", 2, ""},
	} {
		r := checked(Pass, c.that, c.observed)
		if got := r.marginWords(); got != c.want {
			t.Errorf("%s at %v: %q, want %q", c.that, c.observed, got, c.want)
		}
	}
	if r := (&CheckResult{That: "total.latency.p99 < 100ms"}); r.marginWords() != "" {
		t.Errorf("nothing observed has a margin: %q", r.marginWords())
	}
}

// TestWorstCheck: what failed, then what cannot be judged, then what is nearest.
func TestWorstCheck(t *testing.T) {
	near, far := checked(Pass, "total.latency.p99 < 100ms", 99), checked(Pass, "total.latency.p95 < 100ms", 1)
	unjudged, failed := CheckResult{That: "total.latency.p50 < 1ms", Verdict: Inconclusive}, checked(Fail, "total.latency.mean < 100ms", 101)
	for _, c := range []struct {
		checks []CheckResult
		want   string
	}{
		{[]CheckResult{far, near}, near.That}, {[]CheckResult{near, unjudged, far}, unjudged.That}, {[]CheckResult{near, unjudged, failed}, failed.That},
	} {
		if got := worstCheck(c.checks); got.That != c.want {
			t.Errorf("worst is %s, want %s", got.That, c.want)
		}
	}
	if worstCheck(nil) != nil {
		t.Error("of none there is a worst")
	}
}

// TestConclude: a failure weighs more than what did not run, and that more than a doubt.
func TestConclude(t *testing.T) {
	for _, c := range []struct {
		verdicts []Verdict
		gates    []Verdict
		want     Verdict
	}{
		{[]Verdict{Pass, Pass}, nil, Pass}, {[]Verdict{Pass, Inconclusive}, nil, Inconclusive}, {[]Verdict{Inconclusive, NotRun}, nil, Partial},
		{[]Verdict{NotRun, Fail}, nil, Fail}, {[]Verdict{Pass}, []Verdict{Fail}, Fail}, {nil, nil, Pass},
	} {
		var x Index
		for _, v := range c.verdicts {
			x.Runs = append(x.Runs, IndexRun{Verdict: v})
		}
		for _, v := range c.gates {
			x.Gates = append(x.Gates, GateResult{Verdict: v})
		}
		if x.Conclude(); x.Verdict != c.want {
			t.Errorf("%v %v: %s, want %s", c.verdicts, c.gates, x.Verdict, c.want)
		}
	}
}

// TestSuiteLinks: a page links to runs that stand below it, and to no others.
func TestSuiteLinks(t *testing.T) {
	x := Index{Suite: "s", Verdict: Fail, Runs: []IndexRun{
		{Dir: "one", Scenario: "a", Topology: "x", Verdict: Pass, Checks: []CheckResult{checked(Pass, "total.latency.p99 < 100ms", 50)}},
		{Dir: "two", Scenario: "a", Topology: "y", Seed: 1, Verdict: Fail, Checks: []CheckResult{checked(Fail, "total.latency.p99 < 100ms", 150)}},
		{Scenario: "b", Topology: "x", Verdict: NotRun, Reasons: []string{"interrupted"}},
		{Scenario: "b", Topology: "y", Verdict: NotRun, Reasons: []string{"interrupted"}},
	}}
	for _, c := range []struct {
		page string
		want []string
	}{
		{"runs/s", []string{"one/report.html", "two/report.html"}},
		{"runs", []string{"s/one/report.html", "s/two/report.html"}},
		{"elsewhere", nil}, {"", nil},
	} {
		d := x.SuiteDocument("runs/s", c.page)
		var links []string
		for _, s := range d.Sections {
			for _, b := range s.Blocks {
				table, ok := b.(*Table)
				if !ok || s.Name != "combinations" {
					continue
				}
				for _, row := range table.Rows {
					for _, cell := range row {
						if cell.Link != "" {
							links = append(links, cell.Link)
						}
					}
				}
			}
		}
		if !slices.Equal(links, c.want) {
			t.Errorf("from %q: %q, want %q", c.page, links, c.want)
		}
	}
	d := x.SuiteDocument("runs/s", "runs/s")
	if len(d.Runs) != 4 || d.Runs[2].Verdict != NotRun || d.Tone != Bad || !strings.Contains(d.Title, "s: FAIL") {
		t.Errorf("%s, %d runs", d.Title, len(d.Runs))
	}
	head := d.Sections[0].Blocks[0].(Paragraph).Text
	if want := "1 of 4 combinations pass, 1 failed, 2 not run."; head != want {
		t.Errorf("head %q, want %q", head, want)
	}
	items := d.Sections[0].Blocks[1].(List).Items
	if want := "a on y: fail, total.latency.p99 < 100ms was 150 ms"; items[0] != want {
		t.Errorf("item %q, want %q", items[0], want)
	}
}
