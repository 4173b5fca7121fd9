package live

import (
	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/wire"
)

// nodeEvent records what a node told.
func (r *run) nodeEvent(instance *runner.Instance, e wire.Event) {
	event := record.Event{Kind: record.Note, Node: instance.Node, Instance: instance.Name,
		Name: e.Kind, From: e.From, To: e.To, Reason: e.Reason}
	switch e.Kind {
	case "breaker":
		event.Kind, event.Name = record.BreakerState, e.Endpoint
	case "effect":
		event.Kind, event.Name = record.EffectState, e.Name
	}
	if e.Edge != "" {
		event.Edge = instance.Node + ">" + e.Edge
	}
	r.journal.event(e.At, event)
}

// nodeMetrics records a node's counters as what they grew since the last time.
func (r *run) nodeMetrics(d *differ, m wire.Metrics) {
	at, begun := r.journal.since(m.At)
	node, edges := d.next(m)
	if !begun || at < 0 {
		return // the deployment's own seconds belong to no phase
	}
	node.At = at
	r.recorder.Node(node)
	for _, e := range edges {
		e.At = at
		r.recorder.Edge(e)
	}
}
