package topologies

import (
	"maps"
	"slices"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// references checks what else names nodes, entries and operations.
func (r *resolver) references() {
	for _, n := range r.t.Nodes {
		if container, ok := n.Spec.(*Container); ok {
			r.needs(n, container.Needs)
		}
		if own, ok := n.Spec.(Own); ok {
			r.requests(n, own.Endpoints())
		}
	}
}

func (r *resolver) needs(n *Node, needs []string) {
	for i, name := range needs {
		pos := r.t.at(n, "needs", itoa(i))
		if name == n.Name {
			r.problems.Addf(pos, "node %s cannot need itself", name)
			continue
		}
		if r.node(pos, name) && r.waitsFor(name, n.Name, map[string]bool{}) {
			r.problems.Addf(pos, "%s and %s need each other, so neither can start first", n.Name, name)
		}
	}
}

// waitsFor says whether a node needs another, directly or not.
func (r *resolver) waitsFor(name, other string, seen map[string]bool) bool {
	n := r.t.Node(name)
	if n == nil || seen[name] {
		return false
	}
	seen[name] = true
	container, ok := n.Spec.(*Container)
	if !ok {
		return false
	}
	for _, need := range container.Needs {
		if need == other || r.waitsFor(need, other, seen) {
			return true
		}
	}
	return false
}

// requests checks that a user's own system is asked for what lives there.
func (r *resolver) requests(n *Node, own *OwnEndpoints) {
	for _, op := range slices.Sorted(maps.Keys(own.Requests)) {
		pos := r.t.placeOfKey(n, "requests", op)
		if r.app == nil {
			r.problems.Addf(pos, "topology %s names no application, so there is no operation %q", r.t.Name, op)
			continue
		}
		if _, ok := r.app.Operation(op); !ok {
			r.problems.Addf(pos, "application %s has no operation %q%s", r.app.Name, op, def.Hint(op, r.operationNames()))
			continue
		}
		if !slices.Contains(own.Hosts, work.Component(op)) {
			r.problems.Addf(pos, "node %s does not host %s: add it to its `hosts`", n.Name, work.Component(op))
		}
	}
}

func (r *resolver) operationNames() []string {
	var names []string
	for _, c := range r.app.Components {
		for _, op := range c.Operations {
			names = append(names, op.Name)
		}
	}
	return names
}
