// Package record is the run directory: what an engine writes while it runs, and
// what reports read. Everything in it can be cut off at any instant and still loads.
package record

import (
	"strings"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
)

// Format is the version of the run directory that this program writes.
const Format = 1

// Recorder takes what an engine observes. It is safe for concurrent use. Times
// are since the run's begin.
type Recorder interface {
	Event(Event)
	Request(Request)
	Invocation(Invocation)
	Node(NodeSample)
	Edge(EdgeSample)
	// Traces is told once, when the load is over.
	Traces(Traces)
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
	// InstancePaused is told of one that is kept frozen until it is wanted.
	InstancePaused = "instance-paused"
	BreakerState   = "breaker"
	Scale          = "scale"
	PolicyState    = "policy" // another machine's transition; Name is which, and the callee's instance where it has one for each
	EffectState    = "effect" // on one instance: to begun or healed, for the fault in Name
	Note           = "note"
	RunBegan       = "run-begun"
	RunEnded       = "run-ended"
)

// Retired is the reason of an InstanceStop that a scaler wanted.
const Retired = "retired"

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

// StateOf returns kind and name of the event of a machine's transition: its
// endpoint is the callee's instance for machines kept for each, else empty.
func StateOf(machine, endpoint string) (kind, name string) {
	if machine == "breaker" {
		return BreakerState, endpoint
	}
	return PolicyState, strings.TrimSpace(machine + " " + endpoint)
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
	Cache      CacheSample // of a cache node that others fill
	Operations []OperationSample
	// Latency is of what was served in the interval, from the arrival at the node
	// to the reply. It is for who follows the run and no part of its record.
	Latency wire.LatencyCounts
}

// CacheSample is what one cache did over one second, and what it keeps then.
type CacheSample struct {
	policy.CacheCounters
	Values int
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
	At        time.Duration
	From      string // node
	Instance  string // of From
	To        string // node
	Calls     uint64
	Attempts  uint64
	Failed    uint64
	Breaker   string
	Latency   time.Duration // sum over ended attempts
	Hedges    uint64        // of the attempts, those sent beside others in flight
	Rejected  uint64        // calls that the edge's own breaker, limit or bulkhead turned away
	Fallbacks uint64        // calls that failed and were answered by the fallback; not among Failed
	Cache     CacheSample   // of the edge's own cache; what that answers is not among Calls
	// ViewAge is the greatest age, in the interval, of what the caller knew of the
	// callee's instances; 0 where it does not ask for them.
	ViewAge time.Duration
	// Targets count the attempts by instance, where the topology says how those are discovered.
	Targets []TargetSample
}

// TargetSample counts the attempts of one caller to one instance in a slice of
// time of at most policy.TargetSlice.
type TargetSample struct {
	At       time.Duration // begin of the slice
	Instance string        // that was called
	Attempts uint64
	Last     time.Duration // when the last of them was sent
}
