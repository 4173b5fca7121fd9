package wire

import (
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// EffectKind is one of the few things that can be done to a running system.
// Every fault maps to these; engines and backends know nothing else.
type EffectKind string

// The effects. Backends carry out kill and pause, nodes the others.
const (
	Kill  EffectKind = "kill"  // end the target's instances at once and hold them down
	Pause EffectKind = "pause" // freeze the target's instances
	Delay EffectKind = "delay" // add time to operations, or to messages in transit on an edge
	Fail  EffectKind = "fail"  // answer a share of requests with an error
)

// Effect is what a fault does to one node or one edge of the topology.
type Effect struct {
	Kind      EffectKind `json:"kind"`
	Node      string     `json:"node,omitempty"`      // the node it is done to; for an edge, the caller
	To        string     `json:"to,omitempty"`        // set for an edge: the callee
	Component string     `json:"component,omitempty"` // delay, fail: only this component's operations
	Delay     work.Dist  `json:"delay,omitzero"`      // delay
	Reply     bool       `json:"reply,omitempty"`     // delay on an edge: in the reply's direction
	Share     unit.Share `json:"share,omitzero"`      // fail, delay: of the requests; 0 counts as all
	Name      string     `json:"name"`                // the fault's name, from which draws are hashed
}

// OnNode says whether a node carries the effect out, rather than a backend.
func (e Effect) OnNode() bool { return e.Kind == Delay || e.Kind == Fail }
