package runner

import (
	"net/url"
	"slices"
	"time"

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
	Wall      time.Time // the wall clock at the run's begin, by which the expiry of tokens is judged where time is virtual
}

// PlannedFault is a fault laid onto the plan's topology.
type PlannedFault struct {
	scenarios.FaultPlan
	Effects       []wire.Effect
	NotApplicable string // why the fault has no effect here; "" where it has
}

// Replaced is why a fault that is Momentary is healed as soon as it was done.
const Replaced = "over at once: its supervisor replaces what died"

// Momentary says whether the fault is over as soon as it is done: a kill that
// holds nothing down. How long the system then needs is its recovery.
func (f *PlannedFault) Momentary() bool {
	return f.For == 0 && len(f.Effects) > 0 &&
		!slices.ContainsFunc(f.Effects, func(e wire.Effect) bool { return e.Kind != wire.Kill })
}

// NewPlan lays a scenario onto a graph. A fault that this topology cannot have
// stays in the plan, marked; whether any topology has it is for the loader.
func NewPlan(run string, s *scenarios.Scenario, g *topologies.Graph, seed uint64, spinPerMS float64) *Plan {
	p := &Plan{Run: run, Scenario: s, Graph: g, Seed: seed, SpinPerMS: spinPerMS, Wall: time.Now()}
	for _, f := range s.Faults {
		planned := PlannedFault{FaultPlan: f}
		effects, err := f.Fault.Effects(f.Name, g)
		if err != nil {
			planned.NotApplicable = err.Error()
		}
		planned.Effects = effects
		p.Faults = append(p.Faults, planned)
	}
	return p
}

// Problems says what no engine can do with the plan, at the place that asks for it.
func (p *Plan) Problems() decode.Problems {
	var problems decode.Problems
	for _, n := range p.Graph.Topology.Nodes {
		external, ok := n.Spec.(*topologies.External)
		if !ok || !p.called(n.Name) {
			continue
		}
		u, err := url.Parse(external.URL)
		switch {
		case err != nil:
			problems.Addf(n.Pos, "%s: %v", n.Name, err)
		case u.Scheme == "https":
			problems.Addf(n.Pos, "%s is called by other nodes over https, which only entries can be: use http, or put a TLS terminator before it", n.Name)
		case u.Path != "" && u.Path != "/":
			problems.Addf(n.Pos, "%s is called by other nodes, so its url must end with the port: put %s into the paths of its requests", n.Name, u.Path)
		}
	}
	return problems
}

func (p *Plan) called(node string) bool {
	for _, e := range p.Graph.Edges {
		if e.To == node {
			return true
		}
	}
	return false
}
