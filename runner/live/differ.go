package live

import (
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/wire"
)

// differ turns the counters of one instance into samples of what they grew by.
type differ struct {
	node, instance string
	last           wire.Metrics
	edges          map[string]wire.EdgeMetrics
	operations     map[string]wire.OperationMetrics
}

func newDiffer(node, instance string) *differ {
	return &differ{node: node, instance: instance,
		edges: map[string]wire.EdgeMetrics{}, operations: map[string]wire.OperationMetrics{}}
}

// next returns the growth since the call before; the caller fills in At.
func (d *differ) next(m wire.Metrics) (record.NodeSample, []record.EdgeSample) {
	sample := record.NodeSample{
		Node: d.node, Instance: d.instance,
		CPU: m.CPU - d.last.CPU, Memory: m.Memory,
		Served: m.Served - d.last.Served, Failed: m.Failed - d.last.Failed, Rejected: m.Rejected - d.last.Rejected,
		InFlight: m.InFlight, Queued: m.Queued, Latency: m.Latency,
		Interval: time.Second,
	}
	if !d.last.At.IsZero() {
		sample.Interval = m.At.Sub(d.last.At)
	}
	for _, o := range m.Operations {
		was := d.operations[o.Name]
		sample.Operations = append(sample.Operations, record.OperationSample{
			Name: o.Name, Count: o.Count - was.Count, Failed: o.Failed - was.Failed,
			Service: o.Service - was.Service, Wait: o.Wait - was.Wait})
		d.operations[o.Name] = o
	}
	sample.Cache = grown(m.Cache, d.last.Cache)
	var edges []record.EdgeSample
	for _, e := range m.Edges {
		was := d.edges[e.To]
		edges = append(edges, record.EdgeSample{
			From: d.node, Instance: d.instance, To: e.To,
			Calls: e.Calls - was.Calls, Attempts: e.Attempts - was.Attempts,
			Failed: failures(e) - failures(was), Breaker: e.Breaker, Latency: e.Latency - was.Latency,
			Hedges: e.Hedges - was.Hedges, Rejected: e.Rejected - was.Rejected, Fallbacks: e.Fallbacks - was.Fallbacks,
			Cache: grown(e.Cache, was.Cache), ViewAge: e.ViewAge})
		d.edges[e.To] = e
	}
	d.last = m
	return sample, edges
}

// grown is what a cache did since it was last told of; nil is no cache.
func grown(now, was *wire.CacheMetrics) record.CacheSample {
	if now == nil {
		return record.CacheSample{}
	}
	if was == nil {
		was = &wire.CacheMetrics{}
	}
	return record.CacheSample{CacheCounters: now.CacheCounters.Minus(was.CacheCounters), Values: now.Values}
}

func failures(e wire.EdgeMetrics) uint64 {
	total := uint64(0)
	for _, n := range e.Failed {
		total += n
	}
	return total
}
