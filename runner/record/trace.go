package record

import (
	"time"

	"windtunnel/topologies/policy"
)

// Traces are the requests of a run of which is known where their time went.
type Traces struct {
	Origin time.Time // the run's begin on the clock that the file is to show
	Kept   []Trace   // in the order of the arrivals
	Counts TraceCounts
}

// TraceCounts say what the kept ones were chosen from.
type TraceCounts struct {
	Requests uint64 // all that were sent
	Failed   uint64 // of them
	Slow     uint64 // of them, as long as the scenario's limit or longer; 0 where it has none
	Sampled  uint64 // of them, drawn
	Dropped  uint64 // chosen, and left out since the file would have become too large
}

// Why a trace was kept.
const (
	TraceSlow    = "slow"
	TraceFailed  = "failed"
	TraceSampled = "sampled"
)

// Trace is one request with its spans.
type Trace struct {
	High, Low uint64 // the halves of its id
	Seq       uint64
	Entry     string
	Phase     string
	Reason    string
	Partial   bool   // something that belongs to it is not known
	Spans     []Span // the first is the request itself; at least that
}

// Span is a stretch of a trace.
type Span struct {
	ID, Parent uint64 // 0: the request itself has no parent
	Part       Part
	Name       string
	Node       string // where it was
	Instance   string
	Begin, End time.Duration // since the run's begin
	Cause      policy.Cause
	Status     int    // of a request and an attempt; 0: no reply
	To         string // of a call, an attempt and a wait: the node
	Endpoint   string // and its instance
	Number     int    // of an attempt, from 1
	Hedge      bool   // an attempt: sent beside another in flight
	Lost       bool   // an attempt: another had won, and it was not waited for
	Fallback   bool   // a call: the fallback answered
	Cold       bool   // a wait: the instance had to start
	Missing    bool   // what it was for has told nothing
	Opaque     bool   // what it was for is a system of the user's own, and tells nothing
}

// Duration is how long the span lasts.
func (s *Span) Duration() time.Duration { return s.End - s.Begin }

// Part says which part of a request's way a span is.
type Part string

// The parts.
const (
	PartRequest Part = "request" // all of it, as the outside sees it
	PartLate    Part = "late"    // the generator came to it after it was due
	PartServe   Part = "serve"   // at an instance, from the arrival until the reply
	PartQueue   Part = "queue"   // there, before it had a worker
	PartWork    Part = "work"    // an operation
	PartCall    Part = "call"    // along an edge, with all attempts
	PartHeld    Part = "held"    // before its first attempt: a bulkhead
	PartAttempt Part = "attempt"
	PartBackoff Part = "backoff" // between two attempts
	PartWait    Part = "wait"    // at a function's front, for an instance
	PartStart   Part = "start"   // a part of that instance's start
)

// Parts lists all parts.
func Parts() []Part {
	return []Part{PartRequest, PartLate, PartServe, PartQueue, PartWork, PartCall, PartHeld, PartAttempt, PartBackoff, PartWait, PartStart}
}

// StartParts are the parts of an instance's start in their order, as
// instance-ready events have them.
func StartParts() []string {
	return []string{"fetched", "created", "started", "listening", "configured", "initialised", "discovered", "woken", "ready"}
}
