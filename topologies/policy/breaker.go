package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/unit"
)

// The states of a breaker, in the order from best to worst.
const (
	Closed   = "closed"    // lets everything through and watches
	HalfOpen = "half-open" // lets a few probes through and judges by them
	Open     = "open"      // lets nothing through
)

// Breaker is a circuit breaker:
//
//	          too many failures              Open has passed
//	closed ───────────────────────▶ open ───────────────────────▶ half-open
//	  ▲                              ▲        probes fail             │ │
//	  │                              └────────────────────────────────┘ │
//	  └──────────────────────────────────────────────────────────────────┘
//	                          probes stay below
//
// A share opens it once the window holds Minimum attempts and the failed part
// is at or above the threshold, compared without rounding: 99 of 200 do not
// open a breaker of 50 %. A count opens it after so many failures in a row. It
// is judged whenever an attempt ends, as in Resilience4j.
//
// With Slow the share of slow calls is judged as well, over a window of its own
// of the same length: an attempt that took Over or longer is slow, however it
// ended, and half-open the probes must not be slow either.
//
// Open turns half-open at the instant when Open has passed, whoever asks when.
// Half-open hands out Probes permits in all. A share is judged when the last of
// them is back, as in Resilience4j; with a count the first failed probe opens
// again, as in gobreaker. Probes that are still out when Open has passed since
// the last of them was handed out are given up and handed out anew, so that a
// lost permit cannot wedge it.
//
// What counts as a failure is said at Blames. Permits of an earlier state are
// void: an attempt that was sent before it opened says nothing of what is now.
// A permit that is never returned while closed costs 8 bytes until the next
// change of state, a transition that no Tick collects stays.
type Breaker struct {
	cfg      BreakerConfig
	endpoint EndpointID
	window   window
	slow     window // of slow attempts; nil: none is

	state string
	until Instant // open: when it probes; half-open: when missing probes are given up
	// A permit's generation is the number of its admission, so each is returned at most once.
	serial uint64
	held   []uint64 // by slot: the generation admitted there in this state, 0: free
	free   []uint32 // slots of held that are free

	admitted, returned, failed, slowed int // probes of this half-open state
	unreported                         []Transition
}

// NewBreaker returns a closed breaker. Fields of cfg that are zero take the
// defaults of their tags; a Minimum above the count window is that window.
// The endpoint is told with its transitions, 0 where it guards a whole edge.
func NewBreaker(cfg BreakerConfig, endpoint EndpointID) *Breaker {
	cfg = cfg.complete()
	b := &Breaker{cfg: cfg, endpoint: endpoint, state: Closed, until: Never}
	b.window = cfg.window()
	if cfg.Failures.Count > 0 {
		b.window = new(streak)
	}
	if cfg.Slow != nil {
		b.slow = cfg.window()
	}
	return b
}

// window makes the window that a share is judged over.
func (c BreakerConfig) window() window {
	if c.Over.Time > 0 {
		return newLastWhile(c.Over.Time)
	}
	return newLastCalls(c.Over.Count)
}

// complete fills in what zero means.
func (c BreakerConfig) complete() BreakerConfig {
	if c.Failures == (unit.CountOrShare{}) {
		c.Failures.Share = 0.5
	}
	if c.Over == (unit.CountOrTime{}) {
		c.Over.Count = 100
	}
	if c.Open <= 0 {
		c.Open = 60 * time.Second
	}
	if c.Probes < 1 {
		c.Probes = 10
	}
	switch {
	case c.Over.Time > 0 && c.Minimum < 1:
		c.Minimum = 20
	case c.Over.Count > 0 && (c.Minimum < 1 || c.Minimum > c.Over.Count):
		c.Minimum = c.Over.Count
	}
	if c.Slow != nil && c.Slow.Share == 0 {
		c.Slow = &SlowConfig{Over: c.Slow.Over, Share: 1}
	}
	return c
}

// State returns Closed, HalfOpen or Open, as of the last time it was asked or ticked.
func (b *Breaker) State() string { return b.state }

// Admits says whether Admit would let an attempt through.
func (b *Breaker) Admits(now Instant) bool {
	b.move(now)
	return b.state == Closed || b.state == HalfOpen && b.admitted < b.cfg.Probes
}

// Admit implements Gate. The cause of a no is RejectedBreaker.
func (b *Breaker) Admit(now Instant) Admission {
	if !b.Admits(now) {
		return Admission{Cause: RejectedBreaker}
	}
	if b.state == HalfOpen {
		if b.admitted++; b.admitted == b.cfg.Probes {
			b.until = now.Add(b.cfg.Open)
		}
	}
	return Admission{Permit: b.hold()}
}

// Release implements Gate.
func (b *Breaker) Release(now Instant, p Permit, o Outcome) {
	b.move(now)
	if !b.drop(p) {
		return
	}
	failed, counts := Blames(o.Cause)
	counts = counts && !o.Lost
	slow := b.slow != nil && o.Latency >= b.cfg.Slow.Over
	switch {
	case b.state == HalfOpen:
		b.judgeProbe(now, failed, slow, counts)
	case counts:
		b.window.add(now, failed)
		if b.slow != nil {
			b.slow.add(now, slow)
		}
		b.judgeWindow(now)
	}
}

// Deadline implements Gate: the end of the open state, or an instant that has
// passed where transitions wait to be told.
func (b *Breaker) Deadline() Instant {
	if len(b.unreported) > 0 {
		return b.unreported[0].At
	}
	return b.until
}

// Tick implements Gate.
func (b *Breaker) Tick(now Instant, out []Transition) []Transition {
	b.move(now)
	out = append(out, b.unreported...)
	b.unreported = b.unreported[:0]
	return out
}

// Blames says what an attempt's end tells of the callee: whether it failed, and
// whether it counts at all. A callee is blamed for all but success, also for a
// deadline, since only an attempt that was sent ends so and the callee kept it
// waiting. Not counted are rejected-breaker, which a healthy callee answers
// where a breaker behind it is open, and unsent.
func Blames(c Cause) (failed, counts bool) {
	switch c {
	case OK:
		return false, true
	case RejectedBreaker, Unsent:
		return false, false
	default:
		return true, true
	}
}

// move makes the changes that time alone brings.
func (b *Breaker) move(now Instant) {
	if now < b.until {
		return
	}
	switch b.state {
	case Open:
		b.enter(HalfOpen, b.until, "open for "+b.cfg.Open.String())
	case HalfOpen:
		b.admitted, b.until = b.returned, Never
		b.void()
	}
}

func (b *Breaker) judgeWindow(now Instant) {
	calls, failed := b.window.read(now)
	if n := b.cfg.Failures.Count; n > 0 {
		if failed >= n {
			b.enter(Open, now, fmt.Sprintf("%d failed in a row", failed))
			return
		}
	} else if calls >= b.cfg.Minimum && reached(failed, calls, b.cfg.Failures.Share) {
		b.enter(Open, now, reason(failed, calls, "failed", b.cfg.Failures.Share))
		return
	}
	if b.slow != nil {
		b.judgeSlow(now)
	}
}

func (b *Breaker) judgeSlow(now Instant) {
	calls, slow := b.slow.read(now)
	if share := b.cfg.Slow.Share; calls >= b.cfg.Minimum && reached(slow, calls, share) {
		b.enter(Open, now, reason(slow, calls, "slow", share))
	}
}

func (b *Breaker) judgeProbe(now Instant, failed, slow, counts bool) {
	if !counts { // its place is free for another
		b.admitted--
		b.until = Never
		return
	}
	b.returned++
	if failed {
		b.failed++
	}
	if slow {
		b.slowed++
	}
	last, share := b.returned == b.cfg.Probes, b.cfg.Failures.Share
	switch {
	case b.cfg.Failures.Count > 0 && failed:
		b.enter(Open, now, "a probe failed")
	case last && b.cfg.Failures.Count == 0 && reached(b.failed, b.returned, share):
		b.enter(Open, now, reason(b.failed, b.returned, "probes failed", share))
	case last && b.slow != nil && reached(b.slowed, b.returned, b.cfg.Slow.Share):
		b.enter(Open, now, reason(b.slowed, b.returned, "probes were slow", b.cfg.Slow.Share))
	case last && b.failed == 0:
		b.enter(Closed, now, fmt.Sprintf("%d of %d probes succeeded", b.returned, b.returned))
	case last:
		b.enter(Closed, now, reason(b.failed, b.returned, "probes failed", share))
	}
}

// reached compares without rounding. The tolerance takes back the error of a
// binary fraction: 0.07·100 is a little more than 7.
func reached(bad, calls int, limit unit.Share) bool {
	return float64(bad) >= float64(limit)*float64(calls)-1e-9*float64(calls)
}

func reason(bad, calls int, what string, limit unit.Share) string {
	sign := "<"
	if reached(bad, calls, limit) {
		sign = "≥"
	}
	share := float64(bad) / float64(calls) * 100
	return fmt.Sprintf("%d of %d %s (%.4g%% %s %s)", bad, calls, what, share, sign, limit)
}

// enter changes the state at the instant that the change was due.
func (b *Breaker) enter(state string, at Instant, reason string) {
	b.unreported = append(b.unreported, Transition{
		At: at, Machine: "breaker", Endpoint: b.endpoint, From: b.state, To: state, Reason: reason,
	})
	b.state, b.until = state, Never
	if state == Open {
		b.until = at.Add(b.cfg.Open)
	}
	b.admitted, b.returned, b.failed, b.slowed = 0, 0, 0, 0
	b.window.clear()
	if b.slow != nil {
		b.slow.clear()
	}
	b.void()
}

// hold hands out a permit.
func (b *Breaker) hold() Permit {
	b.serial++
	if n := len(b.free); n > 0 {
		slot := b.free[n-1]
		b.free = b.free[:n-1]
		b.held[slot] = b.serial
		return Permit{Generation: b.serial, Slot: slot}
	}
	b.held = append(b.held, b.serial)
	return Permit{Generation: b.serial, Slot: uint32(len(b.held) - 1)}
}

// drop takes a permit back and says whether it was out.
func (b *Breaker) drop(p Permit) bool {
	if p.Generation == 0 || int(p.Slot) >= len(b.held) || b.held[p.Slot] != p.Generation {
		return false
	}
	b.held[p.Slot] = 0
	b.free = append(b.free, p.Slot)
	return true
}

// void makes all permits that are out worthless.
func (b *Breaker) void() { b.held, b.free = b.held[:0], b.free[:0] }
