package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/def"
)

// Scaler decides how many instances a node should have. A host asks it
//   - once at the start, with an empty observation,
//   - whenever a request finds no free instance,
//   - when an instance has become ready or has ended,
//   - when an instance has become idle and no Next stands that comes earlier,
//   - at the Next of its last decision.
//
// Instants begin at 0 with the run and never go back. Asked twice at one
// instant, a scaler wants the same; it may be asked more often than it must.
//
// The host carries the decision out as it can: a start may take long or fail,
// so the scaler looks at what there is and never counts on what it asked for.
// Where Desired is below Ready and Starting, so many idle instances retire as the
// decision says, the longest idle first. Of the rest, instances that start are
// cancelled first, those that began last before others, then idle ones retire,
// and then others drain.
type Scaler interface {
	Decide(now Instant, o Observation) Decision
}

// Observation is what a scaler is told of a node.
type Observation struct {
	Ready       int           // instances that serve
	Starting    int           // instances on their way
	InFlight    int           // requests at instances
	Queued      int           // requests that wait for one
	Concurrency int           // requests that one instance takes at once; 0: unbounded
	Load        time.Duration // integral of InFlight+Queued over time since the origin: a mean is a difference over time
	CPU         time.Duration // CPU time that all instances have used since the origin
	Cores       float64       // the CPU limit of one instance; 0: none (then a CPU target is of one core)
	Idle        []Instant     // of each instance without a request since when it has none, earliest first
	Front       bool          // a function's front holds the requests that wait, and can turn them away; at a service they wait at its instances
}

// instances counts all that there are, those that start included.
func (o *Observation) instances() int { return o.Ready + o.Starting }

// requests counts all that there are, those that wait included.
func (o *Observation) requests() int { return o.InFlight + o.Queued }

// Decision is what a scaler wants.
type Decision struct {
	Desired int     // instances that there should be, those that start included
	Idle    int     // of those too many, how many are to go for having idled, before any that starts
	Refuse  int     // of the requests that wait, how many the front is to turn away with 429, those that came last; 0 without a front
	Reason  string  // why, with its inputs; "" where Desired is what there is and nothing is refused
	Next    Instant // when to be asked again at the latest, after now; Never: only on a change
}

// ScalerConfig are the settings of a scaler in a file.
type ScalerConfig interface {
	// New makes a scaler that was never asked.
	New() Scaler
	// Kept returns how many instances it keeps at all times, whatever the load: the
	// fewest that there are, and what a provider bills as provisioned.
	Kept() int
}

// Scalers registers the scalers by the key that `scaler:` takes. Each makes its
// settings, to be filled in from the file.
var Scalers = def.NewRegistry[ScalerConfig]("scaler")

// defaultMax is how many instances a node may have where nothing is said.
const defaultMax = 1000

// Bounds are how few and how many instances a node may have.
type Bounds struct {
	Min int `yaml:"min" json:"min" min:"0" max:"100000" doc:"instances that are always there: provisioned, and never cold"`
	Max int `yaml:"max" json:"max" default:"1000" min:"0" max:"100000" doc:"instances at most; 0: 1000"`
}

// Vet checks that the bounds agree.
func (b *Bounds) Vet(add func(key, message string)) {
	if b.Min > b.most() {
		add("min", fmt.Sprintf("%d instances are always there, but there may be only %d: raise `max`", b.Min, b.most()))
	}
}

// Kept implements ScalerConfig.
func (b *Bounds) Kept() int { return b.Min }

func (b *Bounds) most() int {
	if b.Max == 0 {
		return defaultMax
	}
	return b.Max
}

// within returns n, or the bound that it breaks.
func (b *Bounds) within(n int) int { return min(max(n, b.Min), b.most()) }
