package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/wire"
)

// leaseMargin is how much longer than its fault an effect may live on a node
// that the runner no longer reaches.
const leaseMargin = 10 * time.Second

// timeline begins and heals the plan's faults at their instants. When ctx ends,
// whatever is in force is healed before it returns.
func (r *run) timeline(ctx context.Context, began time.Time) error {
	group, ctx := errgroup.WithContext(ctx)
	for i, f := range r.plan.Faults {
		if f.NotApplicable != "" {
			r.event(record.Event{Kind: record.FaultSkipped, Name: f.Name, Reason: f.NotApplicable})
			continue
		}
		group.Go(func() error { return r.fault(ctx, began, i, f) })
	}
	return group.Wait()
}

func (r *run) fault(ctx context.Context, began time.Time, index int, f runner.PlannedFault) error {
	if !sleepUntil(ctx, began.Add(f.At)) {
		return nil
	}
	// Written before it is done: a record that is cut off here tells what may be in force.
	r.event(record.Event{Kind: record.FaultBegan, Name: f.Name})
	heal, err := r.apply(ctx, index, f)
	if err != nil {
		err = errors.Join(err, heal(context.WithoutCancel(ctx)))
		return &runner.EnvironmentError{Doing: "begin fault " + f.Name, Err: err}
	}
	reason := ""
	if f.For == 0 {
		<-ctx.Done()
		reason = "end of the run"
	} else if !sleepUntil(ctx, began.Add(f.At+f.For)) {
		reason = "end of the run"
	}
	healing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err = heal(healing)
	r.event(record.Event{Kind: record.FaultHealed, Name: f.Name, Reason: reason})
	if err != nil {
		return &runner.EnvironmentError{Doing: "heal fault " + f.Name, Err: err}
	}
	return nil
}

// apply carries out a fault's effects. The function it returns undoes whatever
// took effect, also after an error.
func (r *run) apply(ctx context.Context, index int, f runner.PlannedFault) (func(context.Context) error, error) {
	var heals []func(context.Context) error
	healAll := func(ctx context.Context) error {
		var all []error
		for i := len(heals) - 1; i >= 0; i-- {
			all = append(all, heals[i](ctx))
		}
		return errors.Join(all...)
	}
	for i, e := range f.Effects {
		id := fmt.Sprintf("%s/%d.%d", f.Name, index, i)
		heal, err := r.effect(ctx, id, e, f.For)
		if heal != nil {
			heals = append(heals, heal)
		}
		if err != nil {
			return healAll, err
		}
	}
	return healAll, nil
}

func (r *run) effect(ctx context.Context, id string, e wire.Effect, length time.Duration) (func(context.Context) error, error) {
	if e.OnNode() {
		return r.nodeEffect(ctx, id, e, length)
	}
	release := func() {}
	if e.Kind == wire.Kill && length > 0 {
		release = r.hold(e.Node)
	}
	heal, err := r.deployment.Apply(ctx, e)
	return func(ctx context.Context) error {
		defer release()
		if heal == nil {
			return nil
		}
		return heal(ctx)
	}, err
}

// hold keeps a node down: what dies is not replaced until the returned function is called.
func (r *run) hold(name string) (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.nodes[name]
	n.held++
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if n.held--; n.held == 0 {
			close(n.released)
			n.released = make(chan struct{})
		}
	})
}

// nodeEffect has a node's instances carry out an effect, those that start later too.
func (r *run) nodeEffect(ctx context.Context, id string, e wire.Effect, length time.Duration) (func(context.Context) error, error) {
	r.mu.Lock()
	r.effects[id] = e
	r.mu.Unlock()
	apply := &wire.Apply{ID: id, Effect: e}
	if length > 0 {
		apply.Lease = length + leaseMargin
	}
	err := r.askAll(ctx, e.Node, id, wire.Down{Apply: apply})
	return func(ctx context.Context) error {
		r.mu.Lock()
		delete(r.effects, id)
		r.mu.Unlock()
		return r.askAll(ctx, e.Node, id, wire.Down{Heal: &wire.Heal{ID: id}})
	}, err
}

// askAll asks every instance of a node at once. One that is gone, or frozen by
// another fault, is no error: its replacement is told what holds by then, and a
// lease ends what a frozen one was told.
func (r *run) askAll(ctx context.Context, name, id string, down wire.Down) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range r.controls(name) {
		group.Go(func() error {
			err := c.ask(ctx, id, down)
			select {
			case <-c.done:
				return nil
			default:
			}
			if errors.Is(err, context.DeadlineExceeded) {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}
