// Package gateway holds what an API gateway decides about a request before it
// passes it on: where it goes, who it is from, and whether that one may.
//
//	preflight ─▶ route ─▶ size ─▶ client ─▶ allowed ─▶ rate ─▶ pass on
//	 204, 403     404      413      401        403      429
//	              405
//
// As the machines of package policy it has no clock, lock, goroutine or global
// random, and both engines ask the same code:
//
//	gate, err := gateway.New(config)
//	verdict := gate.Decide(gate.Table(), wallClock, request)
//	if verdict.Passes() && gate.Limits() {
//		verdict = gate.Limit(now, verdict) // the only part with a state: under a lock
//	}
//
// A routing table can be replaced while requests are under way: each goes on
// with the one that it was decided by.
package gateway
