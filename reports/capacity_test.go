package reports

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

const promise = "total.latency.p99 < 30ms"

// tried is the analysis of a run in which every request takes so long.
func tried(t *testing.T, took time.Duration, cause policy.Cause) *Analysis {
	t.Helper()
	s := steadyScript(5 * second)
	s.id.Checks = []string{promise, "total.errors.rate < 1%"}
	s.every(100*milli, 0, 5*second, took, cause)
	return s.analyze(t, Options{})
}

func TestTrialOf(t *testing.T) {
	objectives := []string{promise, "total.errors.rate < 1%"}
	kept, doubts := TrialOf(tried(t, 10*milli, policy.OK), Probe{Load: 100, Repetition: 2}, objectives)
	if !kept.Kept || len(doubts) > 0 || len(kept.Broken) > 0 || *kept.Observed != 10 || kept.Unit != "ms" || kept.Repetition != 2 {
		t.Errorf("%+v, %q", kept, doubts)
	}
	slow, doubts := TrialOf(tried(t, 50*milli, policy.OK), Probe{Load: 100, Repetition: 0}, objectives)
	if slow.Kept || len(doubts) > 0 || len(slow.Broken) != 1 || !strings.HasPrefix(slow.Broken[0], promise+": observed 50ms") {
		t.Errorf("%+v, %q", slow, doubts)
	}
	// All failed: there is no success to be slow, and that is no kept promise.
	failed, doubts := TrialOf(tried(t, milli, policy.Refused), Probe{Load: 100, Repetition: 0}, objectives)
	if failed.Kept || len(doubts) > 0 || len(failed.Broken) != 2 || failed.Observed != nil {
		t.Errorf("%+v, %q", failed, doubts)
	}
	late := steadyScript(5 * second)
	late.id.Checks = objectives
	late.every(100*milli, 0, 5*second, milli, policy.OK)
	for i := range late.requests {
		late.requests[i].Sent += 200 * milli
		late.requests[i].Done += 200 * milli
	}
	if _, doubts := TrialOf(late.analyze(t, Options{}), Probe{Load: 100, Repetition: 0}, objectives); len(doubts) == 0 || !strings.Contains(doubts[0], "saturated") {
		t.Errorf("%q", doubts)
	}
	if _, doubts := TrialOf(tried(t, milli, policy.OK), Probe{Load: 100, Repetition: 0}, []string{"home.latency.p50 < 1s"}); len(doubts) != 1 {
		t.Errorf("an objective that was not judged: %q", doubts)
	}
}

// capacityOf searches where every load up to an edge keeps the promise.
func capacityOf(repetitions int, most, edge float64) *Capacity {
	s := &Search{From: 100, Least: 1, Most: most, Precision: 0.1, Repetitions: repetitions}
	return capacityFrom(s, func(p Probe) bool { return p.Load <= edge })
}

// capacityFrom searches where keeps says which runs keep the promise.
func capacityFrom(s *Search, keeps func(Probe) bool) *Capacity {
	c := &Capacity{Scenario: "load", Topology: "small", Engine: "simulated", Param: "rate", Unit: "/s", Objectives: []string{promise}, Doubts: []string{}}
	for p, more := s.Next(); more; p, more = s.Next() {
		observed := p.Load / 10
		trial := Trial{Load: p.Load, Repetition: p.Repetition, Again: p.Again, Kept: keeps(p), Observed: &observed, Unit: "ms", Broken: []string{}}
		if !trial.Kept {
			trial.Broken = []string{promise + ": too slow"}
		}
		c.Trials = append(c.Trials, trial)
		s.Tell(trial.Kept)
	}
	c.Conclude(s)
	return c
}

func TestCapacity(t *testing.T) {
	for _, c := range []struct {
		name     string
		capacity *Capacity
		verdict  Verdict
		title    string
		finding  string
	}{
		{"found", capacityOf(6, 1e5, 500), Pass, "load on small: up to 475.7/s",
			"small keeps total.latency.p99 < 30ms up to 475.7/s, between 475.7/s and 523.3/s, 6 repetitions."},
		{"found in few", capacityOf(2, 1e5, 500), Pass, "load on small: up to 475.7/s",
			"small keeps total.latency.p99 < 30ms up to 475.7/s and breaks it at 518.8/s. An interval needs 6 repetitions, and there are 2."},
		{"beyond", capacityOf(6, 300, 500), Inconclusive, "load on small: INCONCLUSIVE",
			"At 300/s, the most that was to be tried, total.latency.p99 < 30ms still holds, 6 repetitions: the capacity is beyond. Try more with --to."},
		{"none", capacityOf(1, 1e5, 0.1), Fail, "load on small: no load keeps the promise",
			"No load keeps total.latency.p99 < 30ms: it is broken at 1/s too, 1 repetition."},
		{"cut short", &Capacity{Scenario: "load", Topology: "small", Unit: "/s", Objectives: []string{promise}, Doubts: []string{"saturated"},
			Trials: []Trial{{Load: 100, Kept: true}, {Load: 50, Kept: true}}}, Inconclusive, "load on small: INCONCLUSIVE",
			"The search came to no end: total.latency.p99 < 30ms holds at 100/s, and how much further is not known."},
		{"not begun", &Capacity{Scenario: "load", Topology: "small", Objectives: []string{promise}, Doubts: []string{"saturated"}}, Inconclusive,
			"load on small: INCONCLUSIVE", "The search came to no end: nothing can be said of the capacity."},
	} {
		if got := c.capacity.Verdict(); got != c.verdict {
			t.Errorf("%s: %s", c.name, got)
		}
		d := c.capacity.Document()
		if got := c.capacity.finding(); got != c.finding || d.Title != c.title {
			t.Errorf("%s: %q, %q", c.name, d.Title, got)
		}
		if _, err := json.Marshal(c.capacity); err != nil {
			t.Error(c.name, err)
		}
	}
	apart := capacityFrom(&Search{From: 100, Least: 1, Most: 1e5, Precision: 0.1, Repetitions: 6}, func(p Probe) bool {
		return p.Load <= 500 && (p.Repetition > 0 || p.Load < 60)
	})
	if got := apart.finding(); apart.Verdict() != Inconclusive || !strings.HasPrefix(got, "How much load keeps total.latency.p99 < 30ms is not known: 6 repetitions end anywhere from 5") ||
		!strings.Contains(apart.Document().Title, "INCONCLUSIVE") {
		t.Errorf("%s, %q", apart.Verdict(), got)
	}
	table := capacityOf(6, 1e5, 500).trialSection().Blocks[0].(*Table)
	for i, want := range []string{"100/s", "200/s", "400/s", "475.7/s", "518.8/s", "523.3/s", "565.7/s", "800/s"} {
		if got := table.Rows[i][1].Text; got != want {
			t.Errorf("row %d is %s, want %s", i, got, want)
		}
	}
	if got := table.Rows[3]; got[2].Text != "6 of 6" || got[3].Text != "47.6 ms" {
		t.Errorf("%+v", got)
	}
}

// The drawing has every run at its load, the limit, and the interval as a band.
func TestCapacityDrawing(t *testing.T) {
	c := capacityOf(6, 1e5, 500)
	c.Trials[0].Observed = nil
	chart := c.drawing().Blocks[0].(*Chart)
	kept, broken, limit := chart.Panels[0].Lines[0], chart.Panels[0].Lines[1], chart.Panels[0].Lines[2].Points
	if len(kept.Points)+len(broken.Points) != len(c.Trials)-1 || kept.Tone != Good || broken.Tone != Bad || chart.Words != "1 run had nothing to observe." {
		t.Errorf("%+v", chart)
	}
	for _, q := range broken.Points {
		if q.X <= 500 || q.Y != q.X/10 {
			t.Errorf("%v is broken", q)
		}
	}
	if len(limit) != 2 || limit[0] != (Spot{200, 30}) || limit[1] != (Spot{800, 30}) {
		t.Errorf("the limit is at %v", limit)
	}
	if len(chart.Bands) != 1 || chart.Bands[0].From != *c.Low || chart.Bands[0].To != *c.High {
		t.Errorf("%+v", chart.Bands)
	}
	if got := (&Capacity{Objectives: []string{promise}}).drawing(); len(got.Blocks) > 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

// A share is drawn in percent.
func TestCapacityDrawingOfErrors(t *testing.T) {
	observed := 0.02
	c := &Capacity{Objectives: []string{"total.errors.rate < 1%"}, Param: "rate", Unit: "/s", Trials: []Trial{{Load: 100, Observed: &observed, Unit: "share"}}}
	panel := c.drawing().Blocks[0].(*Chart).Panels[0]
	if panel.Lines[1].Points[0].Y != 2 || panel.Lines[2].Points[0].Y != 1 || panel.Title != "total.errors.rate < 1%, in %" {
		t.Errorf("%+v", panel)
	}
}
