// Package arrival holds the arrival processes: when the requests of a phase are
// meant to be sent. A process is a pure function of its parameters, the phase's
// length and an identity, so that every engine and every topology meets the
// same instants. Each process is one file.
package arrival

import (
	"iter"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Process is the load of a phase: an Open or a *Closed.
type Process interface {
	// Validate says what is wrong with the parameters for a phase of that
	// length, nil where nothing is. It may read files that they name.
	Validate(length time.Duration) error
}

// Open is a process whose arrivals do not depend on the replies.
type Open interface {
	Process
	// Arrivals yields the instants of the arrivals since the phase's begin, in
	// order, each at least 0 and below length.
	Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration]
	// Rate returns the declared rate per second at t since the phase's begin.
	Rate(t, length time.Duration) float64
	// Highest returns the highest rate per second that the phase may come to,
	// however short it lasts.
	Highest(length time.Duration) float64
}

// Processes registers the processes by the key that `load:` takes.
var Processes = def.NewRegistry[Process]("arrival process")
