package sim

import (
	"fmt"
	"maps"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// sampler writes the series once a second, as the live engine does, or more
// seldom where that makes too many rows.
type sampler struct {
	last  policy.Instant
	every time.Duration // 0: sampleEvery
}

const (
	sampleEvery = time.Second
	maxRows     = 500_000 // of the series, about: reports hold them all in memory
)

// usualFleet is how many instances a scaled node is taken to have, for the
// bound on the rows.
const usualFleet = 4

// newSampler says how often it looks, and why, where that is not every second.
func newSampler(w *world) (s *sampler, why string) {
	instances, rows := 0, 0
	for _, n := range w.nodes {
		up := len(n.slots)
		if n.fleet != nil {
			up = max(up, usualFleet)
		}
		instances += up
		rows += up * (1 + len(n.ops) + len(n.config.Edges))
	}
	looks := int(w.plan.Scenario.Length()/sampleEvery) + 1
	seconds := (rows*looks + maxRows - 1) / maxRows
	if seconds <= 1 {
		return &sampler{every: sampleEvery}, ""
	}
	s = &sampler{every: time.Duration(seconds) * sampleEvery}
	return s, fmt.Sprintf("the series has a row every %v instead of every second: %d instances would make too many", s.every, instances)
}

func (s *sampler) act(w *world, _ uint64) {
	s.sample(w)
	w.after(max(s.every, sampleEvery), bySample, s, 0)
}

// sample records what each live instance did since the last time.
func (s *sampler) sample(w *world) {
	interval := w.now.Sub(s.last)
	if interval <= 0 {
		return
	}
	s.last = w.now
	machine := w.load.sample(w, interval)
	for _, n := range w.nodes {
		if n.fleet != nil && n.fleet.front == nil {
			n.fleet.stir(w) // the live engine hears of its instances every second
		}
		for _, i := range n.up() {
			machine += i.sample(w, interval)
		}
	}
	if w.costs.Generate > 0 {
		w.recorder.Node(record.NodeSample{At: time.Duration(w.now), Node: record.HostNode, CPU: machine, Interval: interval})
	}
}

// sample records what the generator spent, where its cost is known.
func (g *generator) sample(w *world, interval time.Duration) time.Duration {
	if w.costs.Generate == 0 {
		return 0
	}
	spent := g.cpu.take(w) + time.Duration(w.costs.GenerateIdle*float64(interval))
	w.recorder.Node(record.NodeSample{At: time.Duration(w.now), Node: record.GeneratorNode, CPU: spent, Interval: interval})
	return spent
}

// sample records what an instance did, and returns the CPU time that it spent.
func (i *instance) sample(w *world, interval time.Duration) time.Duration {
	spent := i.cpu.take(w)
	idle := time.Duration(w.costs.Idle * float64(interval))
	if limit := time.Duration(i.cpu.quota * float64(interval)); limit > 0 {
		idle = min(idle, max(0, limit-spent)) // at its limit an instance is never idle
	}
	spent += idle
	c, at := &i.count, time.Duration(w.now)
	sample := record.NodeSample{At: at, Node: i.node.spec.Name, Instance: i.name, Interval: interval,
		CPU:    spent,
		Served: c.served - i.last.served, Failed: c.failed - i.last.failed, Rejected: c.rejected - i.last.rejected,
		InFlight: i.workers.InFlight(), Queued: i.workers.Waiting()}
	if i.latencies != nil {
		sample.Latency = i.latencies.Take()
	}
	sample.Cache = i.kept.sample()
	if i.front != nil {
		d := i.front.machine.Demand(w.now, nil)
		sample.InFlight, sample.Queued = d.InFlight, d.Queued
	}
	for _, name := range i.node.opNames {
		at := i.node.ops[name].index
		now, was := &c.operations[at], &i.last.operations[at]
		sample.Operations = append(sample.Operations, record.OperationSample{Name: name, Count: now.count - was.count,
			Failed: now.failed - was.failed, Service: now.service - was.service, Wait: now.wait - was.wait})
	}
	w.recorder.Node(sample)
	operations := append(i.last.operations[:0], c.operations...)
	i.last = *c
	i.last.operations = operations
	for _, e := range i.edges {
		now := e.machine.Counters()
		if i.front != nil {
			now = i.front.count
			now.Failed = maps.Clone(now.Failed)
		}
		w.recorder.Edge(record.EdgeSample{At: at, From: i.node.spec.Name, Instance: i.name, To: e.to.spec.Name,
			Calls: now.Calls - e.last.Calls, Attempts: now.Attempts - e.last.Attempts,
			Failed: failures(now) - failures(e.last), Breaker: e.machine.State(), Latency: now.Latency - e.last.Latency,
			Hedges: now.Hedges - e.last.Hedges, Rejected: now.Rejected - e.last.Rejected, Fallbacks: now.Fallbacks - e.last.Fallbacks,
			Cache: e.cache.sample(), ViewAge: e.viewAge(w), Targets: e.targets(w)})
		e.last = now
	}
	return spent
}

// sample is what the cache did since the last one, of none nothing.
func (k *cache) sample() record.CacheSample {
	if k == nil {
		return record.CacheSample{}
	}
	now := k.machine.Counters()
	values, _ := k.machine.Len()
	s := record.CacheSample{CacheCounters: now.Minus(k.last), Values: values}
	k.last = now
	return s
}

func failures(c policy.Counters) uint64 {
	total := uint64(0)
	for _, n := range c.Failed { // a sum, whatever the order
		total += n
	}
	return total
}
