package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

func demo(t *testing.T, topology string, seed uint64) *Analysis {
	t.Helper()
	return outage(topology, seed).analyze(t, Options{})
}

func (c *Comparison) row(t *testing.T, group, metric string) Row {
	t.Helper()
	for _, r := range c.Rows {
		if r.Group == group && r.Metric == metric {
			return r
		}
	}
	t.Fatalf("no row %s, %s", group, metric)
	return Row{}
}

func median(s Spread) float64 {
	if s.Median == nil {
		return math.NaN()
	}
	return *s.Median
}

func TestCompareTheDemo(t *testing.T) {
	c, err := Compare([]*Analysis{demo(t, "shop-monolith", 7), demo(t, "shop-microservices", 7)}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		group, metric      string
		monolith, services float64
	}{
		{"all", "checks that hold", 2, 4},
		{"browse", "ok", 73.4375, 100},
		{"payments-down", "errors before, all", 0, 0},
		{"payments-down", "errors during, browse", 100, 0},
		{"payments-down", "errors during, checkout", 100, 100},
		{"payments-down", "recovery, all", 450.000001, 2450.000001},
		{"system", "breaker openings", 0, 2},
		{"system", "attempts a call", 1, 1.0052083},
	} {
		r := c.row(t, want.group, want.metric)
		if math.Abs(median(r.Values[0])-want.monolith) > 1e-4 || math.Abs(median(r.Values[1])-want.services) > 1e-4 {
			t.Errorf("%s, %s: %v and %v", want.group, want.metric, median(r.Values[0]), median(r.Values[1]))
		}
	}
	if got := c.Checks[1]; got.That != "browse.errors.rate < 1% @during(payments-down)" ||
		got.Values[0] != (CheckSummary{Held: 0, Runs: 1, Observed: "100 %"}) || got.Values[1] != (CheckSummary{Held: 1, Runs: 1, Observed: "0 %"}) {
		t.Errorf("%+v", got)
	}
	if got := c.Checks[2].Values[0]; got.Held != 0 || got.Observed != "no samples" {
		t.Errorf("%+v", got)
	}
	if got := c.Findings[0]; got != "While payments-down held, shop-monolith failed 100 % of browse; shop-microservices failed 0 %." {
		t.Error(got)
	}
	if len(c.Doubts) > 0 {
		t.Errorf("doubts %q", c.Doubts)
	}
	notes := strings.Join(c.Notes, "\n")
	for _, want := range []string{"One run each: no statistics", "do not have the same in total: shop-monolith 1 core, 128 Mi"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %q", want, notes)
		}
	}
	if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
}

func TestCompareRefusesWhatDiffers(t *testing.T) {
	for want, change := range map[string]func(id *record.Identity){
		"the engine differs: live and simulated":           func(id *record.Identity) { id.Engine = record.Simulated },
		"the backend differs: process and docker":          func(id *record.Identity) { id.Backend = "docker" },
		"the scenario differs":                             func(id *record.Identity) { id.Scenario = "steady" },
		"the application differs":                          func(id *record.Identity) { id.Application = "other" },
		"the work that application shop does differs":      func(id *record.Identity) { id.Work = "y" },
		"the set of parameters differs: (none) and rate=1": func(id *record.Identity) { id.Params = map[string]string{"rate": "1"} },
		"the phases of load differ":                        func(id *record.Identity) { id.Phases[1].Load = "poisson 20/s" },
		"the mix differs":                                  func(id *record.Identity) { id.Mix[0].Weight = 9 },
		"the faults differ":                                func(id *record.Identity) { id.Faults[0].For++ },
		"the bounds of the load generator differ":          func(id *record.Identity) { id.Generator.MaxConnections = 1 },
		"the host differs":                                 func(id *record.Identity) { id.Environment.Host = "other" },
		"the environment differs":                          func(id *record.Identity) { id.Environment.Cores = 3 },
		"": func(id *record.Identity) { // these may differ
			id.Topology, id.Faults[0].Target, id.Nodes, id.Digest = "third", "elsewhere", nil, "x"
			id.Checks = nil
		},
	} {
		s := outage("shop-monolith", 7)
		change(&s.id)
		pair := []*Analysis{demo(t, "shop-monolith", 7), s.analyze(t, Options{})}
		_, err := Compare(pair, CompareOptions{})
		var different *DifferentError
		if want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.As(err, &different) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
			continue
		}
		c, err := Compare(pair, CompareOptions{AllowDifferent: true})
		if err != nil || !strings.Contains(strings.Join(c.Notes, "\n"), want) {
			t.Errorf("%q allowed: %v, %q", want, err, c.Notes)
		}
	}
}

// Runs of one topology on two engines stand in two columns.
func TestAllowedDifferencesAreColumns(t *testing.T) {
	s := outage("shop-monolith", 7)
	s.id.Engine, s.id.Backend = record.Simulated, ""
	c, err := Compare([]*Analysis{demo(t, "shop-monolith", 7), s.analyze(t, Options{})}, CompareOptions{AllowDifferent: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Columns) != 2 || c.Columns[0].Label != "shop-monolith (live, process)" || c.Columns[1].Label != "shop-monolith (simulated, (none))" {
		t.Errorf("%+v", c.Columns)
	}
}

func TestCompareNothing(t *testing.T) {
	if _, err := Compare(nil, CompareOptions{}); err == nil {
		t.Error("nothing was compared")
	}
}

// Repetitions of a topology are one column: median and range, by hand.
func TestRepetitions(t *testing.T) {
	var runs []*Analysis
	for i, took := range []int{5, 1, 3} {
		s := steadyScript(10 * second)
		s.id.Seed = uint64(i)
		s.every(100*milli, 0, 10*second, time.Duration(took)*milli, policy.OK)
		runs = append(runs, s.analyze(t, Options{}))
	}
	other := steadyScript(10 * second)
	other.id.Topology = "other"
	other.every(100*milli, 0, 10*second, 2*milli, policy.OK)
	runs = append(runs, other.analyze(t, Options{}))
	c, err := Compare(runs, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	v := c.row(t, "home", "p99").Values
	if s := v[0]; median(s) != 3 || *s.Min != 1 || *s.Max != 5 || s.Runs != 3 || s.cell(millisUnit).Text != "3.00 (1.00 to 5.00)" {
		t.Errorf("%+v", s)
	}
	if s := v[1]; median(s) != 2 || s.Runs != 1 || s.cell(millisUnit).Text != "2.00" {
		t.Errorf("%+v", s)
	}
	notes := strings.Join(c.Notes, "\n")
	for _, want := range []string{"1 to 3 runs each", "The seeds differ"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %q", want, notes)
		}
	}
	if !strings.Contains(c.Findings[0], "3.00 ms on small; 2.00 ms on other") {
		t.Error(c.Findings)
	}
}

// A recovery that did not come is larger than any that did.
func TestSpreadBeyondTheRun(t *testing.T) {
	values := []float64{math.Inf(1), 2, math.Inf(1)}
	g := &runGroup{runs: make([]*Analysis, 3)}
	i := -1
	of := func(*Analysis) (float64, bool) { i++; return values[i], true }
	s := g.spread(of)
	if s.Median != nil || s.Min == nil || *s.Min != 2 || s.Max != nil || s.Beyond != 2 || s.Runs != 3 {
		t.Errorf("%+v", s)
	}
	if got := (Spread{Runs: 3, Beyond: 3}).cell(millisUnit).Text; got != "never within the run" {
		t.Error(got)
	}
	if got := s.cell(millisUnit).Text; got != "not within the run (2.00 to not within the run)" {
		t.Error(got)
	}
	if got := (Spread{}).cell(millisUnit).Text; got != "–" {
		t.Error(got)
	}
}

func TestCompareDoubts(t *testing.T) {
	cut := outage("shop-monolith", 7)
	cut.cut = true
	limited := outage("shop-microservices", 7)
	limited.id.Unenforced = []string{"memory of catalog"}
	c, err := Compare([]*Analysis{cut.analyze(t, Options{}), limited.analyze(t, Options{})}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	doubts := strings.Join(c.Doubts, "\n")
	for _, want := range []string{"shop-monolith: the run was cut off", "shop-microservices: a limit is not enforced: memory of catalog"} {
		if !strings.Contains(doubts, want) {
			t.Errorf("no %q in %q", want, doubts)
		}
	}
	if d := c.Document(); !strings.HasSuffix(d.Title, "INCONCLUSIVE") {
		t.Error(d.Title)
	}
}

// A topology that cannot have the fault is named in the sentence.
func TestFindingOfASkippedFault(t *testing.T) {
	s := outage("shop-monolith", 7)
	s.events = []record.Event{{Kind: record.FaultSkipped, Name: "payments-down", Reason: "no such edge"}}
	c, err := Compare([]*Analysis{s.analyze(t, Options{}), demo(t, "shop-microservices", 7)}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Findings[0]; !strings.Contains(got, "shop-monolith cannot have it; shop-microservices failed 20.0 % of all requests.") {
		t.Error(got)
	}
	if s := c.row(t, "payments-down", "recovery, all").Values[0]; s.Runs != 0 {
		t.Errorf("%+v", s)
	}
}

// Runs of two scenarios stand side by side, and are not held against each other.
func TestTwoScenariosAreNotJudged(t *testing.T) {
	other := served(t, "small", 8, 20*milli)
	for _, a := range other {
		a.Scenario, a.run.Identity.Scenario = "another", "another"
	}
	c, err := Compare(append(served(t, "small", 8, 10*milli), other...), CompareOptions{AllowDifferent: true})
	if err != nil {
		t.Fatal(err)
	}
	if d := c.row(t, "home", "p99").Differences[0]; d.Outcome != NotThere || c.Tests != 0 || c.tells() {
		t.Errorf("%+v, %d tests", d, c.Tests)
	}
}

// With five topologies each metric is compared four times, and six runs are too
// few for so many tests, which is said before all else.
func TestTooFewRunsForSoManyTests(t *testing.T) {
	runs := func(each int) *Comparison {
		all := served(t, "small", each, 10*milli)
		for i := range 4 {
			all = slices.Concat(all, served(t, fmt.Sprint("other-", i), each, time.Duration(20+10*i)*milli))
		}
		c, err := Compare(all, CompareOptions{Margin: 0.05})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	few := runs(6)
	s := few.differenceSection()
	if !strings.HasPrefix(s.Title, "Against small: different in 0 comparisons, the same in ") {
		t.Error(s.Title)
	}
	want := fmt.Sprintf("Among %d tests nothing can be told apart with fewer than 7 runs each: see --runs.", few.Tests)
	if p, ok := s.Blocks[0].(Paragraph); !ok || p.Text != want || p.Tone != Doubt {
		t.Errorf("%+v, want %q", s.Blocks[0], want)
	}
	if s := runs(8).differenceSection(); len(s.Blocks) != 1 {
		t.Errorf("%+v", s.Blocks)
	}
}
