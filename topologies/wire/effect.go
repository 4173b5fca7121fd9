package wire

import (
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// EffectKind is one of the few things that can be done to a running system.
// Every fault maps to these; engines and backends know nothing else.
type EffectKind string

// The effects. Backends carry out kill and pause, nodes the others.
const (
	Kill   EffectKind = "kill"   // end the target's instances at once and hold them down
	Pause  EffectKind = "pause"  // freeze the target's instances
	Delay  EffectKind = "delay"  // add time to operations, or to messages in transit on an edge
	Fail   EffectKind = "fail"   // answer a share of requests with an error
	Reload EffectKind = "reload" // replace the routes of a gateway
)

// Effect is what a fault does to one node or one edge of the topology.
type Effect struct {
	Kind      EffectKind      `json:"kind"`
	Node      string          `json:"node,omitempty"`      // the node it is done to; for an edge, the caller
	Slot      int             `json:"slot,omitempty"`      // of the node's instances this one alone, from 1; 0: all
	Instance  string          `json:"instance,omitempty"`  // kill: the one that is in the slot, which the runner finds out; empty: all
	To        string          `json:"to,omitempty"`        // set for an edge: the callee
	Component string          `json:"component,omitempty"` // delay, fail: only this component's operations
	Delay     work.Dist       `json:"delay,omitzero"`      // delay
	Reply     bool            `json:"reply,omitempty"`     // delay on an edge: in the reply's direction
	Share     unit.Share      `json:"share,omitzero"`      // fail, delay: of the requests; 0 counts as all
	Routes    []gateway.Route `json:"routes,omitempty"`    // reload
	Name      string          `json:"name"`                // the fault's name, from which draws are hashed
}

// InSlot says whether the effect is done to the instance in a node's slot, counted from 0.
func (e Effect) InSlot(number int) bool { return e.Slot == 0 || e.Slot == number+1 }

// Hits says whether a backend does the effect to an instance.
func (e Effect) Hits(node, instance string) bool {
	return e.Node == node && (e.Instance == "" || e.Instance == instance)
}

// OnNode says whether a node carries the effect out, rather than a backend.
func (e Effect) OnNode() bool { return e.Kind == Delay || e.Kind == Fail || e.Kind == Reload }
