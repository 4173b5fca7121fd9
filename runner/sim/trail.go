package sim

import (
	"time"

	"windtunnel/topologies/wire"
)

// trail is what a request left behind on its way, as the node program's own.
type trail struct {
	attempts, calls uint32
	path            pathID
	cold            time.Duration // waited for instances to start; of what goes on at once, the longest wait
}

// pathID is a path among those that the run has seen; 0 is the empty one.
type pathID uint32

// paths keeps every path once, so that a request carries a number for its own:
// the nodes that took part, each once, in order. There are about as many as the
// application has ways.
type paths struct {
	all    []path
	visits map[[2]uint32]pathID // path, node
	joins  map[[2]uint32]pathID // path, path
}

type path struct {
	text  string
	nodes []int
}

func newPaths() paths {
	return paths{all: make([]path, 1), visits: map[[2]uint32]pathID{}, joins: map[[2]uint32]pathID{}}
}

// text spells a path as the record has it.
func (p *paths) text(id pathID) string { return p.all[id].text }

// visit appends a node, unless it is there or there is no room.
func (p *paths) visit(id pathID, n *node) pathID {
	key := [2]uint32{uint32(id), uint32(n.index)}
	if next, known := p.visits[key]; known {
		return next
	}
	next := p.extend(id, n)
	p.visits[key] = next
	return next
}

func (p *paths) extend(id pathID, n *node) pathID {
	at, name := p.all[id], n.spec.Name
	switch {
	case id == 0:
		name = name[:min(len(name), wire.MaxPath)]
	case len(at.text)+1+len(name) > wire.MaxPath:
		return id
	default:
		for _, passed := range at.nodes {
			if passed == n.index {
				return id
			}
		}
		name = at.text + ">" + name
	}
	p.all = append(p.all, path{name, append(at.nodes[:len(at.nodes):len(at.nodes)], n.index)})
	return pathID(len(p.all) - 1)
}

// joined is a path with what another part of the tree left behind after it.
func (p *paths) join(w *world, id, other pathID) pathID {
	if id == 0 || other == 0 || id == other {
		return max(id, other)
	}
	key := [2]uint32{uint32(id), uint32(other)}
	if joined, known := p.joins[key]; known {
		return joined
	}
	joined := id
	for _, n := range p.all[other].nodes {
		joined = p.visit(joined, w.nodes[n])
	}
	p.joins[key] = joined
	return joined
}

// beside adds what another part of the tree left behind at the same time: of two
// waits the longer one counts.
func (t *trail) beside(w *world, o trail) {
	longest := max(t.cold, o.cold)
	t.join(w, o)
	t.cold = longest
}

// join adds what another part of the tree left behind, which came after it.
func (t *trail) join(w *world, o trail) {
	t.attempts += o.attempts
	t.calls += o.calls
	t.cold += o.cold
	t.path = w.paths.join(w, t.path, o.path)
}
