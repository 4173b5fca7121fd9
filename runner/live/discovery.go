package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// settleTime is what the first instances have to find each other.
const settleTime = 20 * time.Second

// settle returns when every instance is entered in its registries, and has then
// asked for those that it calls: after the first round all are entered, so that
// after the second each knows all.
func (r *run) settle(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for range 2 {
		group, asking := errgroup.WithContext(waiting)
		for name := range r.nodes {
			if !r.asks(name) {
				continue
			}
			for _, c := range r.controls(name) {
				group.Go(func() error {
					err := c.ask(asking, "settle", always(wire.Down{Settle: &wire.Settle{ID: "settle"}}))
					if errors.Is(err, errGone) {
						return nil // its replacement is told what holds by then
					}
					return err
				})
			}
		}
		if err := group.Wait(); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &runner.EnvironmentError{Doing: "have the instances find each other", Err: err}
		}
	}
	return nil
}

// meet returns when an instance that has begun later than the first has asked for
// those that it must find by itself: it is not ready before, whatever came of it.
// With anew, what it was answered earlier does not count.
func (r *run) meet(ctx context.Context, c *control, anew bool) error {
	waiting, cancel := context.WithTimeout(ctx, 2*policy.AskTimeout)
	defer cancel()
	err := c.ask(waiting, "meet", always(wire.Down{Settle: &wire.Settle{ID: "meet", Once: true, Anew: anew}}))
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil // its question is held
	}
	return err
}

// discovers says whether a node's instances have to find others by themselves,
// and do so one by one: the first ones all settle at once.
func (r *run) discovers(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settled && slices.ContainsFunc(r.plan.Graph.Edges, func(e topologies.Edge) bool {
		return e.From == name && e.Policy.Discovery != nil && e.Policy.Discovery.View() != nil
	})
}

// asks says whether a node's instances ask for others, or enter themselves.
func (r *run) asks(name string) bool {
	for _, e := range r.plan.Graph.Edges {
		if e.From == name && e.Naming {
			return true
		}
	}
	return false
}

// leave has an instance take itself off its registries. One that cannot, is off
// once its leases have ended.
func (r *run) leave(ctx context.Context, s *slot) error {
	if s.control == nil || !r.asks(s.node.spec.Name) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	err := s.control.ask(waiting, "leave", always(wire.Down{Leave: &wire.Leave{ID: "leave"}}))
	if ctx.Err() != nil {
		return fmt.Errorf("deregister %s: %w", s.name, ctx.Err())
	}
	if err != nil {
		r.event(record.Event{Kind: record.Note, Node: s.node.spec.Name, Instance: s.name, Reason: "it could not deregister: " + err.Error()})
	}
	return nil
}

// bury notes that an instance has ended, for those who are told of the living alone.
func (r *run) bury(s *slot) {
	r.mu.Lock()
	s.node.buried[s.instance.ID] = true
	r.mu.Unlock()
	name := s.node.spec.Name
	for _, n := range r.plan.Graph.Topology.Nodes {
		if _, calls := r.plan.Graph.Edge(n.Name, name); calls || !r.plan.Told(n.Name, name) {
			continue // callers keep it until it is replaced
		}
		for _, c := range r.controls(n.Name) {
			r.tell(c, n, name)
		}
	}
}

// targets are the counts that a node told, on the run's clock.
func (r *run) targets(callee string, counts []wire.TargetCount) []record.TargetSample {
	var all []record.TargetSample
	for _, c := range counts {
		at, begun := r.journal.since(c.Begin)
		last, _ := r.journal.since(c.Last)
		if begun && at >= 0 {
			all = append(all, record.TargetSample{At: at, Instance: runner.EndpointName(callee, c.Endpoint), Attempts: c.Attempts, Last: last})
		}
	}
	return all
}
