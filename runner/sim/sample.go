package sim

import (
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// sampler writes the series once a second, as the live engine does.
type sampler struct{ last policy.Instant }

const sampleEvery = time.Second

func (s *sampler) act(w *world, _ uint64) {
	s.sample(w)
	w.after(sampleEvery, bySample, s, 0)
}

// sample records what each live instance did since the last time.
func (s *sampler) sample(w *world) {
	interval := w.now.Sub(s.last)
	if interval <= 0 {
		return
	}
	s.last = w.now
	for _, n := range w.nodes {
		for _, i := range n.up() {
			i.sample(w, interval)
		}
	}
}

func (i *instance) sample(w *world, interval time.Duration) {
	i.cpu.advance(w)
	c, at := &i.count, time.Duration(w.now)
	sample := record.NodeSample{At: at, Node: i.node.spec.Name, Instance: i.name, Interval: interval,
		CPU:    time.Duration((i.cpu.spent - i.cpu.sampled) * 1e9),
		Served: c.served - i.last.served, Failed: c.failed - i.last.failed, Rejected: c.rejected - i.last.rejected,
		InFlight: i.workers.InFlight(), Queued: i.workers.Waiting()}
	i.cpu.sampled = i.cpu.spent
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
		w.recorder.Edge(record.EdgeSample{At: at, From: i.node.spec.Name, Instance: i.name, To: e.to.spec.Name,
			Calls: now.Calls - e.last.Calls, Attempts: now.Attempts - e.last.Attempts,
			Failed: failures(now) - failures(e.last), Breaker: e.machine.State(), Latency: now.Latency - e.last.Latency})
		e.last = now
	}
}

func failures(c policy.Counters) uint64 {
	total := uint64(0)
	for _, n := range c.Failed { // a sum, whatever the order
		total += n
	}
	return total
}
