package topologies

import (
	"slices"

	"windtunnel/topologies/work"
)

// Working is implemented by the kinds that windtunnel itself runs: they embed Workers.
type Working interface{ Incoming() *Workers }

// Incoming returns what the kind does about the requests that come to it.
func (w *Workers) Incoming() *Workers { return w }

// shedding checks that what a node turns away first is something that the
// outside, or another node, may ask for.
func (r *resolver) shedding() {
	if r.app == nil {
		return
	}
	known := r.entryNames()
	for _, c := range r.app.Components {
		known = append(known, c.Name)
		for _, op := range c.Operations {
			known = append(known, op.Name)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, n := range r.t.Nodes {
		working, ok := n.Spec.(Working)
		if !ok || working.Incoming().Shedding == nil {
			continue
		}
		hosting, hosts := n.Spec.(Hosting)
		if _, door := n.Spec.(*Gateway); door {
			hosts = false // it is asked for what others host
		}
		for i, name := range working.Incoming().Shedding.First {
			pos := r.t.at(n, "shedding", "first", itoa(i))
			switch {
			case !slices.Contains(known, name):
				r.problems.Addf(pos, "application %s has no entry, component or operation %q%s", r.app.Name, name, hintOr(name, known))
			case hosts && !slices.Contains(hosting.Hosted(), work.Component(name)):
				r.problems.Addf(pos, "node %s does not host %s: it is never asked for it", n.Name, name)
			}
		}
	}
}
