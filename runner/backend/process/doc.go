// Package process is the default backend: every instance is a child process on
// loopback. It needs no daemon, no network and nothing installed.
//
//	deployment, err := process.Backend{}.Deploy(ctx, plan, recorder)
//	defer deployment.Close(ctx)
//	instance, err := deployment.Start(ctx, "payments", 1)
//
// What keeps a run from leaving anything behind, each for itself enough in the
// common case:
//
//	Stop and Close     kill the process group, then what carries the instance's mark elsewhere
//	parent death       the kernel kills the children of the starting thread with it (PR_SET_PDEATHSIG)
//	lifeline           a node program ends when its standard input does
//	watchdog, clean    Sweep finds processes by their environment or tag, control groups by their name
package process
