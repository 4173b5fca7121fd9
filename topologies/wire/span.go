package wire

import (
	"strconv"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Span is a stretch of what a node did for one arrival. It is kept by value and
// has no text of its own, so that to keep one costs a copy.
type Span struct {
	ID work.Identity `json:"id"` // of the request, operation, call or attempt
	// Parent is, of an operation and a call, the operation around it; of an attempt
	// the call that it belongs to, or the request where a function's front sends it.
	Parent   work.Identity     `json:"parent,omitempty"`
	Began    policy.Instant    `json:"began"`
	Begun    policy.Instant    `json:"begun,omitempty"` // a request: since when it had a worker, and its end where it never had one; a call: see Number
	Ended    policy.Instant    `json:"ended"`
	Name     string            `json:"name,omitempty"` // of the operation, or the path; of a call and an attempt the node that is called
	Cause    policy.Cause      `json:"cause,omitempty"`
	Endpoint policy.EndpointID `json:"endpoint,omitempty"` // the instance that an attempt was for, or that was waited for
	Status   uint16            `json:"status,omitempty"`   // of an attempt; 0: no reply
	// Number is of an attempt, from 1. A call with 1 tells of its only attempt as
	// well, which began at Begun and ended as the call did: most have one, and to
	// remember both in one costs half.
	Number uint16   `json:"number,omitempty"`
	Kind   SpanKind `json:"kind"`
	Own    bool     `json:"own,omitempty"`  // a request: an operation of the node's own began to answer it
	Lost   bool     `json:"lost,omitempty"` // an attempt: another of its call had won
	// Passed says of a call that a proxy passes a request on: its first attempt
	// bears that one's identity.
	Passed   bool `json:"passed,omitempty"`
	Fallback bool `json:"fallback,omitempty"` // a call: the fallback answered
	Cold     bool `json:"cold,omitempty"`     // a wait: the instance had to start
}

// SpanKind says what a span is of.
type SpanKind uint8

// The kinds of spans.
const (
	ServeSpan     SpanKind = iota + 1 // a request at an instance, from its arrival until its reply
	OperationSpan                     // an operation that another one called within the process
	CallSpan                          // a call along an edge, with all its attempts
	AttemptSpan                       // one attempt of a call
	WaitSpan                          // of a request at a function's front, for an instance
)

// Collect asks a node for the spans that it still has of some arrivals. It is
// answered by Spans, unless there are none.
type Collect struct {
	Roots []work.Identity `json:"roots"`
}

// Spans are what a node still had.
type Spans struct {
	Origin time.Time      `json:"origin"` // of the instants
	Since  policy.Instant `json:"since"`  // something of what had ended by then is forgotten; 0: nothing yet
	Traces []Traced       `json:"traces"`
}

// Traced are the spans of one arrival at one instance.
type Traced struct {
	Root  work.Identity `json:"root"`
	Spans []Span        `json:"spans"`
}

// The identities under which the spans of a trace are known to each other and
// to whoever reads them. They follow from what each side knows anyway, so that
// none must be told, and are the same in both engines: a request that came with
// identity id to a node is the child of the attempt with that identity to that
// node, whoever made it.

// TraceID returns the two halves of the trace context's id of an arrival.
func TraceID(root work.Identity) (high, low uint64) {
	return uint64(root.Named("trace")), uint64(root)
}

// RootSpanID is the request itself, as the outside sees it.
func RootSpanID(root work.Identity) uint64 { return uint64(root.Named("span")) }

// ServeSpanID is of a request at a node.
func ServeSpanID(id work.Identity, node string) uint64 { return uint64(id.Named("serve").Named(node)) }

// WorkSpanID is of an operation at a node: one that answers a request has its identity.
func WorkSpanID(id work.Identity, node string) uint64 { return uint64(id.Named("work").Named(node)) }

// CallSpanID is of a call that a node makes.
func CallSpanID(id work.Identity, node string) uint64 { return uint64(id.Named("call").Named(node)) }

// WaitSpanID is of the n-th wait of a request at a function's front.
func WaitSpanID(id work.Identity, node string, n uint16) uint64 {
	return uint64(id.Named("wait").Named(node).Child(uint64(n)))
}

// AttemptSpanID is of an attempt to a node.
func AttemptSpanID(id work.Identity, to string) uint64 {
	return uint64(id.Named("attempt").Named(to))
}

// ParseTrace returns the arrival that a trace context in HeaderTrace belongs to,
// and 0 where it is none of windtunnel's or says that nothing is recorded:
// "00-<trace>-<arrival>-<span>-01", two times 16 digits without the hyphen between.
func ParseTrace(text string) work.Identity {
	if len(text) != 55 || text[:3] != "00-" || text[35] != '-' || text[52:] != "-01" {
		return 0
	}
	id, err := strconv.ParseUint(text[19:35], 16, 64)
	if err != nil {
		return 0
	}
	return work.Identity(id)
}
