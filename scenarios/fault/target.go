package fault

import (
	"fmt"
	"slices"
	"strconv"

	"windtunnel/topologies"
	"windtunnel/topologies/wire"
)

// Target says what a fault hits: exactly one of component, node and edge.
type Target struct {
	Component string  `yaml:"component" doc:"a component, wherever it is hosted"`
	Node      string  `yaml:"node" doc:"a node of the topology"`
	Edge      *EdgeOf `yaml:"edge" doc:"the calls from one node or component to another"`
}

// EdgeOf names an edge by nodes or by components; an empty From is every
// caller. A name that both a node and a component have means the component.
type EdgeOf struct {
	From string `yaml:"from" doc:"the calling node or component; empty: every caller"`
	To   string `yaml:"to" required:"true" doc:"the node or component called"`
}

// Vet says what is wrong where the target is not exactly one thing.
func (t Target) Vet(add func(key, message string)) {
	named := 0
	for _, is := range []bool{t.Component != "", t.Node != "", t.Edge != nil} {
		if is {
			named++
		}
	}
	switch named {
	case 0:
		add("", "a fault must hit something: name a component, a node or an edge")
	case 1:
	default:
		add("", "a fault hits one thing: name only one of component, node and edge")
	}
}

// vetWhole is Vet for the faults that take whole nodes.
func (t Target) vetWhole(verb string, add func(key, message string)) {
	if t.Edge != nil {
		add("edge", "an edge cannot be "+verb+": name a component or a node, or use `delay:` or `fail:`")
		return
	}
	t.Vet(add)
}

// vetInstance refuses an instance of what has none.
func (t Target) vetInstance(number int, add func(key, message string)) {
	if number > 0 && t.Edge != nil {
		add("instance", "only a node has instances: leave it out, or name the node")
	}
}

// node returns the node that a component or node target means.
func (t Target) node(g *topologies.Graph) (*topologies.Node, error) {
	name := t.Node
	if t.Component != "" {
		host, err := host(g, t.Component)
		if err != nil {
			return nil, err
		}
		name = host
	}
	if n := g.Topology.Node(name); n != nil {
		return n, nil
	}
	unknown := &UnknownError{What: "node", Name: name, Topology: g.Topology.Name, Known: nodes(g)}
	if _, hosted := g.HostOf[name]; hosted {
		unknown.Is = "a component, `component: " + name + "`"
	}
	return nil, unknown
}

// whole is the effect on the node that is meant, or on one instance of it: of a
// component, the node that hosts it, with whatever else lives there.
func (t Target) whole(e wire.Effect, verb string, g *topologies.Graph) ([]wire.Effect, error) {
	n, err := t.node(g)
	if err != nil {
		return nil, err
	}
	if _, external := n.Spec.(*topologies.External); external {
		return nil, fmt.Errorf("%s is external: windtunnel did not start it, so it cannot be %s", n.Name, verb)
	}
	if front, is := n.Spec.(*topologies.Front); is {
		return nil, &UnknownError{What: "node", Name: n.Name, Topology: g.Topology.Name,
			Why: fmt.Sprintf("%s is the provider's and stays: name the function itself, `node: %s`", n.Name, front.Function)}
	}
	if err := inSlot(n, e.Slot, g); err != nil {
		return nil, err
	}
	e.Node = n.Name
	return []wire.Effect{e}, nil
}

// inside is the effect on requests: on an edge, or on what a node does for
// them. It fills in the place of the effect that it is given.
func (t Target) inside(e wire.Effect, g *topologies.Graph) ([]wire.Effect, error) {
	if t.Edge != nil {
		return t.Edge.effects(e, g)
	}
	n, err := t.node(g)
	if err != nil {
		return nil, err
	}
	if _, own := n.Spec.(topologies.Own); own {
		instead := ""
		if slices.ContainsFunc(g.Edges, func(edge topologies.Edge) bool { return edge.To == n.Name }) {
			instead = fmt.Sprintf("; name the edge to it instead, `edge: {to: %s}`", n.Name)
		}
		return nil, fmt.Errorf("%s is your own system: windtunnel cannot %s what happens inside it%s", n.Name, e.Kind, instead)
	}
	if err := inSlot(n, e.Slot, g); err != nil {
		return nil, err
	}
	e.Node, e.Component = n.Name, t.Component
	return []wire.Effect{e}, nil
}

// inSlot says whether a node has an instance with this number; 0 is all of them.
func inSlot(n *topologies.Node, number int, g *topologies.Graph) error {
	switch {
	case number > 0 && n.Scaler != nil:
		return fmt.Errorf("%s is scaled: its instances come and go, and none has a number", n.Name)
	case number > n.Replicas:
		return &UnknownError{What: fmt.Sprintf("instance of %s with the number", n.Name), Name: strconv.Itoa(number), Topology: g.Topology.Name}
	}
	return nil
}

// host returns the name of the node that hosts a component.
func host(g *topologies.Graph, component string) (string, error) {
	if node, ok := g.HostOf[component]; ok {
		return node, nil
	}
	if g.Application == nil {
		return "", fmt.Errorf("%s has no application, and so no component %s", g.Topology.Name, component)
	}
	if _, ok := g.Application.Component(component); ok {
		return "", fmt.Errorf("no node of %s hosts %s", g.Topology.Name, component)
	}
	unknown := &UnknownError{What: "component", Name: component, Topology: g.Topology.Name, Known: components(g)}
	if g.Topology.Node(component) != nil {
		unknown.Is = "a node, `node: " + component + "`"
	}
	return "", unknown
}
