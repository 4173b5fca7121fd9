package sim

import (
	"math"
	"time"
)

// cpu is the processor of one instance. Its jobs share the host's cores with
// all others, within the instance's quota.
//
// A quota is what Linux makes of it: so much CPU time in each period of 100 ms,
// spent as fast as there are cores, and then nothing until the next period. A
// job that is short beside the quota runs at full speed.
type cpu struct {
	host      *host
	quota     float64 // cores; 0: none
	jobs      jobs    // by the attained service at which they end
	attained  float64 // CPU seconds that a job would have got that has been here since it was last idle
	from      float64 // what the host's clock showed when that was so
	due       float64 // what it will show when there is something to do; while it runs
	budget    float64 // CPU seconds left in this period
	period    int64   // its number
	spent     float64 // CPU seconds in all
	sampled   float64 // of those, until the last sample
	counted   int     // jobs that count among the host's
	at        int     // place among those that run; -1: it does not
	frozen    bool
	throttled bool // it is on the host's list of those
}

const defaultPeriod = 100 * time.Millisecond

// period is how often a quota is filled up.
func (c Costs) period() time.Duration {
	if c.Period > 0 {
		return c.Period
	}
	return defaultPeriod
}

// budgetGrain is the CPU time below which a quota counts as used up, in
// seconds: it keeps rounding from setting alarms of no length.
const budgetGrain = 1e-9

func newCPU(h *host, quota float64) cpu { return cpu{host: h, quota: quota, period: -1, at: -1} }

// burn has who told when it has got d of CPU time.
func (c *cpu) burn(w *world, d time.Duration, who actor, arg uint64) {
	c.burnUntil(w, d, who, arg, nil)
}

// burnUntil burns what may be cut: place is where the job is until then.
func (c *cpu) burnUntil(w *world, d time.Duration, who actor, arg uint64, place *int) {
	c.advance(w)
	if len(c.jobs) == 0 {
		c.attained = 0
	}
	c.host.orders++
	c.jobs.push(job{began: c.attained, ends: c.attained + d.Seconds(), order: c.host.orders, who: who, arg: arg, place: place})
	c.place(w)
	c.host.settle(w)
}

// cut has the job at a place end when it has spent the part that it is at:
// work looks at its deadline after each.
func (c *cpu) cut(w *world, at int, part time.Duration) {
	c.advance(w)
	j := &c.jobs[at]
	parts := max(1, math.Ceil((c.attained-j.began)/part.Seconds()-1e-6))
	j.ends = min(j.ends, j.began+float64(parts*part.Seconds()))
	c.jobs.fix(at)
	c.place(w)
	c.host.settle(w)
}

// spend burns CPU time that nobody waits for.
func (c *cpu) spend(w *world, d time.Duration) {
	if d > 0 {
		c.burn(w, d, nobody{}, 0)
	}
}

// nobody is told what nobody waits for.
type nobody struct{}

func (nobody) act(*world, uint64) {}

// advance counts what was spent since the last look.
func (c *cpu) advance(w *world) {
	h := c.host
	h.move(w.now)
	n := float64(len(c.jobs))
	if c.at >= 0 {
		got := h.clock - c.from
		used := float64(got * n) // the conversion forbids to fuse it with the sums, which not all processors can
		c.attained += got
		c.spent += used
		c.budget -= used
	}
	if c.quota > 0 {
		h.look(w)
		if c.period != h.period { // it began meanwhile: only what was spent since then counts, and what was overdrawn before
			since := 0.0
			if c.at >= 0 {
				since = float64((h.clock - max(c.from, h.began)) * n)
			}
			debt := min(0, c.budget+since)
			c.period, c.budget = h.period, float64(c.quota*w.costs.period().Seconds())+debt-since
		}
	}
	c.from = h.clock
}

// take returns what was spent since it was last asked.
func (c *cpu) take(w *world) time.Duration {
	c.advance(w)
	spent := c.spent - c.sampled
	c.sampled = c.spent
	return time.Duration(spent * 1e9)
}

// place puts the instance where it belongs after a change: among those that
// run, among those whose quota is used up, or nowhere.
func (c *cpu) place(w *world) {
	h := c.host
	busy := len(c.jobs) > 0 && !c.frozen
	runs := busy && (c.quota <= 0 || c.budget > budgetGrain)
	if busy && !runs && !c.throttled {
		c.throttled = true
		h.throttled = append(h.throttled, c)
	}
	h.jobs -= c.counted
	c.counted = 0
	if runs {
		c.counted = len(c.jobs)
		h.jobs += c.counted
		c.due = h.clock + c.next()
	}
	switch ran := c.at >= 0; {
	case runs && ran:
		h.fix(c.at)
	case runs:
		h.add(c)
		h.limit(c, 1)
	case ran:
		h.remove(c)
		h.limit(c, -1)
	}
	if c.quota > 0 && busy {
		h.tick(w)
	}
}

// next is what each job may get until there is something to do.
func (c *cpu) next() float64 {
	next := c.jobs[0].ends - c.attained
	if c.quota > 0 {
		next = min(next, c.budget/float64(len(c.jobs)))
	}
	return next
}

// limit counts those that run within a quota.
func (h *host) limit(c *cpu, by int) {
	if c.quota > 0 {
		h.limited += by
	}
}

// finish takes the jobs that are done off an instance that is due, appends them
// to done, and puts it where it belongs then. What is near is asked of the very
// sums that next and place make, so that one that is left is not near, and due later.
func (c *cpu) finish(w *world, done []job) []job {
	c.advance(w)
	h := c.host
	if c.quota > 0 && h.near(h.clock+c.budget/float64(len(c.jobs))) {
		c.budget = min(c.budget, 0)
	}
	for len(c.jobs) > 0 && h.near(h.clock+(c.jobs[0].ends-c.attained)) {
		done = append(done, c.jobs.pop())
	}
	c.place(w)
	return done
}

// stop drops all jobs, as their process is gone.
func (c *cpu) stop(w *world) {
	c.advance(w)
	c.jobs = nil
	c.place(w)
	c.host.settle(w)
}

func (c *cpu) freeze(w *world, frozen bool) {
	c.advance(w)
	c.frozen = frozen
	c.place(w)
	c.host.settle(w)
}
