package runner

import (
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/wire"
)

// Plan is everything an engine must know to execute one run.
type Plan struct {
	Run       string // the run's id: short, unique, lower case
	Scenario  *scenarios.Scenario
	Graph     *topologies.Graph
	Seed      uint64
	SpinPerMS float64 // compute calibration of this machine
	Faults    []PlannedFault
}

// PlannedFault is a fault laid onto the plan's topology.
type PlannedFault struct {
	scenarios.FaultPlan
	Effects       []wire.Effect
	NotApplicable string // why the fault has no effect here; "" where it has
}

// NewPlan lays a scenario onto a graph. Faults that this topology cannot have
// are kept and marked; a fault that names what exists nowhere is a problem.
func NewPlan(run string, s *scenarios.Scenario, g *topologies.Graph, seed uint64) (*Plan, decode.Problems) {
	p := &Plan{Run: run, Scenario: s, Graph: g, Seed: seed}
	for _, f := range s.Faults {
		planned := PlannedFault{FaultPlan: f}
		effects, err := f.Fault.Effects(f.Name, g)
		if err != nil {
			planned.NotApplicable = err.Error()
		}
		planned.Effects = effects
		p.Faults = append(p.Faults, planned)
	}
	return p, nil
}
