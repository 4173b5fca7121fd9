package reports

import (
	"iter"
	"math"
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

// counts are the requests of one entry, or selection, in one scope.
type counts struct {
	length          time.Duration
	each            int // requests that a sample stands for
	byCause         [32]int
	attempts, calls int
	cold            int           // that waited for an instance to start
	unsure          int           // that may have, and could not tell: an attempt's reply was lost
	inside          time.Duration // of what was sent, from the send to the end, added up
}

// tally is counts with how long it took.
type tally struct {
	counts
	latency, failed values
}

// count reads the samples of an entry in a scope. Where those are a part of the
// requests, the histograms of whole phases tell of all.
func (s *samples) count(entry int, sc scope) *counts {
	if s.counted(sc) {
		return &s.tallied(entry, sc).counts
	}
	c := &counts{length: sc.length, each: s.oneIn}
	for _, span := range sc.spans {
		for q := range s.in(entry, span) {
			c.add(q)
		}
	}
	return c
}

func (c *counts) add(q *sample) {
	c.byCause[q.cause] += c.each
	c.attempts += int(q.attempts) * c.each
	c.calls += int(q.calls) * c.each
	if q.cold {
		c.cold += c.each
	} else if q.cause != unsentIndex && (q.cause != 0 || q.attempts > q.calls) {
		c.unsure += c.each
	}
	if q.cause != unsentIndex {
		c.inside += (q.latency - q.lateness()) * time.Duration(c.each)
	}
}

// tally is count, and how long it took.
func (s *samples) tally(entry int, sc scope) *tally {
	if s.counted(sc) {
		return s.tallied(entry, sc)
	}
	t := &tally{counts: *s.count(entry, sc)}
	t.latency.room(t.ok() / t.each)
	t.failed.room((t.sent() - t.ok()) / t.each)
	for _, span := range sc.spans {
		for q := range s.in(entry, span) {
			switch q.cause {
			case 0:
				t.latency.add(q.latency)
			case unsentIndex: // it has no latency: nobody was asked
			default:
				t.failed.add(q.latency)
			}
		}
	}
	return t
}

// late is how late what was sent of an entry in a scope was sent.
func (s *samples) late(entry int, sc scope) *values {
	if s.counted(sc) {
		return histogrammed(s.merged(entry, sc, func(t *record.Tally) *record.Histogram { return &t.Late }))
	}
	late, c := &values{}, s.count(entry, sc)
	late.room(c.sent() / c.each)
	for _, span := range sc.spans {
		for q := range s.in(entry, span) {
			if q.cause != unsentIndex {
				late.add(q.lateness())
			}
		}
	}
	return late
}

// counted says whether histograms tell of all requests in a scope.
func (s *samples) counted(sc scope) bool { return len(s.all) > 0 && sc.phases != nil }

// tallied adds up what was counted of an entry in whole phases.
func (s *samples) tallied(entry int, sc scope) *tally {
	t := &tally{counts: counts{length: sc.length, each: 1}}
	for c := range s.tallies(entry, sc) {
		for cause, n := range c.Outcomes {
			t.byCause[causeIndex[cause]] += int(n)
		}
		t.attempts += int(c.Attempts)
		t.calls += int(c.Calls)
		t.cold += int(c.Cold)
		t.inside += c.Latency.Sum + c.FailedLatency.Sum - c.Late.Sum
	}
	t.unsure = t.sent() - t.cold // which of them were tried again is not counted
	t.latency = *histogrammed(s.merged(entry, sc, func(t *record.Tally) *record.Histogram { return &t.Latency }))
	t.failed = *histogrammed(s.merged(entry, sc, func(t *record.Tally) *record.Histogram { return &t.FailedLatency }))
	return t
}

// tallies yields what was counted of an entry in whole phases.
func (s *samples) tallies(entry int, sc scope) iter.Seq[*record.Tally] {
	return func(yield func(*record.Tally) bool) {
		for i := range s.all {
			t := &s.all[i]
			if s.means(entry, slices.Index(s.entries, t.Entry)) && slices.Contains(sc.phases, t.Phase) && !yield(t) {
				return
			}
		}
	}
}

// merged adds up one histogram of each of the tallies.
func (s *samples) merged(entry int, sc scope, of func(*record.Tally) *record.Histogram) *record.Histogram {
	var sum record.Histogram
	for t := range s.tallies(entry, sc) {
		sum.Merge(of(t))
	}
	return &sum
}

func (c *counts) offered() int {
	n := 0
	for _, count := range c.byCause {
		n += count
	}
	return n
}

func (c *counts) ok() int   { return c.byCause[0] }
func (c *counts) sent() int { return c.offered() - c.byCause[unsentIndex] }

// errorShare is what failed of what was offered, the unsent included; 0 of nothing.
func (c *counts) errorShare() float64 { return share(c.offered()-c.ok(), c.offered()) }

// amplification is attempts for each call between nodes. Where no node called
// another nothing was tried twice: 1.
func (c *counts) amplification() float64 { return amplification(c.attempts, c.calls) }

func amplification[N int | uint64](attempts, calls N) float64 {
	if calls == 0 {
		return 1
	}
	return float64(attempts) / float64(calls)
}

// measured puts the tally in figures.
func (t *tally) measured() *Measured {
	m := t.counts.measured()
	m.LatencyMS, m.FailedLatencyMS = quantiles(&t.latency, t.each), quantiles(&t.failed, t.each)
	return m
}

// measured puts the counts in figures, which are all but how long it took.
func (c *counts) measured() *Measured {
	m := &Measured{Seconds: c.length.Seconds(), Offered: c.offered(), Sent: c.sent(), OK: c.ok(), Failed: Causes{}, Amplification: c.amplification()}
	for i, count := range c.byCause {
		if i > 0 && count > 0 {
			m.Failed[causes[i]] = count
		}
	}
	m.ErrorShare = c.errorShare()
	m.OfferedRate = c.perSecond(m.Offered)
	m.Rate = c.perSecond(m.Sent)
	m.OKRate = c.perSecond(m.OK)
	return m
}

func (c *counts) perSecond(n int) float64 {
	if c.length <= 0 {
		return 0
	}
	return float64(n) / c.length.Seconds()
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

// fromMS is the duration that has so many milliseconds, to the nanosecond.
func fromMS(v float64) time.Duration { return time.Duration(math.Round(v * float64(time.Millisecond))) }

// InOrder returns the causes that occurred, in the order of reports.
func (c Causes) InOrder() []policy.Cause {
	var found []policy.Cause
	for _, cause := range policy.Causes() {
		if c[cause] > 0 {
			found = append(found, cause)
		}
	}
	return found
}
