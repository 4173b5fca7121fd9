package sim

import (
	"time"

	"windtunnel/topologies/policy"
)

// host is the machine whose cores all instances share.
type host struct {
	cores float64 // 0: as many as wanted
	busy  []*cpu  // those with jobs, in the order in which they became busy
}

// cpu is the processor of one instance: jobs share it equally (processor
// sharing), within the instance's quota and what the host has left.
//
// A quota is what Linux makes of it: so much CPU time in each period of 100 ms,
// spent as fast as there are cores, and then nothing until the next period. A
// job that is short beside the quota runs at full speed.
type cpu struct {
	instance *instance
	quota    float64 // cores; 0: none
	jobs     jobs    // by the attained service at which they end
	attained float64 // CPU seconds that each job would have got since the instance began
	rate     float64 // of attained, per second
	budget   float64 // CPU seconds left in this period
	period   int64   // its number
	since    policy.Instant
	spent    float64 // CPU seconds in all
	sampled  float64 // of those, until the last sample
	frozen   bool
	serial   uint64 // of the last alarm that was set
	at       int    // place in host.busy; -1: not there
}

// job is something that waits for CPU time.
type job struct {
	ends  float64 // at this attained service
	order uint64
	who   actor
	arg   uint64
}

const defaultPeriod = 100 * time.Millisecond

func newCPU(i *instance, quota float64) cpu { return cpu{instance: i, quota: quota, at: -1} }

// burn has who told when it has got d of CPU time.
func (c *cpu) burn(w *world, d time.Duration, who actor, arg uint64) {
	c.advance(w)
	c.jobs.push(job{ends: c.attained + d.Seconds(), order: w.heap.serial, who: who, arg: arg})
	if c.at < 0 {
		c.at = len(w.host.busy)
		w.host.busy = append(w.host.busy, c)
	}
	w.host.share(w, c)
}

// advance counts what was spent since the last look.
func (c *cpu) advance(w *world) {
	passed := w.now.Sub(c.since).Seconds()
	c.since = w.now
	c.attained += c.rate * passed
	used := c.rate * passed * float64(len(c.jobs))
	c.spent += used
	if c.quota > 0 {
		period := w.costs.period()
		if number := int64(w.now) / int64(period); number != c.period {
			c.period, c.budget = number, c.quota*period.Seconds()
		} else {
			c.budget -= used
		}
	}
}

// take returns what was spent since it was last asked.
func (c *cpu) take(w *world) time.Duration {
	c.advance(w)
	spent := c.spent - c.sampled
	c.sampled = c.spent
	return time.Duration(spent * 1e9)
}

// period is how often a quota is filled up.
func (c Costs) period() time.Duration {
	if c.Period > 0 {
		return c.Period
	}
	return defaultPeriod
}

// wants is how many cores the instance would use now.
func (c *cpu) wants() float64 {
	if c.frozen || c.quota > 0 && c.budget <= budgetGrain {
		return 0
	}
	return float64(len(c.jobs))
}

// budgetGrain is the CPU time below which a quota counts as used up, in
// seconds: it keeps rounding from setting alarms of no length.
const budgetGrain = 1e-9

// share gives every busy instance its rate, after something about one changed.
// Where the host has cores for all it is that one alone that changes.
func (h *host) share(w *world, changed *cpu) {
	if h.cores <= 0 {
		changed.setRate(w, 1)
		return
	}
	total := 0.0
	for _, c := range h.busy {
		total += c.wants()
	}
	rate := 1.0
	if total > h.cores {
		rate = h.cores / total
	}
	for _, c := range h.busy {
		if c == changed || c.rate != rate {
			c.advance(w)
			c.setRate(w, rate)
		}
	}
}

// setRate sets how fast each job runs, and the alarm for what comes next: a job
// that ends, a quota that is used up, a period that begins.
func (c *cpu) setRate(w *world, rate float64) {
	c.rate = rate
	if c.wants() == 0 {
		c.rate = 0
	}
	c.serial++
	if len(c.jobs) == 0 {
		return
	}
	next := policy.Never
	if c.rate > 0 {
		next = w.now.Add(seconds((c.jobs[0].ends - c.attained) / c.rate))
	}
	if c.quota > 0 && !c.frozen {
		period := w.costs.period()
		next = min(next, policy.Instant((c.period+1)*int64(period)))
		if c.rate > 0 {
			next = min(next, w.now.Add(seconds(c.budget/(c.rate*float64(len(c.jobs))))))
		}
	}
	if next != policy.Never {
		w.at(next, byWork, c, c.serial)
	}
}

// seconds rounds up: a job never ends before it got what it asked for.
func seconds(s float64) time.Duration { return time.Duration(s*1e9) + 1 }

// act ends the jobs that are done and shares anew.
func (c *cpu) act(w *world, serial uint64) {
	if serial != c.serial || c.instance.dead {
		return
	}
	c.advance(w)
	for len(c.jobs) > 0 && c.jobs[0].ends <= c.attained {
		j := c.jobs.pop()
		w.at(w.now, byWork, j.who, j.arg)
	}
	if len(c.jobs) == 0 {
		w.host.leave(c)
	}
	w.host.share(w, c)
}

// leave takes an instance off the busy ones, and the last takes its place.
func (h *host) leave(c *cpu) {
	last := len(h.busy) - 1
	h.busy[last].at = c.at
	h.busy[c.at] = h.busy[last]
	h.busy = h.busy[:last]
	c.at = -1
}

// stop drops all jobs, as their process is gone.
func (c *cpu) stop(w *world) {
	c.advance(w)
	c.jobs = nil
	if c.at >= 0 {
		w.host.leave(c)
		w.host.share(w, c)
	}
}

func (c *cpu) freeze(w *world) {
	c.advance(w)
	c.frozen = true
	w.host.share(w, c)
}

func (c *cpu) unfreeze(w *world) {
	c.advance(w)
	c.frozen = false
	w.host.share(w, c)
}

// jobs is a binary min-heap by what ends first.
type jobs []job

func (h jobs) before(i, j int) bool {
	return h[i].ends < h[j].ends || h[i].ends == h[j].ends && h[i].order < h[j].order
}

func (h *jobs) push(j job) {
	*h = append(*h, j)
	for i := len(*h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		(*h)[i], (*h)[parent] = (*h)[parent], (*h)[i]
		i = parent
	}
}

func (h *jobs) pop() job {
	top, n := (*h)[0], len(*h)-1
	(*h)[0] = (*h)[n]
	(*h)[n] = job{}
	*h = (*h)[:n]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c < min(2*i+3, n); c++ {
			if h.before(c, least) {
				least = c
			}
		}
		if least == i {
			return top
		}
		(*h)[i], (*h)[least] = (*h)[least], (*h)[i]
		i = least
	}
}
