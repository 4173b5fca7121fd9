package policy

import (
	"time"

	"windtunnel/topologies/work"
)

// EventKind says what happened to a call.
type EventKind uint8

// The events of a call.
const (
	Begin   EventKind = iota // the call starts
	Replied                  // an attempt ended, with its Outcome
	Due                      // the instant that Due() named has come
)

// Event is what a host tells a call.
type Event struct {
	Kind    EventKind
	Attempt int // Replied: which, counted from 1
	Outcome Outcome
}

// ActionKind says what a host must do for a call.
type ActionKind uint8

// The actions of a call.
const (
	Send   ActionKind = iota // start an attempt
	Cancel                   // give an attempt up; its reply no longer counts and need not be told
	Finish                   // the call is over; nothing follows
)

// Action is what a call asks of its host.
type Action struct {
	Kind     ActionKind
	Attempt  int        // Send, Cancel: counted from 1
	Endpoint EndpointID // Send
	Deadline Instant    // Send: when the attempt is given up, to be propagated to the callee; Never: unbounded
	Cause    Cause      // Finish: OK, or why the call failed
}

// Call is one call along an edge with all its attempts, from Edge.Begin. Its
// layers, outermost first: deadline, retry, and for each attempt breaker,
// balance, timeout.
//
//	        ┌────────── retry, if any is left ──────────┐
//	        ▼                                           │
//	Begin ─ try ──▶ flying ── Replied not OK, or Due ───┴──▶ pausing ── Due ─▶ try
//	        │          └──── Replied OK ──▶ over
//	        └─ past the deadline, held back ──▶ over
//
// The rules:
//   - The call's deadline is the earlier of the caller's and now + Deadline, an
//     attempt's the earlier of that and now + Timeout. An instant that equals a
//     deadline has passed it.
//   - A call whose deadline has passed sends nothing and ends deadline. A retry
//     that could not begin before the deadline is not waited for: the call ends
//     at once, with the cause of its last try.
//   - An attempt that meets its timeout is cancelled and failed timeout; one that
//     meets the call's deadline is cancelled and ends the call with deadline. A
//     callee's answer deadline to an attempt whose own timeout was the nearer is
//     a timeout too: that was the deadline which the callee was told.
//   - Reply and Due at the same instant: the reply wins. A reply that is told
//     later than Due counts as not come, also where the host had not yet told
//     Due: what an attempt may take does not hang on how prompt the host's timers are.
//   - No endpoint up is refused, without a Send, and may be retried as any refusal.
//   - An edge's open breaker ends the call rejected-breaker: no retry, since it
//     is there to stop them. Where breakers are per instance they hold a try
//     back only when none of them admits; that is retried as others are.
//   - A retry prefers an endpoint other than the one that failed last.
//
// A Call must not be copied once it was started. Events that come when it is
// over, or for an attempt that was given up, are ignored.
type Call struct {
	edge       *Edge
	id         work.Identity
	deadline   Instant
	due        Instant // flying: when the attempt is given up; pausing: when the next try begins
	began      Instant // of the attempt in flight
	pause      time.Duration
	permit     Permit
	endpoint   EndpointID // of the last attempt
	tries      int        // also those that were held back
	attempts   int        // sent
	state      callState
	idempotent bool
}

type callState uint8

const (
	fresh callState = iota
	flying
	pausing
	over
)

// The draws of a try, as children of the try's identity. They are large so as
// not to be confused with the steps that a callee counts below the same identity.
const (
	drawPick   = 1<<40 + iota // the balancer's
	drawJitter                // the pause after it
)

// Due returns when the host must step the call with a Due event, Never when it
// only waits for a reply or is over.
func (c *Call) Due() Instant { return c.due }

// Attempts returns how many attempts were sent.
func (c *Call) Attempts() int { return c.attempts }

// Over says whether the call has finished.
func (c *Call) Over() bool { return c.state == over }

// Step tells the call what happened and appends what the host must do. A Due
// that comes early is ignored, so a host may tell it on any wake-up. Exactly
// one Finish is ever appended, as the last action.
func (c *Call) Step(now Instant, ev Event, out []Action) []Action {
	switch {
	case ev.Kind == Begin && c.state == fresh:
		c.edge.count.Calls++
		c.edge.retry.Began(now)
		out = c.try(now, out)
	case ev.Kind == Replied && c.state == flying && ev.Attempt == c.attempts:
		if now > c.due {
			return c.ended(now, Outcome{Cause: c.expiry(), Latency: now.Sub(c.began)}, out)
		}
		if ev.Outcome.Cause == Deadline {
			ev.Outcome.Cause = c.expiry()
		}
		out = c.ended(now, ev.Outcome, out)
	case ev.Kind == Due && c.state == flying && now >= c.due:
		out = append(out, Action{Kind: Cancel, Attempt: c.attempts})
		out = c.ended(now, Outcome{Cause: c.expiry(), Latency: now.Sub(c.began)}, out)
	case ev.Kind == Due && c.state == pausing && now >= c.due:
		out = c.try(now, out)
	}
	return out
}

// try makes attempts until one flies, the call pauses, or it is over. It goes
// around where a try is held back and its retry needs no pause.
func (c *Call) try(now Instant, out []Action) []Action {
	for {
		if now >= c.deadline {
			return c.finish(Deadline, out)
		}
		c.tries++
		draw := c.id.Child(uint64(c.tries)).Child(drawPick)
		id, a := c.edge.admit(now, draw, c.endpoint, c.attempts > 0)
		if a.Cause == OK {
			return c.send(now, id, a.Permit, out)
		}
		why := a.Cause
		if why == RejectedBreaker && c.edge.guards != nil {
			why = Refused // the instances' breakers come back one by one, so a retry may find one
		}
		if !c.again(now, why) {
			return c.finish(a.Cause, out)
		}
		if c.pause > 0 {
			return out
		}
	}
}

func (c *Call) send(now Instant, id EndpointID, p Permit, out []Action) []Action {
	c.edge.count.Attempts++
	c.attempts++
	c.state, c.endpoint, c.permit, c.began, c.due = flying, id, p, now, c.deadline
	if t := c.edge.cfg.Timeout; t > 0 {
		c.due = min(c.due, now.Add(t))
	}
	return append(out, Action{Kind: Send, Attempt: c.attempts, Endpoint: id, Deadline: c.due})
}

// expiry is what an attempt fails with when its time is up.
func (c *Call) expiry() Cause {
	if c.due < c.deadline {
		return Timeout
	}
	return Deadline
}

// ended goes on from an attempt that ended.
func (c *Call) ended(now Instant, o Outcome, out []Action) []Action {
	c.edge.settle(now, c.endpoint, c.permit, o)
	switch {
	case o.Cause == OK || !c.again(now, o.Cause):
		return c.finish(o.Cause, out)
	case c.pause > 0:
		return out
	default:
		return c.try(now, out)
	}
}

// again decides on a retry and, where there is one, pauses for it.
func (c *Call) again(now Instant, cause Cause) bool {
	pause, ok := c.edge.retry.Next(now, Tried{
		Tries: c.tries, Cause: cause, Idempotent: c.idempotent, Deadline: c.deadline,
		Pause: c.pause, Draw: c.id.Child(uint64(c.tries)).Child(drawJitter),
	})
	if ok {
		c.state, c.pause, c.due = pausing, pause, now.Add(pause)
	}
	return ok
}

func (c *Call) finish(cause Cause, out []Action) []Action {
	if cause != OK {
		c.edge.count.Failed[cause]++
	}
	c.state, c.due = over, Never
	return append(out, Action{Kind: Finish, Cause: cause})
}
