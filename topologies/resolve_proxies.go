package topologies

import (
	"slices"
	"strings"
)

// proxies checks that each stands in front of a node, alone, and in no circle.
func (r *resolver) proxies() {
	front := map[string]string{} // node → the proxy in front of it
	for _, n := range r.t.Nodes {
		proxy, ok := n.Spec.(Fronting)
		if !ok || proxy.Fronts() == "" {
			continue
		}
		pos := r.t.at(n, "to")
		switch other := front[proxy.Fronts()]; {
		case !r.node(pos, proxy.Fronts()):
			r.broken = true
		case !r.proxied(pos, proxy.Fronts()):
			r.broken = true
		case other != "":
			r.broken = true
			r.problems.Addf(pos, "two nodes stand in front of %s: %s and %s. Put one behind the other: {to: %s}", proxy.Fronts(), other, n.Name, other)
		default:
			front[proxy.Fronts()] = n.Name
		}
	}
	for _, n := range r.t.Nodes {
		r.circle(n)
	}
}

// circle finds proxies that lead back to themselves, and tells each circle at
// the one of its nodes that comes first in the file.
func (r *resolver) circle(start *Node) {
	path := []string{start.Name}
	for n := start; ; {
		proxy, ok := n.Spec.(Fronting)
		if !ok {
			return
		}
		next := r.t.Node(proxy.Fronts())
		if next == nil {
			return
		}
		if next == start {
			r.broken = true
			r.problems.Addf(r.t.at(start, "to"), "a request would go round for ever: %s → %s", strings.Join(path, " → "), start.Name)
			return
		}
		if slices.Contains(path, next.Name) || r.before(next, start) {
			return
		}
		path = append(path, next.Name)
		n = next
	}
}

// before says whether a comes before b in the file.
func (r *resolver) before(a, b *Node) bool {
	return slices.Index(r.t.Nodes, a) < slices.Index(r.t.Nodes, b)
}
