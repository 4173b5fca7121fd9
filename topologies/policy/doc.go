// Package policy holds the decision machines of windtunnel, one file each: what
// an edge does about its calls, their attempts and the instances that it may
// choose from, and what an instance does about the requests that come to it.
//
//	a call        deadline · fallback · rate limit · bulkhead · retry and hedge     call.go
//	an attempt    breaker · throttle · concurrency limit · balance · timeout        attempt.go
//	an instance   rate limit · concurrency limit · shedding · workers               intake.go
//	among many    subset · slow start · health · ejection · a breaker for each      edge.go
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
//	event := Event{Kind: Begin}
//	for {
//		for each action of call.Step(now, event, room[:0]):
//			Send starts an attempt, Cancel abandons one,
//			Finish ends the call with a cause: return
//		event = Replied, or Granted where edge.Turns has the call's ticket,
//			or, at call.Due(), Due, whichever comes first
//	}
//
// After any of it, an edge.Deadline() that has come asks for edge.Tick: that is
// where transitions are told. edge.Probes then says which instances to probe.
package policy
