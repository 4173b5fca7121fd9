// Package fault holds the faults: what goes wrong, and to whom. A fault maps its
// settings to effects on the nodes and edges of a topology; engines and backends
// know only those. Each fault is one file.
package fault

import (
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/wire"
)

// Target says what a fault hits: exactly one of component, node and edge.
type Target struct {
	Component string  `yaml:"component" doc:"a component, wherever it is hosted"`
	Node      string  `yaml:"node" doc:"a node of the topology"`
	Edge      *EdgeOf `yaml:"edge" doc:"the calls from one node or component to another"`
}

// EdgeOf names an edge by nodes or by components; an empty From is every caller.
type EdgeOf struct {
	From string `yaml:"from" doc:"the calling node or component; empty: every caller"`
	To   string `yaml:"to" required:"true" doc:"the node or component called"`
}

// Fault is one kind of failure with its settings.
type Fault interface {
	// Effects maps the fault, called name, onto a topology. An error says why
	// it does not apply there (an edge that the topology does not have): that
	// is reported with the run, and is no mistake of the scenario.
	Effects(name string, g *topologies.Graph) ([]wire.Effect, error)
}

// Faults registers the faults by the key that a timeline entry takes.
var Faults = def.NewRegistry[Fault]("fault")
