package main

import (
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	"windtunnel/topologies/draw"
)

// identity says what the run is a run of, for the record.
func identity(plan *runner.Plan, j job, s *runSettings, began time.Time) record.Identity {
	scenario, graph := plan.Scenario, plan.Graph
	id := record.Identity{
		Run: plan.Run, Began: began, Engine: s.venue.engine(), Backend: s.venue.backendName(),
		Scenario: scenario.Name, Topology: graph.Topology.Name, Application: graph.Topology.Application,
		Params: j.input.Params, Seed: plan.Seed, Command: s.command, Digest: j.input.Digest,
		Work: j.input.Work, Strict: s.strict, Version: versionText(), Environment: s.environment, SpinPerMS: plan.SpinPerMS,
		Calibration: s.venue.calibration.Name(),
		Sampling:    record.SamplingFor(plan.ExpectedRequests()),
		Generator: record.Generator{
			Timeout:        record.Millis(scenario.Generator.Timeout),
			MaxLateness:    record.Millis(scenario.Generator.MaxLateness),
			MaxConnections: scenario.Generator.MaxConnections, MaxInFlight: scenario.Generator.MaxInFlight,
		},
	}
	for i, p := range scenario.Phases {
		id.Phases = append(id.Phases, record.Phase{Name: p.Name, Begin: record.Millis(scenario.Begin(i)),
			For: record.Millis(p.For), Warmup: p.Warmup, Rate: meanRate(p),
			Load: nameOf(arrival.Processes, p.Load) + " " + settingsWords(p.Load)})
	}
	for _, m := range scenario.Mix {
		id.Mix = append(id.Mix, record.MixShare{Entry: m.Entry, Weight: m.Weight})
	}
	for _, e := range graph.Entries {
		id.Entries = append(id.Entries, e.Name)
	}
	for _, f := range scenario.Faults {
		id.Faults = append(id.Faults, record.Fault{Name: f.Name, Kind: nameOf(fault.Faults, f.Fault),
			Target: settingsWords(f.Fault), At: record.Millis(f.At), For: record.Millis(f.For)})
	}
	for _, c := range scenario.Checks {
		id.Checks = append(id.Checks, c.Text)
	}
	for _, n := range graph.Topology.Nodes {
		node := record.Node{Name: n.Name, Kind: n.Kind, Replicas: n.Replicas, CPU: float64(n.CPU), Memory: int64(n.Memory)}
		if hosting, ok := n.Spec.(topologies.Hosting); ok {
			node.Hosts = hosting.Hosted()
		}
		id.Nodes = append(id.Nodes, node)
	}
	for _, e := range graph.Edges {
		id.Edges = append(id.Edges, record.Edge{From: e.From, To: e.To, Policy: draw.PolicyWords(e.Policy)})
	}
	return id
}

// meanRate is the declared rate over a phase, by a hundred equal parts; 0 for
// users, whose rate depends on the replies.
func meanRate(p scenarios.Phase) float64 {
	open, ok := p.Load.(arrival.Open)
	if !ok {
		return 0
	}
	const parts = 100
	total := 0.0
	for i := range parts {
		total += open.Rate(time.Duration((float64(i)+0.5)/parts*float64(p.For)), p.For)
	}
	return total / parts
}
