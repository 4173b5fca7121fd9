package runner

import (
	"context"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
)

// Engine executes a plan and records it.
type Engine interface {
	// Run returns nil once the plan was carried out, whatever it measured. An
	// error means that it was not: an *EnvironmentError, or ctx's.
	Run(ctx context.Context, p *Plan, r record.Recorder) error
}

// Backend is where instances live.
type Backend interface {
	Name() string
	// Check says what of the plan the backend cannot do, at the place that asks for it.
	Check(p *Plan) decode.Problems
	// Deploy prepares the ground (image, network) and starts no instance. What
	// it returns with an error is nil or must be closed all the same.
	Deploy(ctx context.Context, p *Plan, r record.Recorder) (Deployment, error)
}

// Deployment is a topology while it stands. It is safe for concurrent use.
type Deployment interface {
	// Start starts one instance of a node and returns once it listens: a
	// built-in node has announced its control address, a user's own is ready.
	Start(ctx context.Context, node string, ordinal int) (*Instance, error)
	// Stop removes an instance: what still runs is ended at once (who wants a
	// drain asks the node first). Stopping one that is gone is no error.
	Stop(ctx context.Context, name string) error
	// Apply carries out an effect that nodes cannot (kill, pause) on the
	// instances that it hits, and returns what undoes it. For kill, undoing is
	// empty: the supervisor starts new instances.
	Apply(ctx context.Context, e wire.Effect) (heal func(context.Context) error, err error)
	// Freeze suspends one instance, whatever else holds it, until thaw.
	Freeze(ctx context.Context, name string) (thaw func(context.Context) error, err error)
	// Usage measures the instances that do not tell it themselves.
	Usage(ctx context.Context) ([]Usage, error)
	// Limits says in plain words which limits of the plan are not enforced, "" where all are.
	Limits() string
	// Close removes everything of the run. It is safe twice and after a failed Deploy.
	Close(ctx context.Context) error
}

// Instance is one running copy of a node.
type Instance struct {
	ID      policy.EndpointID // unique among the instances of its node in a run
	Name    string            // "payments-1"
	Node    string
	Address string                   // host:port that serves requests, as the runner reaches it
	Inside  string                   // host:port by which the other nodes of the run reach it; empty: Address
	Control string                   // host:port of the control connection; empty for a user's own system
	Phases  StartPhases              // when each part of the start was over
	Exited  <-chan struct{}          // closed when the instance has ended, for whatever reason
	Log     func(lines int) []string // the last lines that it wrote
}

// StartPhases are the instants of a start. Zero means not known.
type StartPhases struct {
	Scheduled   time.Time // the runner decided to start it
	Fetched     time.Time // its image is there
	Created     time.Time // the process or container exists
	Started     time.Time // its program runs
	Listening   time.Time // its socket takes connections
	Configured  time.Time // it knows what it is to serve
	Initialised time.Time // it has done what it had to do first
	Discovered  time.Time // it has asked for those that it must find by itself
	Woken       time.Time // of one that was frozen, instead of all of these: it runs again
	Ready       time.Time // it serves, and is known to those who ask it
}

// Usage is what an instance consumes.
type Usage struct {
	Instance string
	CPU      time.Duration // since its start
	Memory   unit.Bytes
}

// EnvironmentError says that the surroundings failed, not the plan: no daemon,
// no image, a port that cannot be had, an instance that did not come up.
type EnvironmentError struct {
	Doing string // "start payments-1"
	Err   error
	Log   []string // the last lines of the instance's log, where there is one
}

func (e *EnvironmentError) Error() string {
	s := e.Doing + ": " + e.Err.Error()
	for _, line := range e.Log {
		s += "\n    | " + line
	}
	return s
}

func (e *EnvironmentError) Unwrap() error { return e.Err }
