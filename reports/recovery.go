package reports

import (
	"slices"
	"time"

	"windtunnel/reports/stats"
	"windtunnel/scenarios/check"
)

// What counts as recovered: DESIGN 2.3.
const (
	recoveryWindow = 3 * time.Second
	recoveryShare  = 0.99 // of the share of successes before
	recoveryP95    = 1.5  // times the p95 before
)

// notWithin is the reason of a recovery that took longer than the run.
const notWithin = "not within the run"

// fewBefore is below how many successes before a fault its recovery is doubted.
const fewBefore = 20

// wellness is what a window is held against.
type wellness struct {
	share float64       // of successes, at least
	p95   time.Duration // at most
}

// recovery finds out when an entry was well again after a fault.
func (s *samples) recovery(entry int, f *faultSpan) Recovery {
	watched := f.after.To - f.after.From - recoveryWindow
	r := Recovery{WatchedMS: ms(max(watched, 0))}
	before := s.tally(entry, scope{spans: []check.Span{f.before}})
	switch {
	case !f.healed:
		r.Reason = "the fault was not healed within the run"
	case before.ok() == 0:
		r.Reason = "nothing succeeded before the fault"
	case watched < 0:
		r.Reason = "less than 3 s of load came after the heal"
		if f.next != "" {
			r.Reason = "less than 3 s lie between the heal and " + f.next
		}
	default:
		well := wellness{
			share: recoveryShare * share(before.ok(), before.offered()),
			p95:   time.Duration(recoveryP95 * before.latency.quantile(0.95) * float64(time.Millisecond)),
		}
		at, found := s.firstWell(entry, f.after, well)
		if !found {
			r.Reason = notWithin
			break
		}
		after := ms(at - f.during.To)
		r.MS = &after
	}
	return r
}

// firstWell returns the first t of the span such that the requests intended in
// [t, t+3s), all within the span, are well. What is in that window changes
// only where a request enters it or has left it, so those instants are all
// that need to be tried, and the answer is exact.
//
//	t ─────────── t+3s          a request at x is inside while x-3s < t ≤ x
func (s *samples) firstWell(entry int, span check.Span, well wellness) (time.Duration, bool) {
	inside := s.listed(entry, span)
	tries := []time.Duration{span.From}
	for _, q := range inside {
		tries = append(tries, q.at-recoveryWindow+1, q.at+1)
	}
	slices.Sort(tries)
	first, next, count := 0, 0, wellCount{}
	for _, t := range tries {
		if t < span.From {
			continue
		}
		if t+recoveryWindow > span.To {
			break
		}
		for ; next < len(inside) && inside[next].at < t+recoveryWindow; next++ {
			count.add(inside[next], well, 1)
		}
		for ; first < next && inside[first].at < t; first++ {
			count.add(inside[first], well, -1)
		}
		if count.meets(well) {
			return t, true
		}
	}
	return 0, false
}

func (s *samples) listed(entry int, span check.Span) []*sample {
	var list []*sample
	for q := range s.in(entry, span) {
		list = append(list, q)
	}
	return list
}

// wellCount counts the requests in a window.
type wellCount struct{ all, ok, fast int }

func (c *wellCount) add(q *sample, well wellness, n int) {
	c.all += n
	if q.cause == 0 {
		c.ok += n
		if q.latency <= well.p95 {
			c.fast += n
		}
	}
}

// meets needs no sorting: p95 is at most a limit exactly where at least as many
// samples as p95's rank do not exceed it. A window without a success is not well.
func (c *wellCount) meets(well wellness) bool {
	return c.ok > 0 && float64(c.ok) >= well.share*float64(c.all) && c.fast >= stats.Rank(0.95, c.ok)
}
