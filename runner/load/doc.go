// Package load is the load generator: arrival processes in, one record a
// request out. vegeta runs the attack; what it does not know comes from here:
// the intended instant of each request, from which latency counts, and a
// transport that sends every request exactly once.
//
//	stats, err := load.Run(ctx, load.Options{
//		Seed: 1, Began: began, Phases: phases, Targets: targets,
//	}, recorder.Request)
//
// A request goes this way:
//
//	schedule → pacer (waits) → vegeta's worker → ask → connection → record → sink
//
// Open phases are one schedule and one attack, with as many workers as there
// are requests in flight, so that a slow system delays no later request. The
// users of a closed phase are goroutines of their own.
package load
