package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
)

// timed is a run of 10 s with a visitor every 100 ms, who waits 10 ms, and a
// timer's request every second, which takes a second; the last one fails.
func timed() *script {
	s := steadyScript(10 * second)
	s.id.Timers = []string{"nightly"}
	for k := range 100 {
		s.send("home", second*time.Duration(k)/10, 10*milli, policy.OK)
	}
	for k := range 10 {
		cause := policy.OK
		if k == 9 {
			cause = policy.Timeout
		}
		s.send("nightly", second*time.Duration(k), second, cause)
		s.requests[len(s.requests)-1].Seq = arrival.TimerSeq(0, uint64(k))
	}
	return s
}

func TestTimersAreRowsOfTheirOwn(t *testing.T) {
	a := timed().analyze(t, Options{Checks: []string{
		"total.latency.p99 < 20ms", "total.errors.rate < 0.1%", "nightly.latency.p99 < 1100ms", "nightly.errors.count == 1", "total.offered <= 10/s"}})
	if !slices.Equal(a.Entries, []string{Total, "home", "nightly"}) || !slices.Equal(a.Timers, []string{"nightly"}) {
		t.Errorf("entries %q, timers %q", a.Entries, a.Timers)
	}
	total, nightly := a.Results[Total]["steady"], a.Results["nightly"]["steady"]
	if total.Offered != 100 || total.OK != 100 || nightly.Offered != 10 || nightly.Failed[policy.Timeout] != 1 {
		t.Errorf("total %+v, nightly %+v", total, nightly)
	}
	for _, c := range a.Checks {
		if c.Verdict != Pass {
			t.Errorf("%s: %s %s", c.That, c.Verdict, c.Reason)
		}
	}
	for _, w := range a.Warnings {
		if strings.Contains(w, "no record") || strings.Contains(w, "Little") || strings.Contains(w, "declared") {
			t.Error(w)
		}
	}
	if n := a.Generator.LatenessMS.Count; n != 110 {
		t.Errorf("the generator sent %d requests", n)
	}
}

// Also where histograms stand for all requests.
func TestTimersOfASample(t *testing.T) {
	s := timed()
	for i := range s.requests {
		s.requests[i].Phase = "steady"
	}
	s.id.Sampling = record.Sampling{OneIn: 2}
	a := s.analyze(t, Options{})
	total, nightly := a.Results[Total]["steady"], a.Results["nightly"]["steady"]
	if total.Offered != 100 || nightly.Offered != 10 || total.LatencyMS.Max > 20 || a.Generator.LatenessMS.Count != 110 {
		t.Errorf("total %+v, nightly %+v", total, nightly)
	}
}

// What a timer failed with is told, also where no visitor failed.
func TestOnlyTimersFail(t *testing.T) {
	a := timed().analyze(t, Options{})
	s := a.failureSection()
	if !strings.Contains(s.Title, "all of them of timers, failed, most with the cause timeout") {
		t.Error(s.Title)
	}
	table, _ := a.latencySection().Blocks[0].(*Table)
	if table == nil || !strings.Contains(table.Note, "no part of total: nightly") {
		t.Errorf("%+v", table)
	}
	quiet := timed()
	quiet.id.Timers = nil // an entry like any other
	if a := quiet.analyze(t, Options{}); a.Results[Total]["steady"].Offered != 110 {
		t.Errorf("without timers total is %+v", a.Results[Total]["steady"])
	}
}
