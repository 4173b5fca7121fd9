// Package docker is the backend that runs every instance in a container of its
// own, on a bridge network that only its run has. Containers and networks are
// made through testcontainers-go; where it is too coarse (readiness), too
// generous (it publishes ports on every interface) or absent (pause, usage), the
// Docker client beneath it, which it hands out, is asked directly.
//
//	d, err := docker.Backend{}.Deploy(ctx, plan, recorder)
//	defer d.Close(ctx)
//	instance, err := d.Start(ctx, "payments", 1)
//
// # What a container may
//
// A built-in node runs as nobody, on a read-only root, with no capability and no
// way to gain a privilege. A user's own image keeps its user, its file system
// and Docker's default capabilities, since official images change user as they
// start; it gains no privilege beyond those either.
//
// # The network
//
// It is internal: no way leads out of it. A topology with a user's own container
// gets one with a way out, since nobody knows what that container needs, and so
// does a run whose ports must be published, since Docker publishes none from an
// internal network. Nobody is let in either way, but for published ports, which
// are bound to loopback wherever the daemon's machine is this one.
//
// # What is left
//
// All carries the run's label. Close removes it, Sweep does so for a run whose
// windtunnel was killed, Leftovers lists what is there.
package docker
