package reports

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/reports/stats"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// every sends a request each step of a span.
func (s *script) every(step, from, to, took time.Duration, cause policy.Cause) {
	for at := from; at < to; at += step {
		s.send("home", at, took, cause)
	}
}

func TestRecoveryByHand(t *testing.T) {
	const tenth = 100 * milli
	for _, c := range []struct {
		name  string
		after func(s *script) // what follows the heal at 20 s, up to 30 s
		want  float64         // ms; -1: not within the run
	}{
		{"well at once", func(s *script) { s.every(tenth, 20*second, 30*second, 10*milli, policy.OK) }, 0},
		// The last failure is at 21.9 s: the first 3 s without it begin just after.
		{"fails for two seconds", func(s *script) {
			s.every(tenth, 20*second, 22*second, milli, policy.Refused)
			s.every(tenth, 22*second, 30*second, 10*milli, policy.OK)
		}, 1900.000001},
		// 16 ms is more than 1.5 times 10; of the 30 requests in 3 s one may be
		// slow, for p95 is the 29th. The last but one leaves just after 22.8 s.
		{"slow for three seconds", func(s *script) {
			s.every(tenth, 20*second, 23*second, 16*milli, policy.OK)
			s.every(tenth, 23*second, 30*second, 10*milli, policy.OK)
		}, 2800.000001},
		{"as slow as is allowed", func(s *script) { s.every(tenth, 20*second, 30*second, 15*milli, policy.OK) }, 0},
		{"never", func(s *script) { s.every(tenth, 20*second, 30*second, 16*milli, policy.OK) }, -1},
		{"one in fifty fails", func(s *script) {
			s.every(tenth, 20*second, 30*second, 10*milli, policy.OK)
			for i := 0; i < 100; i += 25 { // 25 apart: every 3 s hold at least one
				s.requests[len(s.requests)-100+i].Cause = policy.Status
			}
		}, -1},
		{"nothing is asked", func(s *script) {}, -1},
		{"well in the last three seconds", func(s *script) {
			s.every(tenth, 20*second, 27*second, milli, policy.Refused)
			s.every(tenth, 27*second, 30*second, 10*milli, policy.OK)
		}, 6900.000001},
		{"well too late", func(s *script) {
			s.every(tenth, 20*second, 27100*milli, milli, policy.Refused)
			s.every(tenth, 27100*milli, 30*second, 10*milli, policy.OK)
		}, -1},
	} {
		s := steadyScript(30 * second)
		s.fault("down", 10*second, 20*second)
		s.every(tenth, 0, 10*second, 10*milli, policy.OK)
		s.every(tenth, 10*second, 20*second, milli, policy.Refused)
		c.after(s)
		r := s.analyze(t, Options{}).Faults[0].Recovery["home"]
		switch {
		case c.want < 0:
			if r.MS != nil || r.Reason != notWithin {
				t.Errorf("%s: %+v", c.name, r)
			}
		case r.MS == nil || *r.MS != c.want:
			t.Errorf("%s: %+v (%v), want %v", c.name, r, r.MS, c.want)
		}
		if r.WatchedMS != 7000 {
			t.Errorf("%s: watched %v", c.name, r.WatchedMS)
		}
	}
}

func TestRecoveryThatCannotBeTold(t *testing.T) {
	for _, c := range []struct {
		name, want string
		make       func() *script
	}{
		{"not healed", "the fault was not healed within the run", func() *script {
			s := steadyScript(30 * second)
			s.fault("down", 10*second, 20*second)
			s.events = s.events[:1]
			return s
		}},
		{"no success before", "nothing succeeded before the fault", func() *script {
			s := steadyScript(30 * second)
			s.fault("down", 10*second, 20*second)
			return s
		}},
		{"too short", "less than 3 s of load came after the heal", func() *script {
			s := steadyScript(22 * second)
			s.fault("down", 10*second, 20*second)
			s.every(second, 0, 10*second, milli, policy.OK)
			return s
		}},
		{"too close to the next", "less than 3 s lie between the heal and late", func() *script {
			s := steadyScript(60 * second)
			s.fault("down", 10*second, 20*second)
			s.fault("late", 22*second, 24*second)
			s.every(second, 0, 60*second, milli, policy.OK)
			return s
		}},
	} {
		if r := c.make().analyze(t, Options{}).Faults[0].Recovery[Total]; r.MS != nil || r.Reason != c.want {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// The definition, word by word, tried at every instant at which it can change.
func TestRecoveryIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s samples
		s.entries = []string{"home"}
		for range rapid.IntRange(0, 80).Draw(t, "requests") {
			q := sample{
				at:      time.Duration(rapid.IntRange(0, 120).Draw(t, "at")) * 100 * milli,
				latency: time.Duration(rapid.IntRange(1, 20).Draw(t, "took")) * milli,
			}
			if rapid.IntRange(0, 9).Draw(t, "fate") == 0 {
				q.cause = 1
			}
			s.list = append(s.list, q)
		}
		slices.SortFunc(s.list, func(a, b sample) int { return int(a.at - b.at) })
		span := check.Span{From: 2 * second, To: 12 * second}
		well := wellness{
			share: rapid.SampledFrom([]float64{0.5, 0.9, 0.99}).Draw(t, "share"),
			p95:   time.Duration(rapid.IntRange(5, 20).Draw(t, "p95")) * milli,
		}
		want, wantFound := bruteWell(s.list, span, well)
		got, found := s.firstWell(anyEntry, span, well)
		if found != wantFound || got != want {
			t.Fatalf("%v %v, want %v %v", got, found, want, wantFound)
		}
	})
}

func bruteWell(list []sample, span check.Span, well wellness) (time.Duration, bool) {
	tries := []time.Duration{span.From}
	for t := time.Duration(0); t <= span.To; t += 100 * milli {
		tries = append(tries, t, t+1)
	}
	slices.Sort(tries)
	for _, t := range tries {
		if t < span.From || t+recoveryWindow > span.To {
			continue
		}
		all, latencies := 0, []float64{}
		for _, q := range list {
			if q.at >= t && q.at < t+recoveryWindow {
				if all++; q.cause == 0 {
					latencies = append(latencies, ms(q.latency))
				}
			}
		}
		slices.Sort(latencies)
		if len(latencies) > 0 && float64(len(latencies)) >= well.share*float64(all) && stats.Quantile(latencies, 0.95) <= ms(well.p95) {
			return t, true
		}
	}
	return 0, false
}

// The title names the entry that was well last, even where few ask for it and
// the total is well before.
func TestSlowestEntry(t *testing.T) {
	after := func(v float64) Recovery { return Recovery{MS: &v} }
	never, untold := Recovery{Reason: notWithin}, Recovery{Reason: "nothing succeeded before the fault"}
	for _, c := range []struct {
		recovery map[string]Recovery
		want     string
	}{
		{map[string]Recovery{Total: after(5), "a": after(0), "b": after(9)}, "b"},
		{map[string]Recovery{Total: after(5), "a": after(5), "b": untold}, "a"},
		{map[string]Recovery{Total: after(5), "a": never, "b": after(900)}, "a"},
		{map[string]Recovery{Total: never, "a": after(1)}, Total},
		{map[string]Recovery{Total: untold}, Total},
		{map[string]Recovery{Total: {Reason: "less than 3 s of load came after the heal"}, "a": untold}, Total},
	} {
		f := FaultResult{Recovery: c.recovery}
		if got, _ := f.slowest(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.recovery, got, c.want)
		}
	}
}

// A kill that holds nothing down is over before anybody asks.
func TestMomentaryFault(t *testing.T) {
	s := steadyScript(30 * second)
	s.fault("crash", 10*second+milli, 10*second+5*milli)
	s.every(100*milli, 0, 30*second, 10*milli, policy.OK)
	a := s.analyze(t, Options{})
	if got := a.Faults[0].finding(); got != "crash: over at once; all was well at once after the heal" {
		t.Error(got)
	}
}
