package reports

import (
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

// recovery finds out when an entry was well again after a fault, once its windows
// are laid.
func (s *samples) recovery(entry int, f *faultSpan) Recovery {
	r, known := f.recoveries[entry]
	if !known {
		r = s.findRecovery(entry, f)
		f.recoveries[entry] = r
	}
	return r
}

func (s *samples) findRecovery(entry int, f *faultSpan) Recovery {
	watched := f.after.To - f.after.From - recoveryWindow
	r := Recovery{WatchedMS: ms(max(watched, 0))}
	before := s.tally(entry, spanned(f.before.From, f.before.To))
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
	list, count := s.within(span), wellCount{}
	weigh := func(q *sample, n int) {
		if s.means(entry, int(q.entry)) {
			count.add(q, well, n)
		}
	}
	first, next := 0, 0 // inside are those from first up to next
	for t := span.From; t <= span.To-recoveryWindow; {
		for ; next < len(list) && list[next].at < t+recoveryWindow; next++ {
			weigh(&list[next], 1)
		}
		for ; first < next && list[first].at < t; first++ {
			weigh(&list[first], -1)
		}
		if count.meets(well) {
			return t, true
		}
		t = forever
		if first < next {
			t = list[first].at + 1
		}
		if next < len(list) {
			t = min(t, list[next].at-recoveryWindow+1)
		}
	}
	return 0, false
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
