package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"windtunnel/topologies/policy"
)

// host is the machine whose cores all instances share: every job that runs
// gets the same part of them, and never more than one core (processor sharing).
//
// It keeps a clock of service: what each job that ran all the time would have
// got by now. An instance knows what that clock will show when its next job
// ends, which no other instance changes; how fast the clock goes is all that
// changes when jobs come and go anywhere. So a change costs the logarithm of
// the number of busy instances, and only the first of them sets an alarm.
type host struct {
	cores   float64 // 0: as many as wanted
	clock   float64 // CPU seconds
	lost    float64 // what rounding has kept from the clock (Kahan: Further remarks on reducing truncation errors, 1965)
	at      policy.Instant
	rate    float64 // of the clock, per second
	jobs    int     // that run
	orders  uint64  // of all jobs, to number them
	running []*cpu  // a heap by due

	alarmAt policy.Instant // of the alarm that is set; Never without one
	alarms  uint64         // numbers them
	held    bool           // an alarm is at work, and will settle what changes
	done    []job          // scratch

	// A quota is filled up at the same instants everywhere: see cpu.
	period    int64   // the number of the current one, kept while some quota is in use
	began     float64 // what the clock showed then
	limited   int     // instances with a quota that run
	throttled []*cpu  // those whose quota is used up
	ticking   bool
}

func newHost(cores float64) host { return host{cores: cores, rate: 1, alarmAt: policy.Never} }

// move brings the clock of service to now.
func (h *host) move(now policy.Instant) {
	if now == h.at {
		return
	}
	if len(h.running) > 0 {
		passed := float64(h.rate*now.Sub(h.at).Seconds()) - h.lost
		clock := h.clock + passed
		h.lost = (clock - h.clock) - passed
		h.clock = clock
	} else { // nobody has anything to do with what it shows: small numbers are exact ones
		h.began -= h.clock
		h.clock, h.lost = 0, 0
	}
	h.at = now
}

// near says whether the clock is as good as at a value: closer than a
// nanosecond can tell, and than rounding in a long run.
func (h *host) near(value float64) bool { return value-h.clock <= 1e-10+float64(1e-15*h.clock) }

// settle sets the clock's rate, and the alarm for the first instance that is
// due. One that is set and comes too early is left: it sets another.
func (h *host) settle(w *world) {
	if h.held {
		return
	}
	h.rate = 1
	if n := float64(h.jobs); h.cores > 0 && n > h.cores {
		h.rate = h.cores / n
	}
	if len(h.running) == 0 {
		return
	}
	next := w.now.Add(seconds((h.running[0].due - h.clock) / h.rate))
	if next < h.alarmAt {
		h.alarmAt = next
		h.alarms++
		w.at(next, byWork, (*hostAlarm)(h), h.alarms)
	}
}

// seconds rounds up: a job never ends before it got what it asked for.
func seconds(s float64) time.Duration { return time.Duration(min(max(s, 0)*1e9, math.MaxInt64/2)) + 1 }

// hostAlarm is the host as it is told that an instance is due.
type hostAlarm host

func (a *hostAlarm) act(w *world, number uint64) {
	h := (*host)(a)
	if number != h.alarms {
		return
	}
	h.alarmAt = policy.Never
	h.move(w.now)
	h.held = true
	done := h.done[:0]
	for len(h.running) > 0 && h.near(h.running[0].due) {
		done = h.running[0].finish(w, done)
	}
	h.done = nil
	if len(done) > 1 { // of several instances
		slices.SortFunc(done, func(a, b job) int { return cmp.Compare(a.order, b.order) })
	}
	for i := range done {
		done[i].who.act(w, done[i].arg)
	}
	clear(done)
	h.done, h.held = done, false
	h.settle(w)
}

// hostTick is the host as it is told that a period begins.
type hostTick host

// tick asks to be told of the next period, as long as some quota is in use.
func (h *host) tick(w *world) {
	if h.ticking || h.limited == 0 && len(h.throttled) == 0 {
		return
	}
	h.ticking = true
	w.at(policy.Instant((h.period+1)*int64(w.costs.period())), byWork, (*hostTick)(h), 0)
}

// look finds the period that it is now, where nobody kept it.
func (h *host) look(w *world) {
	if number := int64(w.now) / int64(w.costs.period()); !h.ticking && number != h.period {
		h.period, h.began = number, h.clock
	}
}

func (t *hostTick) act(w *world, _ uint64) {
	h := (*host)(t)
	h.move(w.now)
	h.ticking = false
	h.look(w)
	filled := h.throttled
	h.throttled = nil
	for i, c := range filled {
		filled[i] = nil
		c.throttled = false
		c.advance(w)
		c.place(w)
	}
	if h.throttled == nil {
		h.throttled = filled[:0]
	}
	h.tick(w)
	h.settle(w)
}

// The heap of those that run: who is due first, and of these who was asked first.

func (h *host) before(i, j int) bool {
	a, b := h.running[i], h.running[j]
	return a.due < b.due || a.due == b.due && a.jobs[0].order < b.jobs[0].order
}

func (h *host) swap(i, j int) {
	h.running[i], h.running[j] = h.running[j], h.running[i]
	h.running[i].at, h.running[j].at = i, j
}

func (h *host) add(c *cpu) {
	c.at = len(h.running)
	h.running = append(h.running, c)
	h.fix(c.at)
}

func (h *host) remove(c *cpu) {
	i, last := c.at, len(h.running)-1
	h.swap(i, last)
	h.running[last] = nil
	h.running = h.running[:last]
	c.at = -1
	if i < last {
		h.fix(i)
	}
}

// fix moves one whose due has changed to its place.
func (h *host) fix(i int) {
	for i > 0 && h.before(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
	for {
		least := i
		for c := 2*i + 1; c < min(2*i+3, len(h.running)); c++ {
			if h.before(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
