package follow

import (
	"time"

	"windtunnel/reports"
	"windtunnel/runner/record"
)

// Stage is what a run is about.
type Stage string

// The stages, in their order.
const (
	Starting  Stage = "starting"  // its instances come up
	Loading   Stage = "loading"   // phases go on
	Draining  Stage = "draining"  // the load is over, and the last replies are awaited
	Removing  Stage = "removing"  // its instances are taken down
	Analysing Stage = "analysing" // its report is made
	Over      Stage = "over"
)

// State is a run at one instant. Nothing of it changes any more.
type State struct {
	Plan
	Stage   Stage
	Verdict reports.Verdict // once it is over; empty: it has no report

	Ready, Expected int // instances of the deployment; Expected 0: nothing is known
	Waiting         []string

	Now     time.Duration // since the run's begin, in its own time
	Wall    time.Duration // since the run's begin, on the wall
	Faults  []Fault
	Entries []Entry // total first
	Nodes   []Node
	Checks  []reports.LiveCheck
	Events  []Line // the latest last

	Requests, Failed uint64        // that have ended
	Lateness         time.Duration // p99 of how late a request was sent, outside the warm-up
	Dropped          uint64        // of what was recorded, not followed
}

// Plan is what is known of a run before it begins.
type Plan struct {
	record.Identity
	Title      string              // "run 2 of 6: payments-outage on shop-monolith"
	Number, Of int                 // which of how many runs; from 1
	Doors      map[string]string   // the node that an entry comes in by
	Hits       map[string][]string // the nodes that a fault is on
}

// Length is how long all phases last.
func (p *Plan) Length() time.Duration {
	length := time.Duration(0)
	for _, phase := range p.Phases {
		length = max(length, phase.End())
	}
	return length
}

// Phase is the phase at a time; nil before the first and after the last.
func (p *Plan) Phase(at time.Duration) *record.Phase {
	for i := range p.Phases {
		if p.Phases[i].Begin.Duration() <= at && at < p.Phases[i].End() {
			return &p.Phases[i]
		}
	}
	return nil
}

// Fault is a fault as it is planned, or as it went.
type Fault struct {
	Name    string
	From    time.Duration
	To      time.Duration // of one that is planned for ever, the end of the load
	Begun   bool
	Healed  bool
	Skipped bool // this topology cannot have it
}

// Holds says whether it does.
func (f *Fault) Holds() bool { return f.Begun && !f.Healed }

// Figures are what became of requests over some seconds.
type Figures struct {
	Rate     float64       // that ended, per second
	Errors   float64       // of them, the share that failed
	P50, P99 time.Duration // of the successes, from the intended send
	Answered uint64        // the successes; 0: there are no quantiles
}

// Entry is what one entry, or total, had of late.
type Entry struct {
	Name string
	Figures
	Trend []Point // each of the last seconds, the latest last
}

// Point is one second of a trend.
type Point struct{ Rate, Errors float64 }

// Node is a node of the topology.
type Node struct {
	Name, Kind string
	Up         int // instances that serve
	Planned    int // that are to; 0: as many as its scaler says, or none of ours
	Starting   int
	Frozen     int // that are kept so until they are wanted
	Faults     []string
	Rate       float64       // requests that ended, per second
	Errors     float64       // of them, the share that failed or was rejected
	P50, P99   time.Duration // of those it served, from their arrival at an instance to the reply
	Answered   uint64        // how many these were; 0: there are no quantiles
	Mean       time.Duration // of an attempt to ask it, as its callers saw it
	Asked      bool          // somebody did: there is a mean
	InFlight   int
	Queued     int
	CPU        float64 // cores
	Memory     int64   // bytes
	Breaker    string  // the worst state among the breakers of those who call it; "": there is none
	Open       int     // of the breakers, those that are open
	Sampled    bool    // its instances tell of themselves
	Trend      []Point
}

// Line is an event in words.
type Line struct {
	At   time.Duration
	Text string
	Tone Tone
}
