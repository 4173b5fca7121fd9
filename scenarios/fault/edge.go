package fault

import (
	"fmt"

	"windtunnel/topologies"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// end is one end of an edge as a scenario names it.
type end struct {
	name      string
	node      string
	component string // set where name is a component's
}

// effects lays an effect onto every edge that is meant.
//
// Where proxies stand before the callee, the effect sits on the last hop,
// behind them: checkout → guard → payments is hit between guard and payments,
// so that the guard sees the fault that it is there for. All who call through
// that guard are hit. A `from:` that names the proxy, or a `to:` that does,
// means exactly that hop.
//
// A component as `to:` hits the calls to it alone, where its node hosts others
// too. A component as `from:` means its node: what else lives there is hit as well.
func (e *EdgeOf) effects(effect wire.Effect, g *topologies.Graph) ([]wire.Effect, error) {
	to, err := endOf(e.To, g)
	if err != nil {
		return nil, err
	}
	var hops []topologies.Edge
	if e.From == "" {
		hops, err = into(to, g)
	} else {
		hops, err = between(e.From, to, g)
	}
	if err != nil {
		return nil, err
	}
	effects := make([]wire.Effect, len(hops))
	for i, hop := range hops {
		if _, own := g.Topology.Node(hop.From).Spec.(topologies.Own); own {
			return nil, fmt.Errorf("%s is your own program: windtunnel cannot %s the calls that it makes", hop.From, effect.Kind)
		}
		effects[i] = effect
		effects[i].Node, effects[i].To = hop.From, hop.To
		if to.shared(g) {
			effects[i].Component = to.component
		}
	}
	return effects, nil
}

func endOf(name string, g *topologies.Graph) (end, error) {
	if g.Application != nil {
		if _, ok := g.Application.Component(name); ok {
			node, err := host(g, name)
			return end{name: name, node: node, component: name}, err
		}
	}
	if g.Topology.Node(name) == nil {
		return end{}, &UnknownError{What: "component or node", Name: name, Topology: g.Topology.Name,
			Known: append(components(g), nodes(g)...)}
	}
	return end{name: name, node: name}, nil
}

// shared says whether the end is a component that does not have its node to itself.
func (to end) shared(g *topologies.Graph) bool {
	if to.component == "" {
		return false
	}
	for component, node := range g.HostOf {
		if node == to.node && component != to.component {
			return true
		}
	}
	return false
}

// into returns the edges of every caller; with a proxy in front, that is the proxy's.
func into(to end, g *topologies.Graph) ([]topologies.Edge, error) {
	var hops []topologies.Edge
	for _, edge := range g.Edges {
		if edge.To == to.node && carries(edge, to, g) {
			hops = append(hops, edge)
		}
	}
	if len(hops) == 0 {
		return nil, fmt.Errorf("no node of %s calls %s: no edge leads to it", g.Topology.Name, to.describe())
	}
	return hops, nil
}

// between returns the edge on which the calls of one caller arrive.
func between(caller string, to end, g *topologies.Graph) ([]topologies.Edge, error) {
	from, err := endOf(caller, g)
	if err != nil {
		return nil, err
	}
	if from.node == to.node {
		return nil, fmt.Errorf("%s and %s share node %s: no edge between them", from.name, to.name, to.node)
	}
	for at := to.node; at != ""; {
		edge, ok := g.Edge(from.node, at)
		if ok && carries(edge, to, g) {
			return lastHop(edge, to, g), nil
		}
		at = proxyOf(at, g)
	}
	return nil, fmt.Errorf("%s does not call %s in %s: no edge between them", from.describe(), to.describe(), g.Topology.Name)
}

// lastHop follows the proxies from the edge that a caller sees to the one that arrives.
func lastHop(edge topologies.Edge, to end, g *topologies.Graph) []topologies.Edge {
	for edge.To != to.node {
		proxy := g.Topology.Node(edge.To).Spec.(topologies.Fronting)
		next, ok := g.Edge(edge.To, proxy.Fronts())
		if !ok {
			break // a graph without the proxy's own edge: stay on what is there
		}
		edge = next
	}
	return []topologies.Edge{edge}
}

// proxyOf returns the node that stands directly in front of another, or "".
func proxyOf(node string, g *topologies.Graph) string {
	for _, n := range g.Topology.Nodes {
		if f, ok := n.Spec.(topologies.Fronting); ok && f.Fronts() == node {
			return n.Name
		}
	}
	return ""
}

// carries says whether calls to the end go along an edge. A proxy's edge lists
// no operations: it carries what its callers and the outside ask it for.
func carries(edge topologies.Edge, to end, g *topologies.Graph) bool {
	if to.component == "" {
		return true
	}
	for _, op := range edge.Operations {
		if work.Component(op) == to.component {
			return true
		}
	}
	if len(edge.Operations) > 0 {
		return false
	}
	for _, entry := range g.Doors() {
		if entry.Node == edge.From && work.Component(entry.Operation) == to.component {
			return true
		}
	}
	for _, before := range g.Edges {
		if before.To == edge.From && carries(before, to, g) {
			return true
		}
	}
	return false
}

// describe names an end with its node, where the two differ.
func (to end) describe() string {
	if to.name == to.node {
		return to.name
	}
	return to.name + " (in node " + to.node + ")"
}
