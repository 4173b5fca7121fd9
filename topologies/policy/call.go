package policy

import (
	"time"

	"windtunnel/topologies/work"
)

// Call is one call along an edge with all its attempts, from Edge.Begin. Its
// layers, outermost first: deadline, fallback, rate limit, bulkhead, retry and
// hedge, and for each attempt breaker, throttle, concurrency limit, balance, timeout.
//
//	                    ┌────────── retry, if any is left ───────────┐
//	                    ▼                                            │
//	Begin ─ waiting ─▶ try ──▶ flying ─ all failed or timed out ─────┴─▶ pausing ─ Due ─▶ try
//	   │       │        │       ▲   │ └── one replied OK ──▶ over
//	   │       │        │       └───┘ hedge: one more, while none has answered
//	   └───────┴────────┴─ past the deadline, held back ──▶ over
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
//   - No endpoint up is refused, without a Send, and may be retried as any refusal;
//     where that is since the callee's name has not resolved yet, it is dns.
//   - An edge's open breaker ends the call rejected-breaker: no retry, since it
//     is there to stop them. Where breakers are per instance they hold a try
//     back only when none of them admits; that is retried as others are. What
//     throttle and concurrency limit hold back is not retried either.
//   - A retry prefers an endpoint other than the one that failed last, a hedge
//     one where none of the call's attempts is in flight.
//   - A failure while others are in flight is let go: they may yet succeed. The
//     last of them to fail is retry's affair, and a retry is hedged again.
//   - The first success cancels the others. Of them breaker and balance learn
//     that they are over, and nothing more.
//   - Rate limit and bulkhead end a call rejected-limit. A call waits for the
//     bulkhead no longer than its deadline.
//   - Whatever failed but for the deadline, a fallback may answer.
//
// A Call must not be copied once it was started. Events that come when it is
// over, or for an attempt that was given up, are ignored.
type Call struct {
	// Key is what the request is about, for balancers that go by it; 0: there is
	// none. It is set before the call is started.
	Key uint64
	// Most bounds the tries below what retry allows; 0: it does not. It is set
	// before the call is started.
	Most int

	edge       *Edge
	id         work.Identity
	deadline   Instant
	due        Instant            // when the host must tell Due
	attempts   [maxFlying]attempt // those in flight, in the order in which they were sent
	hedgeAt    Instant            // flying: when the next is sent beside them
	pause      time.Duration
	ticket     uint64     // waiting: by which the bulkhead knows it
	endpoint   EndpointID // of the last attempt
	ruled      Cause      // what the attempt came to that ended last
	flying     int
	abreast    int // sent since the last time that none was in flight
	rounds     int // tries that were no hedges, also those that were held back
	tries      int // all, also those that were held back
	sent       int
	state      callState
	placed     bool // in the bulkhead
	idempotent bool
}

type callState uint8

const (
	fresh   callState = iota
	waiting           // for the bulkhead
	flying
	pausing
	over
)

// The draws of a try, as children of the try's identity. They are large so as
// not to be confused with the steps that a callee counts below the same identity.
const (
	drawPick     = 1<<40 + iota // the balancer's
	drawJitter                  // the pause after it
	drawThrottle                // whether it is rejected here
)

// Due returns when the host must step the call with a Due event, Never when it
// only waits for a reply or is over.
func (c *Call) Due() Instant { return c.due }

// Attempts returns how many attempts were sent.
func (c *Call) Attempts() int { return c.sent }

// Ruled returns what the attempt that ended last has come to: as its host told,
// unless the call has found it late, or timed out where the callee says deadline.
func (c *Call) Ruled() Cause { return c.ruled }

// Over says whether the call has finished.
func (c *Call) Over() bool { return c.state == over }

// Ticket returns the ticket of a call that waits for its turn, 0 of any other.
func (c *Call) Ticket() uint64 {
	if c.state != waiting {
		return 0
	}
	return c.ticket
}

// Flies says whether an attempt is in flight, as far as the call was told.
func (c *Call) Flies(number int) bool { return c.find(number) >= 0 }

// Hedges says whether the call may have several attempts in flight at once.
func (c *Call) Hedges() bool {
	h := c.edge.hedge
	return h != nil && (c.idempotent || h.cfg.Always)
}

// Step tells the call what happened and appends what the host must do. A Due
// that comes early is ignored, so a host may tell it on any wake-up. Exactly
// one Finish is ever appended, as the last action.
func (c *Call) Step(now Instant, ev Event, out []Action) []Action {
	switch {
	case ev.Kind == Begin && c.state == fresh:
		return c.begin(now, out)
	case c.state == waiting && (ev.Kind == Granted && c.edge.bulkhead.Granted(c.ticket) || ev.Kind == Due && now >= c.due):
		return c.claim(now, out)
	case ev.Kind == Replied && c.state == flying:
		return c.replied(now, ev, out)
	case ev.Kind == Due && c.state == flying && now >= c.due:
		return c.passed(now, out)
	case ev.Kind == Due && c.state == pausing && now >= c.due:
		return c.try(now, out)
	}
	return out
}

// begin takes the call through deadline, rate limit and bulkhead.
func (c *Call) begin(now Instant, out []Action) []Action {
	e := c.edge
	e.count.Calls++
	e.retry.Began(now)
	if e.hedge != nil {
		e.hedge.Began(now)
	}
	if e.health != nil {
		e.health.Began(now)
	}
	switch {
	case now >= c.deadline:
		return c.finish(now, Deadline, out)
	case e.rate != nil && !e.rate.Take(now):
		return c.turnAway(now, RejectedLimit, out)
	case e.bulkhead == nil:
		return c.try(now, out)
	}
	e.tickets++
	switch came, until := e.bulkhead.Enter(now, e.tickets, c.deadline); came {
	case Started:
		c.placed = true
		return c.try(now, out)
	case Queued:
		c.state, c.ticket, c.due = waiting, e.tickets, until
		return out
	default:
		return c.turnAway(now, RejectedLimit, out)
	}
}

// claim ends the wait for the bulkhead. A turn that was given before the wait was
// over counts, however late the host tells of it.
func (c *Call) claim(now Instant, out []Action) []Action {
	c.placed = c.edge.bulkhead.Claim(c.ticket)
	switch {
	case c.placed:
		return c.try(now, out)
	case now >= c.deadline:
		return c.finish(now, Deadline, out)
	default:
		return c.turnAway(now, RejectedLimit, out)
	}
}

// try makes attempts until one flies, the call pauses, or it is over. It goes
// around where a try is held back and its retry needs no pause.
func (c *Call) try(now Instant, out []Action) []Action {
	for {
		if now >= c.deadline {
			return c.finish(now, Deadline, out)
		}
		c.rounds++
		g := c.ask(now)
		if g.cause == OK {
			return c.send(now, g, out)
		}
		why := g.cause
		if why == RejectedBreaker {
			why = Refused // the instances' breakers come back one by one, so a retry may find one
		}
		if g.final || !c.again(now, why) {
			return c.turnAway(now, g.cause, out)
		}
		if c.pause > 0 {
			return out
		}
	}
}

// again decides on a retry and, where there is one, pauses for it.
func (c *Call) again(now Instant, cause Cause) bool {
	if c.Most > 0 && c.rounds >= c.Most {
		return false
	}
	pause, ok := c.edge.retry.Next(now, Tried{
		Tries: c.rounds, Cause: cause, Idempotent: c.idempotent, Deadline: c.deadline,
		Pause: c.pause, Draw: c.id.Child(uint64(c.tries)).Child(drawJitter),
	})
	if ok {
		c.state, c.pause, c.due = pausing, pause, now.Add(pause)
	}
	return ok
}

// turnAway ends a call that the edge's own machines do not let go on.
func (c *Call) turnAway(now Instant, cause Cause, out []Action) []Action {
	if cause == RejectedLimit || cause == RejectedBreaker {
		c.edge.count.Rejected++
	}
	return c.finish(now, cause, out)
}

func (c *Call) finish(now Instant, cause Cause, out []Action) []Action {
	e := c.edge
	end := Action{Kind: Finish, Cause: cause}
	if f := e.cfg.Fallback; f != nil && f.Covers(cause) {
		end.Cause, end.Fallback = OK, true
		e.count.Fallbacks++
	}
	if end.Cause != OK {
		e.count.Failed[cause]++
	}
	if c.placed {
		if next, waits := e.bulkhead.Leave(now); waits {
			e.turns = append(e.turns, next)
		}
	}
	c.state, c.due = over, Never
	return append(out, end)
}
