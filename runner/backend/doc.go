// Package backend holds what the backends share: the marks that everything
// started carries, the node program, waiting until something serves, and the
// tail of a log.
//
//	program, err := backend.NodeProgram(ctx)
//	cmd.Env = append(env, backend.Marks(run, instance)...)
//	listening, ready, err := backend.WaitReady(ctx, address, "/health", exited)
package backend
