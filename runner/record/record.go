// Package record is the run directory: what an engine writes while it runs, and
// what reports read. Everything in it can be cut off at any instant and still loads.
package record

import (
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// Format is the version of the run directory that this program writes.
const Format = 1

// Recorder takes what an engine observes. It is safe for concurrent use. Times
// are since the run's begin.
type Recorder interface {
	Event(Event)
	Request(Request)
	Node(NodeSample)
	Edge(EdgeSample)
	// LogFile returns where the log of an instance belongs, or "" where logs are not kept.
	LogFile(instance string) string
}

// Request is one arrival and what became of it.
type Request struct {
	Seq       uint64 // the arrival's number, from 0; identity and draws follow from it
	Entry     string
	Phase     string // of the intended time
	Intended  time.Duration
	Sent      time.Duration // 0 with cause unsent
	FirstByte time.Duration // 0: no reply
	Done      time.Duration // unsent: when that was known
	Status    int           // 0: no reply
	Cause     policy.Cause
	Attempts  int           // across nodes, all levels added up
	Calls     int           // across nodes; attempts/calls is the amplification
	Cold      time.Duration // waited for instances to start
	Bytes     int64
	Path      string
}

// Latency is what the caller experienced: from the intended send to the end.
func (r Request) Latency() time.Duration { return r.Done - r.Intended }

// Event kinds.
const (
	PhaseBegan    = "phase"
	FaultBegan    = "fault-begun"
	FaultHealed   = "fault-healed"
	FaultSkipped  = "fault-not-applicable"
	InstanceStart = "instance-started"
	InstanceReady = "instance-ready"
	InstanceStop  = "instance-stopped"
	BreakerState  = "breaker"
	Scale         = "scale"
	EffectState   = "effect" // on one instance: to begun or healed, for the fault in Name
	Note          = "note"
	RunBegan      = "run-begun"
	RunEnded      = "run-ended"
)

// Event is a line of events.ndjson.
type Event struct {
	At       time.Duration      `json:"-"` // written as at_ms
	Kind     string             `json:"kind"`
	Node     string             `json:"node,omitempty"`
	Instance string             `json:"instance,omitempty"`
	Edge     string             `json:"edge,omitempty"` // "checkout>payments"
	Name     string             `json:"name,omitempty"` // of the phase or fault
	From     string             `json:"from,omitempty"`
	To       string             `json:"to,omitempty"`
	Reason   string             `json:"reason,omitempty"`
	PhasesMS map[string]float64 `json:"phases_ms,omitempty"` // instance-ready: the parts of the start
}

// Names under which the series keeps what is no node of the topology. No node
// can be called so: the parentheses are not allowed in a name.
const (
	GeneratorNode = "(generator)" // windtunnel itself, which generates the load
	HostNode      = "(host)"      // all processes of the machine
	StealNode     = "(steal)"     // CPU that the hypervisor kept from the machine
)

// NodeSample is a node's instance over one second.
type NodeSample struct {
	At         time.Duration // end of the second
	Node       string
	Instance   string
	CPU        time.Duration // spent in the interval
	Interval   time.Duration
	Memory     unit.Bytes
	Served     uint64 // in the interval
	Failed     uint64
	Rejected   uint64
	InFlight   int
	Queued     int
	Operations []OperationSample
}

// OperationSample is an operation's work on one instance over one second.
type OperationSample struct {
	Name    string
	Count   uint64
	Failed  uint64
	Service time.Duration // sum
	Wait    time.Duration // sum
}

// EdgeSample is an edge as one calling instance saw it over one second.
type EdgeSample struct {
	At       time.Duration
	From     string // node
	Instance string // of From
	To       string // node
	Calls    uint64
	Attempts uint64
	Failed   uint64
	Breaker  string
	Latency  time.Duration // sum over ended attempts
}
