// Package policy holds the decision machines of windtunnel, one file each: what
// an edge does about timeouts, retries, breakers and balancing, and what an
// instance does about its workers and its queue.
//
// A machine has no clock, goroutine, lock, log or global random. Time is an
// argument, randomness is an identity handed in, and what must happen is
// returned. A host drives it: the node program on goroutines and the wall
// clock, the simulator on a heap of events. So one breaker is measured live and
// simulated, and its test is a table of instants.
//
// A host runs a call like this, with one lock around each Edge:
//
//	call := edge.Begin(now, id, deadline, idempotent)
//	for actions := call.Step(now, Event{Kind: Begin}, room[:0]); !call.Over(); {
//		for each action: Send starts an attempt, Cancel abandons one,
//		                 Finish ends the call with a cause
//		wait for a reply, or for call.Due()
//		actions = call.Step(now, event, room[:0])
//	}
//	if edge.Deadline() <= now: report edge.Tick(now, nil), then wait for edge.Deadline() again
package policy
