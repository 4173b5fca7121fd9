package reports

import (
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// scope is a part of a run: one or more spans.
type scope struct {
	spans  []check.Span
	length time.Duration // what rates are over
	phases []string      // where it is whole phases: their names
}

func (sc scope) holds(t time.Duration) bool {
	return slices.ContainsFunc(sc.spans, func(s check.Span) bool { return s.From <= t && t < s.To })
}

func spanned(from, to time.Duration) scope {
	to = max(from, to)
	return scope{spans: []check.Span{{From: from, To: to}}, length: to - from}
}

// tally counts the requests of one entry in one scope.
type tally struct {
	length          time.Duration
	each            int // requests that a sample stands for
	byCause         [32]int
	latency, failed values // ms, sorted
	late            values // ms, sorted, of what was sent
	attempts, calls int
}

// tally reads the samples of an entry in a scope. Where those are a part of the
// requests, the histograms of whole phases tell of all.
func (s *samples) tally(entry int, sc scope) *tally {
	if len(s.all) > 0 && sc.phases != nil {
		return s.tallied(entry, sc)
	}
	t := &tally{length: sc.length, each: s.oneIn}
	for _, span := range sc.spans {
		for q := range s.in(entry, span) {
			t.add(q)
		}
	}
	t.latency.sort()
	t.failed.sort()
	t.late.sort()
	return t
}

func (t *tally) add(q *sample) {
	t.byCause[q.cause] += t.each
	t.attempts += int(q.attempts) * t.each
	t.calls += int(q.calls) * t.each
	if q.cause == unsentIndex {
		return // it has no latency: nobody was asked
	}
	t.late.add(float64(q.late) / 1e3)
	if q.cause == 0 {
		t.latency.add(ms(q.latency))
	} else {
		t.failed.add(ms(q.latency))
	}
}

// tallied adds up the histograms of an entry in whole phases.
func (s *samples) tallied(entry int, sc scope) *tally {
	t := &tally{length: sc.length, each: 1}
	var latency, failed, late record.Histogram
	for i := range s.all {
		c := &s.all[i]
		if entry != anyEntry && c.Entry != s.entries[entry] || !slices.Contains(sc.phases, c.Phase) {
			continue
		}
		for cause, n := range c.Outcomes {
			t.byCause[causeIndex[cause]] += int(n)
		}
		t.attempts += int(c.Attempts)
		t.calls += int(c.Calls)
		latency.Merge(&c.Latency)
		failed.Merge(&c.FailedLatency)
		late.Merge(&c.Late)
	}
	t.latency, t.failed, t.late = histogrammed(&latency), histogrammed(&failed), histogrammed(&late)
	return t
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
		LatencyMS: quantiles(&t.latency, t.each), FailedLatencyMS: quantiles(&t.failed, t.each), Amplification: t.amplification(),
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

// quantiles sums up measured times that stand for so many each, nil where there are none.
func quantiles(v *values, each int) *Quantiles {
	if v.count() == 0 {
		return nil
	}
	return &Quantiles{
		Count: v.count() * each, Mean: v.mean(),
		P50: v.quantile(0.5), P90: v.quantile(0.9), P95: v.quantile(0.95),
		P99: v.quantile(0.99), P999: v.quantile(0.999), Max: v.largest(),
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
