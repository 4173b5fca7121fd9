package sim

import (
	"maps"
	"slices"

	"windtunnel/runner/record"
)

// fittedOn says what the runs were, and what they went up to.
func fittedOn(replays []*replay) FittedOn {
	first := replays[0].run.Identity
	f := FittedOn{Runs: len(replays), Backend: first.Backend, Environment: first.Environment}
	add := func(to *[]string, name string) {
		if !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
	hosts, foreign, steal, did := 0.0, 0.0, 0.0, newSeen()
	for _, r := range replays {
		id := r.run.Identity
		add(&f.Scenarios, id.Scenario)
		add(&f.Topologies, id.Topology)
		for _, n := range id.Nodes {
			add(&f.Kinds, n.Kind)
		}
		f.Requests += len(r.asked)
		f.addRates(r)
		b := newBusy(float64(id.Environment.Cores), id.Nodes)
		for _, s := range r.run.Nodes {
			b.add(s)
			did.node(s)
			if !r.calm(s.At - s.Interval/2) {
				continue
			}
			switch s.Node {
			case record.HostNode:
				hosts += s.Interval.Seconds()
				foreign += s.CPU.Seconds()
			case record.StealNode:
				steal += s.CPU.Seconds()
			default:
				foreign -= s.CPU.Seconds()
			}
		}
		b.close()
		for _, e := range r.run.Edges {
			did.edge(e)
		}
		f.HostBusy = max(f.HostBusy, b.host)
		f.LimitBusy = max(f.LimitBusy, b.limit)
	}
	f.Operations, f.Edges = slices.Sorted(maps.Keys(did.operations)), slices.Sorted(maps.Keys(did.edges))
	if hosts > 0 {
		f.Foreign, f.Steal = max(foreign, 0)/hosts, steal/hosts
	}
	return f
}

// addRates takes in how many requests a second each measured phase had.
func (f *FittedOn) addRates(r *replay) {
	counts := map[string]int{}
	for q, err := range r.run.Requests() {
		if err == nil {
			counts[q.Phase]++
		}
	}
	for _, p := range r.run.Identity.Phases {
		if !p.Warmup && p.For > 0 && counts[p.Name] > 0 {
			f.Rate.include(r.standsFor() * float64(counts[p.Name]) / p.For.Duration().Seconds())
		}
	}
}
