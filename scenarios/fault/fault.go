// Package fault holds the faults: what goes wrong, and to whom. A fault maps its
// settings to effects on the nodes and edges of a topology; engines and backends
// know only those. Each fault is one file.
package fault

import (
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/wire"
)

// Fault is one kind of failure with its settings.
type Fault interface {
	// Vet says what is wrong with the settings in themselves, whatever the
	// topology, each with its key. The decoder asks it once it has read them.
	Vet(add func(key, message string))
	// Effects maps the fault, called name, onto a topology. An *UnknownError
	// says that the topology has nothing of that name. Any other error says why
	// the fault does not apply there (an edge that the topology does not have):
	// that is reported with the run, and is no mistake of the scenario. The
	// graph must be a valid one, and the settings such that Vet adds nothing.
	Effects(name string, g *topologies.Graph) ([]wire.Effect, error)
}

// Faults registers the faults by the key that a timeline entry takes.
var Faults = def.NewRegistry[Fault]("fault")
