package wire

import (
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// CallSpans is what the spans of one call have in common. Both engines have them
// made here, so that they tell of the same call alike.
type CallSpans struct {
	ID, Parent work.Identity // of what is asked, and of the operation or request that asks
	To         string        // the node that is called
	Began      policy.Instant
	Passed     bool // a proxy's: see Span
}

// Attempted is the attempt whose reply a call was told: what answered it.
type Attempted struct {
	Cause    policy.Cause // as the call's machine has ruled
	Endpoint policy.EndpointID
	Status   uint16 // 0: no reply
}

// Step gives keep the spans that end with a step of the call: attempts, and the
// call itself. They are told together where the call made one attempt alone,
// which most do. The event is what the machine was told, and last, of a reply,
// whose that was; actions are what it said to do.
func (c *CallSpans) Step(now policy.Instant, event policy.Event, last Attempted, actions []policy.Action, keep func(Span)) {
	replied := event.Kind == policy.Replied
	for i := range actions {
		switch a := &actions[i]; a.Kind {
		case policy.Cancel:
			keep(c.attempt(a.Attempt, Span{Began: a.Began, Ended: now, Cause: a.Cause, Endpoint: a.Endpoint, Lost: a.Cause == policy.OK}))
			replied = replied && a.Attempt != event.Attempt // its reply came too late
		case policy.Finish:
			call := Span{Kind: CallSpan, ID: c.ID, Parent: c.Parent, Name: c.To, Began: c.Began, Ended: now, Cause: a.Cause, Fallback: a.Fallback, Passed: c.Passed}
			if replied && len(actions) == 1 && event.Attempt == 1 && a.Cause == last.Cause && !a.Fallback {
				call.Number, call.Begun, call.Endpoint, call.Status = 1, now.Add(-event.Outcome.Latency), last.Endpoint, last.Status
				replied = false
			}
			keep(call)
		}
	}
	if replied {
		keep(c.attempt(event.Attempt, Span{Began: now.Add(-event.Outcome.Latency), Ended: now, Cause: last.Cause, Endpoint: last.Endpoint, Status: last.Status}))
	}
}

// attempt completes the span of the n-th attempt.
func (c *CallSpans) attempt(n int, s Span) Span {
	s.Kind, s.ID, s.Parent, s.Name, s.Number = AttemptSpan, c.ID.Child(uint64(n)), c.ID, c.To, uint16(n)
	if c.Passed && n == 1 {
		s.ID = c.ID
	}
	return s
}
