package main

import (
	"strings"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	"windtunnel/topologies/draw"
	"windtunnel/topologies/policy"
)

// identity says what the run is a run of, for the record.
func identity(plan *runner.Plan, j job, s *runSettings, began time.Time) record.Identity {
	scenario, graph := plan.Scenario, plan.Graph
	id := record.Identity{
		Run: plan.Run, Began: began, Engine: j.venue.engine(), Backend: j.venue.backendName(),
		Scenario: scenario.Name, Topology: graph.Topology.Name, Application: graph.Topology.Application,
		Params: j.input.Params, Set: j.input.Set, Seed: plan.Seed, Command: s.command, Digest: j.input.Digest,
		Work: j.input.Work, Strict: s.strict, Version: versionText(), Environment: s.environment, SpinPerMS: plan.SpinPerMS,
		Calibration: j.venue.calibration.Name(),
		Generator: record.Generator{
			Timeout:        record.Millis(scenario.Generator.Timeout),
			MaxLateness:    record.Millis(scenario.Generator.MaxLateness),
			MaxSteal:       (*float64)(&scenario.Generator.MaxSteal),
			MaxConnections: scenario.Generator.MaxConnections, MaxInFlight: scenario.Generator.MaxInFlight,
		},
	}
	if !s.whole {
		id.Sampling = record.SamplingFor(plan.ExpectedRequests())
	}
	for i, p := range scenario.Phases {
		id.Phases = append(id.Phases, record.Phase{Name: p.Name, Begin: record.Millis(scenario.Begin(i)),
			For: record.Millis(p.For), Warmup: p.Warmup, Rate: meanRate(p),
			Load: nameOf(arrival.Processes, p.Load) + " " + settingsWords(p.Load, "entries")}) // a trace may have a thousand
	}
	for _, m := range scenario.Mix {
		id.Mix = append(id.Mix, record.MixShare{Entry: m.Entry, Weight: m.Weight})
	}
	for _, e := range graph.Entries {
		id.Entries = append(id.Entries, e.Name)
	}
	for _, t := range graph.Timers {
		id.Timers = append(id.Timers, t.Name)
	}
	for _, f := range scenario.Faults {
		id.Faults = append(id.Faults, record.Fault{Name: f.Name, Kind: nameOf(fault.Faults, f.Fault),
			Target: settingsWords(f.Fault), At: record.Millis(f.At), For: record.Millis(f.For)})
	}
	for i, c := range scenario.Checks {
		id.Checks = append(id.Checks, c.Text)
		id.CheckPlaces = append(id.CheckPlaces, scenario.CheckPlace(i).String())
	}
	for _, n := range graph.Topology.Nodes {
		node := record.Node{Name: n.Name, Kind: n.Kind, Replicas: n.Replicas, CPU: float64(n.CPU), Memory: int64(n.Memory)}
		if hosting, ok := n.Spec.(topologies.Hosting); ok {
			node.Hosts = hosting.Hosted()
		}
		switch s := n.Spec.(type) {
		case *topologies.Function:
			node.Concurrency = s.Concurrency
			if n.Scaler != nil {
				node.Provisioned = n.Scaler.Kept()
			}
		case *topologies.Service:
			if n.Scaler != nil {
				node.Concurrency = s.Concurrency
			}
		}
		if n.Scaler != nil {
			node.Scaler = strings.TrimSpace(nameOf(policy.Scalers, n.Scaler) + " " + settingsWords(n.Scaler))
		}
		id.Nodes = append(id.Nodes, node)
	}
	for _, e := range graph.Edges {
		edge := record.Edge{From: e.From, To: e.To, Policy: draw.PolicyWords(e.Policy)}
		if d := e.Policy.Discovery; d != nil {
			edge.Discovery = draw.DiscoveryWords(d)
		}
		id.Edges = append(id.Edges, edge)
	}
	return id
}

// meanRate is the declared rate over a phase; 0 for users, whose rate depends
// on the replies.
func meanRate(p scenarios.Phase) float64 {
	if open, ok := p.Load.(arrival.Open); ok {
		return arrival.MeanRate(open, p.For)
	}
	return 0
}
