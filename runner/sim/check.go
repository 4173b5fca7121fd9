package sim

import (
	"windtunnel/runner"
	"windtunnel/topologies/decode"
)

// Check says what of a plan cannot be simulated: what a user's own system does
// is known to nobody but itself.
func Check(p *runner.Plan) decode.Problems {
	var problems decode.Problems
	for _, n := range p.Graph.Topology.Nodes {
		if !runner.BuiltIn(n) {
			problems.Addf(n.Pos, "%s is a %s, and what a system of your own does is not known to the simulator: run it --on process or docker", n.Name, n.Kind)
		}
	}
	return problems
}
