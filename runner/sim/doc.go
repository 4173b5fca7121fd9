// Package sim is the simulated engine: it runs the plan that the live engine
// runs, in virtual time, on one goroutine, with no wall clock and no randomness
// but the identities of the requests. The machines that decide (calls, breakers,
// balancers, worker pools) are the very ones of topologies/policy that the node
// program hosts; what is modelled here is the world around them.
//
//	engine := &sim.Engine{}
//	err := engine.Run(ctx, plan, recorder)
//
// The world is an event loop over (instant, class, sequence). Nothing else
// orders what happens, so one seed gives one run, byte for byte.
//
//	arrival ──hop──▶ visit ─▶ workers ─▶ activity ─▶ steps ─▶ reply ──hop──▶ request
//	                                        │ ▲
//	                                call ───┘ └─── attempt ──hop──▶ visit …
//
// # Costs
//
// What a live system spends beside the work that is declared is in Costs: the
// zero Costs are a perfect world. Calibrate fits them to live runs:
//
//	calibration, err := sim.Calibrate(ctx, runs)
//	engine := &sim.Engine{Calibration: calibration}
//
// Both engines meet the same requests and draw the same service times, so that
// what one took longer than the other is cost and not chance, request by
// request. Near the knee of a system that is not enough: what queues there
// grows as 1/(1-ρ), and CPU per request is known to a few percent on a calm
// machine and to more on a shared one. Calibrate there, too, or judge less finely.
//
// # Ties
//
// Of what happens at the same instant the class decides, then who was told first:
//
//	expiry    a request whose deadline has come leaves the queue that it waits in
//	faults    in the order of the file; what thaws goes on at once, in the order
//	          in which it froze; connections to the killed break in the order in
//	          which their requests arrived
//	messages  requests and replies that arrive
//	work      waits, CPU time and delays that end, instances that have started
//	due       timeouts, pauses of a retry
//	arrivals  of the load
//	samples
//
// A reply therefore wins over the timeout of its attempt, as policy.Call demands,
// and a callee's answer that its deadline has passed over its caller's own timeout.
// Branches of a parallel step begin in the order of the file: where they call
// along one edge at once they race for it when live.
//
// In a live run hardly anything happens at the same instant. Where it does, by
// even delays, the rule is one of the orders that the live system may take. The
// tests hold this package against hosts of the node program in a synctest bubble,
// with this rule for what they share: every request, breaker transition and
// counter is the same, to the nanosecond.
//
// Windows of time (of a breaker, a budget, a throttle) and the sweeps of ejection count
// from the run's begin; on a node they count from its own start.
//
// # Identities
//
// Draws follow the table in package fixtures/node, so that the engines meet the
// same arrivals and service times.
package sim
