package live

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/wire"
)

// introduce connects to a new instance of a built-in node and tells it all that
// it must know: its configuration, the instances that it may call, and the
// effects in force. It returns when the instance has understood.
func (r *run) introduce(ctx context.Context, s *slot, instance *runner.Instance) error {
	differ := newDiffer(s.node.spec.Name, instance.Name)
	c, err := dialControl(ctx, instance.Control, listener{
		event:   func(e wire.Event) { r.nodeEvent(instance, e) },
		metrics: func(m wire.Metrics) { r.nodeMetrics(s.node, differ, m) },
		demand:  func(d wire.Demand) { r.functionOf(s.node).hear(d) },
		spans:   func(s wire.Spans) { r.traces.take(instance, s) },
		invoked: func(all []wire.Invocation) { r.invoked(s.node, all) },
	})
	if err != nil {
		return err
	}
	config := r.plan.NodeConfig(s.node.spec, instance.Name)
	config.Self = s.endpoint(instance)
	took, err := c.configure(ctx, config)
	if err != nil {
		c.close()
		return err
	}
	if now := time.Now(); took > 0 {
		instance.Phases.Configured, instance.Phases.Initialised = now.Add(-took), now
	} else {
		instance.Phases.Configured = now
	}
	// From here on it is told of every change. What has changed before follows, so
	// that nothing falls in between.
	r.mu.Lock()
	s.control = c
	r.mu.Unlock()
	if err := r.instruct(ctx, c, s); err != nil {
		c.close()
		return err
	}
	if r.discovers(s.node.spec.Name) {
		if err := r.meet(ctx, c, false); err != nil {
			c.close()
			return err
		}
		instance.Phases.Discovered = time.Now()
	}
	return nil
}

func (r *run) instruct(ctx context.Context, c *control, s *slot) error {
	for _, other := range r.plan.Graph.Topology.Nodes {
		if r.plan.Told(s.node.spec.Name, other.Name) {
			r.tell(c, s.node.spec, other.Name)
		}
	}
	r.mu.Lock()
	effects := maps.Clone(r.effects)
	r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(effects)) {
		if e := effects[id].effect; e.Node != s.node.spec.Name || !e.InSlot(s.number) {
			continue
		}
		if err := c.ask(ctx, id, func() (wire.Down, bool) { return r.applying(id) }); err != nil {
			return err
		}
	}
	return c.ask(ctx, understood, always(wire.Down{Heal: &wire.Heal{ID: understood}}))
}

// understood is the id of no effect. A node carries out one message after
// another and acknowledges that it has healed what was not there: so it has
// carried out all that was posted before.
const understood = "understood"

// acquaint returns when every instance has understood what it was told so far,
// and has found those that it must find by itself.
func (r *run) acquaint(ctx context.Context) error {
	group, asking := errgroup.WithContext(ctx)
	for name := range r.nodes {
		group.Go(func() error {
			return r.askAll(asking, name, understood, ackTimeout, always(wire.Down{Heal: &wire.Heal{ID: understood}}))
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	r.mu.Lock()
	r.settled = true
	r.mu.Unlock()
	return r.settle(ctx)
}

// tell has an instance told which instances a node has, as it stands when it is told.
func (r *run) tell(c *control, to *topologies.Node, callee string) {
	c.post(letter{key: "endpoints/" + callee, write: func() (wire.Down, bool) {
		return wire.Down{Endpoints: r.endpoints(callee, to.Kind == topologies.DNSKind)}, true
	}})
}

// endpoints returns the instances of a node as its callers should know them; or
// those alone that have not ended, as far as is noticed.
func (r *run) endpoints(name string, living bool) *wire.Endpoints {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nodes[name]
	if external, ok := n.spec.Spec.(*topologies.External); ok {
		return &wire.Endpoints{Node: name, List: []wire.Endpoint{{ID: 1, Name: name, Address: hostPort(external.URL)}}}
	}
	list := slices.Clone(n.endpoints)
	if living {
		list = slices.DeleteFunc(list, func(e wire.Endpoint) bool { return n.buried[e.ID] })
	}
	return &wire.Endpoints{Node: name, List: list}
}

// tellCallers tells every instance that is to know which instances a node has.
func (r *run) tellCallers(name string) {
	r.mu.Lock()
	settled := r.settled
	r.mu.Unlock()
	for _, n := range r.plan.Graph.Topology.Nodes {
		if !r.plan.Told(n.Name, name) || settled && r.plan.Static(n.Name, name) {
			continue
		}
		for _, c := range r.controls(n.Name) {
			r.tell(c, n, name)
		}
	}
}

// controls returns the connections to a node's instances.
func (r *run) controls(name string) []*control { return r.controlsOf(wire.Effect{Node: name}) }

// controlsOf returns the connections to the instances that an effect is done to.
func (r *run) controlsOf(e wire.Effect) []*control {
	r.mu.Lock()
	defer r.mu.Unlock()
	var controls []*control
	for _, s := range r.nodes[e.Node].slots {
		if s.control != nil && e.InSlot(s.number) {
			controls = append(controls, s.control)
		}
	}
	return controls
}

// askAll asks every instance of a node at once, and waits so long for each.
func (r *run) askAll(ctx context.Context, name, id string, wait time.Duration, write func() (wire.Down, bool)) error {
	return ask(ctx, r.controls(name), id, wait, write)
}

// ask asks instances at once, and waits so long for each. One that is gone, or
// frozen by another fault, is no error: its replacement is told what holds by
// then, and a frozen one reads it when it thaws.
func ask(ctx context.Context, controls []*control, id string, wait time.Duration, write func() (wire.Down, bool)) error {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var group errgroup.Group
	for _, c := range controls {
		group.Go(func() error {
			err := c.ask(waiting, id, write)
			if errors.Is(err, errGone) || errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

// hangUp closes every control connection and waits for its goroutines.
func (r *run) hangUp() {
	for name := range r.nodes {
		for _, c := range r.controls(name) {
			c.close()
		}
	}
}

// retire asks every node to stop, so that each sends its last counters. What
// stops is not replaced any more.
func (r *run) retire(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	stop := wire.Down{Stop: &wire.Stop{ID: "retire", Drain: time.Second}}
	var group errgroup.Group
	for name := range r.nodes {
		r.hold(name)
	}
	for name := range r.nodes {
		for _, c := range r.controls(name) {
			group.Go(func() error {
				if c.frozen.Load() {
					return nil // it has counted nothing
				}
				if c.ask(ctx, stop.Stop.ID, always(stop)) != nil {
					return nil // it is dead or frozen; what it counted last is recorded already
				}
				select {
				case <-ctx.Done():
				case <-c.done:
				}
				return nil
			})
		}
	}
	_ = group.Wait() // none of them returns an error
}
