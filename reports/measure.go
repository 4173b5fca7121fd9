package reports

import (
	"slices"
	"time"

	"windtunnel/reports/stats"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// scope is a part of a run: one or more spans.
type scope struct {
	spans  []check.Span
	length time.Duration // what rates are over
}

func (sc scope) holds(t time.Duration) bool {
	return slices.ContainsFunc(sc.spans, func(s check.Span) bool { return s.From <= t && t < s.To })
}

func spanned(from, to time.Duration) scope {
	to = max(from, to)
	return scope{[]check.Span{{From: from, To: to}}, to - from}
}

// tally counts the requests of one entry in one scope.
type tally struct {
	length          time.Duration
	byCause         [32]int
	latency, failed []float64 // ms, sorted
	late            []float64 // ms, sorted, of what was sent
	attempts, calls int
}

// tally reads the samples of an entry in a scope.
func (s *samples) tally(entry int, sc scope) *tally {
	t := &tally{length: sc.length}
	for _, span := range sc.spans {
		for q := range s.in(entry, span) {
			t.add(q)
		}
	}
	slices.Sort(t.latency)
	slices.Sort(t.failed)
	slices.Sort(t.late)
	return t
}

func (t *tally) add(q *sample) {
	t.byCause[q.cause]++
	t.attempts += int(q.attempts)
	t.calls += int(q.calls)
	if q.cause == unsentIndex {
		return // it has no latency: nobody was asked
	}
	t.late = append(t.late, float64(q.late)/1e3)
	if q.cause == 0 {
		t.latency = append(t.latency, ms(q.latency))
	} else {
		t.failed = append(t.failed, ms(q.latency))
	}
}

func (t *tally) offered() int {
	n := 0
	for _, count := range t.byCause {
		n += count
	}
	return n
}

func (t *tally) ok() int   { return t.byCause[0] }
func (t *tally) sent() int { return t.offered() - t.byCause[unsentIndex] }

// amplification is attempts for each call between nodes. Where no node called
// another nothing was tried twice: 1.
func (t *tally) amplification() float64 { return amplification(t.attempts, t.calls) }

func amplification[N int | uint64](attempts, calls N) float64 {
	if calls == 0 {
		return 1
	}
	return float64(attempts) / float64(calls)
}

// measured puts the tally in figures.
func (t *tally) measured() *Measured {
	m := &Measured{
		Seconds: t.length.Seconds(), Offered: t.offered(), Sent: t.sent(), OK: t.ok(), Failed: Causes{},
		LatencyMS: quantiles(t.latency), FailedLatencyMS: quantiles(t.failed), Amplification: t.amplification(),
	}
	for i, count := range t.byCause {
		if i > 0 && count > 0 {
			m.Failed[causes[i]] = count
		}
	}
	m.ErrorShare = share(m.Offered-m.OK, m.Offered)
	m.OfferedRate = t.perSecond(m.Offered)
	m.Rate = t.perSecond(m.Sent)
	m.OKRate = t.perSecond(m.OK)
	return m
}

func (t *tally) perSecond(n int) float64 {
	if t.length <= 0 {
		return 0
	}
	return float64(n) / t.length.Seconds()
}

// share is 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// quantiles sums up sorted samples, nil where there are none.
func quantiles(sorted []float64) *Quantiles {
	if len(sorted) == 0 {
		return nil
	}
	return &Quantiles{
		Count: len(sorted), Mean: stats.Mean(sorted),
		P50: stats.Quantile(sorted, 0.5), P90: stats.Quantile(sorted, 0.9), P95: stats.Quantile(sorted, 0.95),
		P99: stats.Quantile(sorted, 0.99), P999: stats.Quantile(sorted, 0.999), Max: sorted[len(sorted)-1],
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// failures returns the causes that occurred, in the order of reports.
func (c Causes) inOrder() []policy.Cause {
	var found []policy.Cause
	for _, cause := range policy.Causes() {
		if c[cause] > 0 {
			found = append(found, cause)
		}
	}
	return found
}
