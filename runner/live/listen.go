package live

import (
	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/wire"
)

// nodeEvent records what a node told.
func (r *run) nodeEvent(instance *runner.Instance, e wire.Event) {
	event := record.Event{Kind: record.Note, Node: instance.Node, Instance: instance.Name,
		Name: e.Kind, From: e.From, To: e.To, Reason: e.Reason}
	if e.Kind == "effect" {
		event.Kind, event.Name = record.EffectState, e.Name
	} else {
		event.Kind, event.Name = record.StateOf(e.Kind, e.Endpoint)
	}
	if e.Edge != "" {
		event.Edge = instance.Node + ">" + e.Edge
	}
	r.journal.event(e.At, event)
}

// nodeMetrics records a node's counters as what they grew since the last time.
func (r *run) nodeMetrics(n *node, d *differ, m wire.Metrics) {
	at, begun := r.journal.since(m.At)
	node, edges := d.next(m)
	if n.fleet != nil {
		n.fleet.gauge(node.Instance, m, node.CPU)
	}
	if !begun || at < 0 {
		return // the deployment's own seconds belong to no phase
	}
	node.At = at
	r.recorder.Node(node)
	for i, e := range edges {
		e.At, e.Targets = at, r.targets(e.To, m.Edges[i].Targets)
		r.recorder.Edge(e)
	}
}

// functionOf returns the fleet of the function that a front stands before.
func (r *run) functionOf(front *node) *fleet {
	return r.nodes[front.spec.Spec.(*topologies.Front).Function].fleet
}

// invoked records what became of invocations.
func (r *run) invoked(front *node, all []wire.Invocation) {
	fleet := r.functionOf(front)
	for _, i := range all {
		at, begun := r.journal.since(i.Began)
		if !begun {
			continue
		}
		name := fleet.node.spec.Name
		if i.Left {
			if fleet.wasStarting(i.Began.Add(i.Cold)) {
				r.recorder.Invocation(record.Invocation{At: at, Node: name, Cold: i.Cold, Memory: fleet.node.spec.Memory, Cause: i.Cause, Left: true})
			}
			continue
		}
		r.recorder.Invocation(record.Invocation{At: at, Node: name, Instance: runner.EndpointName(name, i.Endpoint),
			Duration: i.Duration, Init: fleet.takeInit(i.Endpoint), Cold: i.Cold, Memory: fleet.node.spec.Memory, Cause: i.Cause})
	}
}
