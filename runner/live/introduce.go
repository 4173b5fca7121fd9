package live

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/wire"
)

// introduce connects to a new instance of a built-in node and tells it all that
// it must know: its configuration, the instances that it may call, and the
// effects in force.
func (r *run) introduce(ctx context.Context, n *node, instance *runner.Instance) (*control, error) {
	differ := newDiffer(n.spec.Name, instance.Name)
	c, err := dialControl(ctx, instance.Control,
		func(e wire.Event) { r.nodeEvent(instance, e) },
		func(m wire.Metrics) { r.nodeMetrics(differ, m) })
	if err != nil {
		return nil, err
	}
	if err := r.instruct(ctx, c, n, instance); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (r *run) instruct(ctx context.Context, c *control, n *node, instance *runner.Instance) error {
	if err := c.configure(ctx, r.plan.NodeConfig(n.spec, instance.Name)); err != nil {
		return err
	}
	for _, e := range r.plan.Graph.Edges {
		if e.From == n.spec.Name {
			if err := c.send(wire.Down{Endpoints: r.endpoints(e.To)}); err != nil {
				return err
			}
		}
	}
	r.mu.Lock()
	effects := maps.Clone(r.effects)
	r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(effects)) {
		if effects[id].Node != n.spec.Name {
			continue
		}
		if err := c.ask(ctx, id, wire.Down{Apply: &wire.Apply{ID: id, Effect: effects[id]}}); err != nil {
			return err
		}
	}
	return nil
}

// endpoints returns the instances of a node as its callers should know them.
func (r *run) endpoints(name string) *wire.Endpoints {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nodes[name]
	if external, ok := n.spec.Spec.(*topologies.External); ok {
		return &wire.Endpoints{Node: name, List: []wire.Endpoint{{ID: 1, Name: name, Address: hostPort(external.URL)}}}
	}
	return &wire.Endpoints{Node: name, List: slices.Clone(n.endpoints)}
}

// tellCallers tells every instance that may call a node which instances it has.
func (r *run) tellCallers(name string) {
	message := wire.Down{Endpoints: r.endpoints(name)}
	for _, e := range r.plan.Graph.Edges {
		if e.To == name {
			for _, c := range r.controls(e.From) {
				// One that cannot be told is dead or frozen: its replacement is told
				// when it is introduced, and a frozen one reads it when it thaws.
				if err := c.send(message); err != nil {
					r.log.Debug("tell a caller its endpoints", zap.String("caller", e.From), zap.Error(err))
				}
			}
		}
	}
}

// controls returns the connections to a node's instances.
func (r *run) controls(name string) []*control {
	r.mu.Lock()
	defer r.mu.Unlock()
	var controls []*control
	for _, s := range r.nodes[name].slots {
		if s.control != nil {
			controls = append(controls, s.control)
		}
	}
	return controls
}

// hangUp closes every control connection and waits for its reader.
func (r *run) hangUp() {
	for name := range r.nodes {
		for _, c := range r.controls(name) {
			c.close()
		}
	}
}

// nodeEvent records what a node told.
func (r *run) nodeEvent(instance *runner.Instance, e wire.Event) {
	event := record.Event{Kind: record.Note, Node: instance.Node, Instance: instance.Name,
		Name: e.Kind, From: e.From, To: e.To, Reason: e.Reason}
	if e.Kind == "breaker" {
		event.Kind, event.Name = record.BreakerState, e.Endpoint
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

// retire asks every node to stop, so that each sends its last counters.
func (r *run) retire(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	done := make(chan struct{})
	asked := 0
	for name := range r.nodes {
		for _, c := range r.controls(name) {
			asked++
			go func() {
				defer func() { done <- struct{}{} }()
				if c.ask(ctx, "retire", wire.Down{Stop: &wire.Stop{ID: "retire", Drain: time.Second}}) != nil {
					return // it is dead or frozen; what it counted last is recorded already
				}
				select {
				case <-ctx.Done():
				case <-c.done:
				}
			}()
		}
	}
	for range asked {
		<-done
	}
}
