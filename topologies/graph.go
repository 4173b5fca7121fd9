package topologies

import "windtunnel/topologies/policy"

// Graph is an application laid onto a topology: every reference resolved.
type Graph struct {
	Application *Application // nil where the topology needs none
	Topology    *Topology
	Edges       []Edge            // every pair of nodes that may call each other, sorted by From, then To
	Entries     []EntryPoint      // in the application's order
	HostOf      map[string]string // component → the node that hosts it
}

// Edge is a resolved edge: From calls To and nothing stands in between.
type Edge struct {
	From, To   string
	Policy     policy.EdgeConfig
	Operations []string // that may be asked along it, sorted; empty for a proxy that passes all on
}

// EntryPoint is where the outside comes in for one entry.
type EntryPoint struct {
	Name      string
	Node      string  // the gateway, or the node that hosts the operation
	Operation string  // empty where a user's own system serves the entry
	Request   Request // how it is asked for
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
