package policy

import "time"

// ticks are the regular instants of a machine that decides at intervals.
type ticks struct {
	every time.Duration
	next  Instant
}

// begin counts them from now; now itself is none.
func (t *ticks) begin(now Instant) { t.next = now.Add(t.every) }

// due says whether a tick has come, and leaves those behind that were slept through.
func (t *ticks) due(now Instant) bool {
	if now < t.next {
		return false
	}
	t.next = t.next.Add(t.every * (now.Sub(t.next)/t.every + 1))
	return true
}

// history remembers an integral over time, such as Observation.Load, at regular
// steps, so that a mean over a while that ended just now is a difference. What
// came between two tellings counts as spread evenly over the time between them.
type history struct {
	step   time.Duration
	origin Instant         // the begin of step 0
	ring   []time.Duration // by the number of the step: the integral at its begin
	last   Instant         // when it was last told
	value  time.Duration   // and what
}

// newHistory remembers the longest while that a mean will be asked for.
func newHistory(now Instant, integral, longest, step time.Duration) *history {
	h := &history{step: step, origin: now, ring: make([]time.Duration, longest/step+2), last: now, value: integral}
	h.ring[0] = integral
	return h
}

// tell adds what the integral is now.
func (h *history) tell(now Instant, integral time.Duration) {
	from, to := h.number(h.last)+1, h.number(now)
	for i := max(from, to-int64(len(h.ring))+1); i <= to; i++ {
		begin := h.origin.Add(time.Duration(i) * h.step)
		h.ring[i%int64(len(h.ring))] = interpolate(h.last, now, h.value, integral, begin)
	}
	h.last, h.value = now, integral
}

// at returns the integral at an instant not after the last telling, and within the
// longest while before it.
func (h *history) at(t Instant) time.Duration {
	if t >= h.last {
		return h.value
	}
	i := h.number(t)
	begin := h.origin.Add(time.Duration(i) * h.step)
	low := h.ring[i%int64(len(h.ring))]
	if end := begin.Add(h.step); end <= h.last {
		return interpolate(begin, end, low, h.ring[(i+1)%int64(len(h.ring))], t)
	}
	return interpolate(begin, h.last, low, h.value, t)
}

func (h *history) number(t Instant) int64 { return int64(t.Sub(h.origin) / h.step) }

// interpolate draws the line: low at from, high at to.
func interpolate(from, to Instant, low, high time.Duration, t Instant) time.Duration {
	if t == to {
		return high
	}
	return low + time.Duration(float64(high-low)*float64(t-from)/float64(to-from))
}

// meanWindow is the last while of a history. It may not yet be full: a mean over
// it is then one since it began.
type meanWindow struct {
	length time.Duration
	since  Instant
	base   time.Duration // the integral at since
}

// restart forgets what was.
func (w *meanWindow) restart(now Instant, integral time.Duration) { w.since, w.base = now, integral }

// mean returns the mean over the window up to the last telling; there is none
// where no time has passed since it began.
func (w *meanWindow) mean(h *history) (mean float64, known bool) {
	from, base := w.since, w.base
	if begin := h.last - Instant(w.length); begin > from {
		from, base = begin, h.at(begin)
	}
	if from >= h.last {
		return 0, false
	}
	return float64(h.value-base) / float64(h.last-from), true
}

// highest is the highest of the numbers of the last while.
type highest struct {
	length time.Duration
	held   []dated // falling from the first on: each is the highest since the one before it
}

type dated struct {
	at Instant
	n  int
}

// add tells a number; instants never go back.
func (h *highest) add(now Instant, n int) {
	kept := len(h.held)
	for kept > 0 && h.held[kept-1].n <= n {
		kept--
	}
	h.held = append(h.held[:kept], dated{now, n})
	gone := 0
	for h.held[gone].at.Add(h.length) <= now {
		gone++
	}
	h.held = append(h.held[:0], h.held[gone:]...)
}

// read returns the highest number told in the while up to the last.
func (h *highest) read() int { return h.held[0].n }
