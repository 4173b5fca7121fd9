package topologies

import (
	"windtunnel/topologies/keys"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Graph is an application laid onto a topology: every reference resolved.
type Graph struct {
	Application *Application // nil where the topology needs none
	Topology    *Topology
	Edges       []Edge                    // every pair of nodes that may call each other, sorted by From, then To
	Entries     []EntryPoint              // in the application's order
	Gateways    map[string][]GatewayRoute // node → its routes
	Timers      []Timer                   // in the application's order
	HostOf      map[string]string         // component → the node that hosts it
}

// Edge is a resolved edge: From calls To and nothing stands in between.
type Edge struct {
	From, To   string
	Policy     policy.EdgeConfig
	Operations []string // that may be asked along it, sorted; empty for a proxy that passes all on
	Naming     bool     // no request goes along it, but questions and heartbeats about instances

	spec int // of the file's edges the one that its policies are from, from 1; 0: none
}

// EntryPoint is where the outside comes in for one entry.
type EntryPoint struct {
	Name      string
	Node      string  // the gateway, or the node that hosts the operation
	Operation string  // empty where a user's own system serves the entry
	Request   Request // how it is asked for
	Key       keys.Source
	Priority  policy.Priority
}

// Keys returns what draws the key of a request from the identity of its
// arrival, nil where its requests have none.
func (e EntryPoint) Keys() func(arrival work.Identity) uint64 {
	if e.Key == nil {
		return nil
	}
	draw := e.Key.Sampler()
	return func(arrival work.Identity) uint64 { return draw(arrival.Named("key")) }
}

// Edge finds the edge between two nodes.
func (g *Graph) Edge(from, to string) (Edge, bool) {
	for _, e := range g.Edges {
		if e.From == from && e.To == to {
			return e, true
		}
	}
	return Edge{}, false
}

// Via returns the node that callers of node talk to: node itself, or the
// outermost proxy in front of it. Resolve refuses proxies that form a cycle.
func (t *Topology) Via(node, caller string) string {
	if door := t.Outside(caller); door != "" && node != caller && t.Outside(node) == "" {
		node = door // what a client calls comes in at its gateway
	}
	for range t.Nodes {
		front := ""
		for _, n := range t.Nodes {
			if f, ok := n.Spec.(Fronting); ok && f.Fronts() == node && n.Name != caller {
				front = n.Name
			}
		}
		if front == "" {
			return node
		}
		node = front
	}
	return node
}
