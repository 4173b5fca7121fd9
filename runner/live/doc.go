// Package live is the engine that runs a plan for real: it brings the topology
// up on a backend, keeps the control connections, drives the load, keeps the
// fault timeline, replaces instances that die, and takes everything down again.
//
//	engine := &live.Engine{Backend: process.Backend{}}
//	err := engine.Run(ctx, plan, recorder)
//
// One run is one `run` value. Its goroutines are: a slot for each instance that
// should be up, a reader and a writer for each control connection, the fault
// timeline, the sampler, the load, and who tells the Progress. All of them end before Run returns.
package live
