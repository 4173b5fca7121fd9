package process

import (
	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/wire"
)

// Backend runs instances as processes of this machine.
type Backend struct {
	Program string // path of the node program; empty: backend.NodeProgram finds it
}

// Name returns "process".
func (Backend) Name() string { return "process" }

// Check says what of the plan cannot be had with processes: images, and harm to
// systems that were not started here.
func (Backend) Check(p *runner.Plan) decode.Problems {
	var problems decode.Problems
	for _, n := range p.Graph.Topology.Nodes {
		if c, ok := n.Spec.(*topologies.Container); ok && c.Image != "" {
			problems.Addf(n.Pos, "process backend cannot run image %q of %s: give command: alone, or run it --on docker", c.Image, n.Name)
		}
	}
	for _, f := range p.Faults {
		for _, e := range f.Effects {
			n := p.Graph.Topology.Node(e.Node)
			if n == nil || e.OnNode() {
				continue
			}
			switch _, external := n.Spec.(*topologies.External); {
			case external:
				problems.Addf(f.Pos, "process backend cannot %s %s: it is external and was not started here", e.Kind, n.Name)
			case e.Kind != wire.Kill && e.Kind != wire.Pause:
				problems.Addf(f.Pos, "process backend cannot %s %s", e.Kind, n.Name)
			}
		}
	}
	problems.Sort()
	return problems
}
