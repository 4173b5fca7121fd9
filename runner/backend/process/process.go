package process

import (
	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
)

// Backend runs instances as processes of this machine.
type Backend struct {
	Program string // path of the node program; empty: backend.NodeProgram finds it
}

// Name returns "process".
func (Backend) Name() string { return "process" }

// Check says what of the plan cannot be had with processes: images.
func (Backend) Check(p *runner.Plan) decode.Problems {
	var problems decode.Problems
	for _, n := range p.Graph.Topology.Nodes {
		if c, ok := n.Spec.(*topologies.Container); ok && c.Image != "" {
			problems.Addf(n.Pos, "process backend cannot run image %q of %s: give command: alone, or run it --on docker", c.Image, n.Name)
		}
	}
	problems.Sort()
	return problems
}
