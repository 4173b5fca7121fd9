package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// follow hands what a script has from one instant to another to who judges it live.
func (s *script) follow(l *Live, from, to time.Duration) {
	within := func(at time.Duration) bool { return from < at && at <= to }
	for _, q := range s.requests {
		if within(q.Done) {
			l.Request(q)
		}
	}
	for _, e := range s.events {
		if within(e.At) {
			l.Event(e)
		}
	}
	for _, n := range s.nodes {
		if within(n.At) {
			l.Node(n)
		}
	}
}

// A dialogue: what the checks of an outage say while it happens.
func TestLive(t *testing.T) {
	s := outage("shop-microservices", 7)
	s.id.Checks = append(s.id.Checks, "payments.breaker.openings >= 1", "shop.cpu < 1", "total.latency.p99 < 100ms @steady")
	l := NewLive(s.id)
	var at time.Duration
	for _, step := range []struct {
		until time.Duration
		want  []string // a line a check: final, verdict, observed, margin, reason
	}{
		{2 * second, []string{
			"… | - | | | nothing yet", // the warm-up is before nothing
			"… | - | | | waits for it to begin",
			"… | - | | | waits for it to begin",
			"… | - | | | waits for it to begin",
			"… | - | 0 | 1 short | not yet",
			`… | inconclusive | | | shop-microservices has no node "shop", and none that hosts such a component`,
			"… | - | | | waits for it to begin",
		}},
		{10 * second, []string{
			"… | pass | 0 % | 1.00 % to spare |",
			"… | - | | | waits for it to begin",
			"… | - | | | waits for it to begin",
			"… | - | | | waits for it to begin",
			"… | - | 0 | 1 short | not yet",
			`… | inconclusive | | | shop-microservices has no node "shop", and none that hosts such a component`,
			"… | pass | 37.7 ms | 62.3 ms to spare |",
		}},
		{15 * second, []string{
			"over | pass | 0 % | 1.00 % to spare |",
			"… | pass | 0 % | 1.00 % to spare |",
			"… | pass | 2.87 ms | 147 ms to spare |",
			"… | - | | | waits for it to end",
			"… | pass | 1 | 0 to spare |",
			`… | inconclusive | | | shop-microservices has no node "shop", and none that hosts such a component`,
			"… | pass | 40.8 ms | 59.2 ms to spare |",
		}},
		{22 * second, []string{
			"over | pass | 0 % | 1.00 % to spare |",
			"over | pass | 0 % | 1.00 % to spare |",
			"over | pass | 2.85 ms | 147 ms to spare |",
			"… | - | | | not well so far",
			"… | pass | 2 | 1 to spare |",
			`… | inconclusive | | | shop-microservices has no node "shop", and none that hosts such a component`,
			"… | pass | 40.4 ms | 59.6 ms to spare |",
		}},
		{24 * second, []string{
			"over | pass | 0 % | 1.00 % to spare |",
			"over | pass | 0 % | 1.00 % to spare |",
			"over | pass | 2.85 ms | 147 ms to spare |",
			"… | - | | | not well so far",
			"… | pass | 2 | 1 to spare |",
			`… | inconclusive | | | shop-microservices has no node "shop", and none that hosts such a component`,
			"… | pass | 40.4 ms | 59.6 ms to spare |",
		}},
	} {
		s.follow(l, at, step.until)
		at = step.until
		for i, c := range l.Judge(at) {
			if got := liveLine(c); got != step.want[i] {
				t.Errorf("at %s, %s:\n got %s\nwant %s", at, c.That, got, step.want[i])
			}
		}
	}
}

func liveLine(c LiveCheck) string {
	final, verdict := "…", "-"
	if c.Final {
		final = "over"
	}
	if c.Verdict != "" {
		verdict = string(c.Verdict)
	}
	return strings.Join(strings.Fields(strings.Join([]string{final, verdict, c.Now, c.Spare, c.Reason}, " | ")), " ")
}

// When everything is recorded, what was shown live is what the report says.
func TestLiveEndsAsTheReport(t *testing.T) {
	for topology := range fixtures {
		s := outage(topology, 7)
		s.id.Checks = append(s.id.Checks, "total.errors.refused.count == 0", "payments.cpu < 0.5", "generator.lateness.p99 < 1ms",
			"checkout.amplification < 2", "catalog.memory < 30Mi", "payments.breaker.open.time < 1s")
		l := NewLive(s.id)
		order := slices.Clone(s.requests)
		slices.SortFunc(order, func(a, b record.Request) int { return int(a.Done - b.Done) })
		for at := time.Duration(0); at < 40*second; at += 3 * second {
			s.follow(l, at, at+3*second)
			l.Judge(at)
		}
		a := s.analyze(t, Options{})
		for i, c := range l.Judge(40 * second) {
			want := a.Checks[i]
			if c.Verdict != want.Verdict || (c.Observed == nil) != (want.Observed == nil) || c.Observed != nil && *c.Observed != *want.Observed {
				t.Errorf("%s: %s: live %+v, in the report %+v", topology, c.That, c, want)
			}
		}
	}
}

// Of more requests than a record keeps, a part is judged by, which stands for all.
func TestLiveKeepsNoMoreThanARecord(t *testing.T) {
	s := steadyScript(1000 * second)
	s.id.Checks = []string{"home.errors.count < 1", "home.latency.p50 < 20ms"}
	l := NewLive(s.id)
	const requests = record.KeepAll * 5 / 4
	for i := range requests {
		at := time.Duration(i) * (1000 * second / requests)
		q := record.Request{Seq: uint64(i), Entry: "home", Intended: at, Sent: at, Done: at + time.Duration(i%100)*milli}
		if i%11 == 0 {
			q.Cause = policy.Refused
		}
		l.Request(q)
	}
	if n, oneIn := len(l.a.samples.list), l.a.samples.oneIn; oneIn != 2 || n*oneIn < requests-2 || n*oneIn > requests+2 {
		t.Fatalf("%d samples, one in %d, of %d requests", n, oneIn, requests)
	}
	checks := l.Judge(1000 * second)
	failed, median := *checks[0].Observed, *checks[1].Observed
	if !within(failed, requests/11, 0.01) || !within(median, 49.5, 0.05) {
		t.Errorf("%v failed, a median of %v ms", failed, median)
	}
}
