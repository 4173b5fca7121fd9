package load

import (
	"context"
	"time"

	"windtunnel/scenarios/arrival"
)

// How the pacer waits, found by measuring (see BenchmarkLateness).
const (
	coarse = 2 * time.Millisecond     // waits above it go to a timer, which the end of the context cuts short
	fine   = 3 * time.Millisecond / 2 // of them, the part that is left for nap
	dense  = 120 * time.Microsecond   // mean gap below which plain sleeps and small bursts are the more punctual
)

// pacer is vegeta's Pacer on a schedule. vegeta asks it for hit after hit from
// one goroutine, and sends when it returns.
type pacer struct {
	ctx   context.Context // vegeta's interface has no place for it
	began time.Time
	dense time.Duration // mean gap below which vegeta sleeps and not nap
	next  func() (arrival.Arriving, bool)
	due   func(arrival.Arriving) // told of each arrival before it is sent
	last  time.Duration
	gap   float64 // running mean of the gaps, in ns
}

// Pace implements vegeta.Pacer. elapsed counts from vegeta's own begin, which
// nobody else knows, so the wait comes from the clock.
func (p *pacer) Pace(time.Duration, uint64) (wait time.Duration, stop bool) {
	a, ok := p.next()
	if !ok || p.ctx.Err() != nil {
		return 0, true
	}
	p.due(a)
	p.gap += (float64(a.At-p.last) - p.gap) / 64
	p.last = a.At
	left, ok := sleepUntilNear(p.ctx, p.began.Add(a.At))
	switch {
	case !ok:
		return 0, true
	case left <= 0:
		return 0, false
	case p.gap < float64(p.dense):
		return left, false // vegeta sleeps
	default:
		nap(left)
		return 0, false
	}
}

// Rate implements vegeta.Pacer: the rate of late, per second.
func (p *pacer) Rate(time.Duration) float64 { return float64(time.Second) / max(p.gap, 1) }

// sleepUntilNear sleeps until shortly before at, and returns what is left.
// It is false where the context ended first.
func sleepUntilNear(ctx context.Context, at time.Time) (left time.Duration, ok bool) {
	if left = time.Until(at); left > coarse {
		timer := time.NewTimer(left - fine)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return 0, false
		}
		left = time.Until(at)
	}
	return left, true
}
