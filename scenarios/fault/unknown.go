package fault

import (
	"fmt"

	"windtunnel/topologies"
	"windtunnel/topologies/def"
)

// UnknownError says that a fault names something which a topology and its
// application do not have. It may still be a node of another topology that the
// scenario also runs on: only who knows them all can tell a slip from that.
type UnknownError struct {
	What     string   // "component", "node", "component or node"
	Name     string   // as the fault spells it
	Topology string   // where it was looked for
	Known    []string // what there is
	Is       string   // what has that name instead, with how to name it; empty: nothing has
	Why      string   // why what is there is no target; "": it is not there
}

func (e *UnknownError) Error() string {
	if e.Why != "" {
		return e.Why
	}
	return fmt.Sprintf("%s has no %s %q%s", e.Topology, e.What, e.Name, e.Hint())
}

// Hint returns `: did you mean "payments"?`, or what else has that name; "" where
// nothing known is near.
func (e *UnknownError) Hint() string {
	if e.Is != "" {
		return ": it is " + e.Is
	}
	return def.Hint(e.Name, e.Known)
}

func nodes(g *topologies.Graph) []string {
	names := make([]string, len(g.Topology.Nodes))
	for i, n := range g.Topology.Nodes {
		names[i] = n.Name
	}
	return names
}

func components(g *topologies.Graph) []string {
	if g.Application == nil {
		return nil
	}
	names := make([]string, len(g.Application.Components))
	for i, c := range g.Application.Components {
		names[i] = c.Name
	}
	return names
}
