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
	c, err := dialControl(ctx, instance.Control,
		func(e wire.Event) { r.nodeEvent(instance, e) },
		func(m wire.Metrics) { r.nodeMetrics(differ, m) })
	if err != nil {
		return err
	}
	if err := c.configure(ctx, r.plan.NodeConfig(s.node.spec, instance.Name)); err != nil {
		c.close()
		return err
	}
	// From here on it is told of every change. What has changed before follows, so
	// that nothing falls in between.
	r.mu.Lock()
	s.control = c
	r.mu.Unlock()
	if err := r.instruct(ctx, c, s.node); err != nil {
		c.close()
		return err
	}
	return nil
}

func (r *run) instruct(ctx context.Context, c *control, n *node) error {
	for _, e := range r.plan.Graph.Edges {
		if e.From == n.spec.Name {
			r.tell(c, e.To)
		}
	}
	r.mu.Lock()
	effects := maps.Clone(r.effects)
	r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(effects)) {
		if effects[id].effect.Node != n.spec.Name {
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

// acquaint returns when every instance has understood what it was told so far.
func (r *run) acquaint(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for name := range r.nodes {
		group.Go(func() error {
			return r.askAll(ctx, name, understood, ackTimeout, always(wire.Down{Heal: &wire.Heal{ID: understood}}))
		})
	}
	return group.Wait()
}

// tell has an instance told which instances a node has, as it stands when it is told.
func (r *run) tell(c *control, callee string) {
	c.post(letter{key: "endpoints/" + callee, write: func() (wire.Down, bool) {
		return wire.Down{Endpoints: r.endpoints(callee)}, true
	}})
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
	for _, e := range r.plan.Graph.Edges {
		if e.To == name {
			for _, c := range r.controls(e.From) {
				r.tell(c, name)
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

// askAll asks every instance of a node at once, and waits so long for each. One
// that is gone, or frozen by another fault, is no error: its replacement is told
// what holds by then, and a frozen one reads it when it thaws.
func (r *run) askAll(ctx context.Context, name, id string, wait time.Duration, write func() (wire.Down, bool)) error {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	var group errgroup.Group
	for _, c := range r.controls(name) {
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
