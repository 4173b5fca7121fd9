package sim

import "strings"

// trail is what a request left behind on its way, as the node program's own.
type trail struct {
	attempts, calls uint32
	path            trailPath
}

// trailPath is the nodes that took part, in order, by their index plus one: 16
// of them at most, packed, so that a path needs no memory.
type trailPath struct{ low, high uint64 }

const trailLength = 16

func (p *trailPath) at(i int) uint8 {
	if i < 8 {
		return uint8(p.low >> (8 * i))
	}
	return uint8(p.high >> (8 * (i - 8)))
}

// visit appends a node, unless it is there or there is no room.
func (p *trailPath) visit(node uint8) {
	for i := range trailLength {
		switch p.at(i) {
		case node + 1:
			return
		case 0:
			if i < 8 {
				p.low |= uint64(node+1) << (8 * i)
			} else {
				p.high |= uint64(node+1) << (8 * (i - 8))
			}
			return
		}
	}
}

// join adds what another part of the tree left behind.
func (t *trail) join(o *trail) {
	t.attempts += o.attempts
	t.calls += o.calls
	for i := range trailLength {
		n := o.path.at(i)
		if n == 0 {
			return
		}
		t.path.visit(n - 1)
	}
}

// pathText spells a path as the record has it.
func (w *world) pathText(p trailPath) string {
	if text, ok := w.paths[p]; ok {
		return text
	}
	var names []string
	for i := range trailLength {
		if n := p.at(i); n > 0 {
			names = append(names, w.nodes[n-1].spec.Name)
		}
	}
	text := strings.Join(names, ">")
	w.paths[p] = text
	return text
}
