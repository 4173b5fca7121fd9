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
	reason := ""
	switch {
	case ctx.Err() != nil: // also where that is why it could not begin
		err, reason = nil, "end of the run"
	case err != nil:
		err, reason = &runner.EnvironmentError{Doing: "begin fault " + f.Name, Err: err}, "it could not begin"
	case f.Momentary():
		reason = runner.Replaced
	case f.For == 0:
		<-ctx.Done()
		reason = "end of the run"
	case !sleepUntil(ctx, began.Add(f.At+f.For)):
		reason = "end of the run"
	}
	healing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if healErr := heal(healing); healErr != nil {
		err = errors.Join(err, &runner.EnvironmentError{Doing: "heal fault " + f.Name, Err: healErr})
	}
	r.event(record.Event{Kind: record.FaultHealed, Name: f.Name, Reason: reason})
	return err
}

// apply carries out a fault's effects, all at once. The function it returns
// undoes whatever took effect, also after an error.
func (r *run) apply(ctx context.Context, index int, f runner.PlannedFault) (heal func(context.Context) error, err error) {
	heals := make([]func(context.Context) error, len(f.Effects))
	var applying errgroup.Group
	for i, e := range f.Effects {
		id := fmt.Sprintf("%s/%d.%d", f.Name, index, i)
		applying.Go(func() (err error) {
			heals[i], err = r.effect(ctx, id, e, f.For)
			return err
		})
	}
	err = applying.Wait()
	return func(ctx context.Context) error {
		errs := make([]error, len(heals))
		var healing sync.WaitGroup
		for i, heal := range heals {
			healing.Go(func() { errs[i] = heal(ctx) })
		}
		healing.Wait()
		return errors.Join(errs...)
	}, err
}

// effect carries out one effect. The function it returns is never nil.
func (r *run) effect(ctx context.Context, id string, e wire.Effect, length time.Duration) (func(context.Context) error, error) {
	switch {
	case e.OnNode():
		return r.nodeEffect(ctx, id, e, length)
	case e.Slot > 0 && e.Kind == wire.Pause:
		return r.freeze(ctx, e)
	}
	release := func() {}
	if e.Kind == wire.Kill && length > 0 {
		release = r.hold(e.Node)
	}
	if instance := r.instanceIn(e); e.Slot > 0 && instance != nil {
		e.Instance = instance.Name
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

// freeze pauses the instance that is in the effect's slot, if one lives there.
func (r *run) freeze(ctx context.Context, e wire.Effect) (func(context.Context) error, error) {
	nothing := func(context.Context) error { return nil }
	instance := r.instanceIn(e)
	if instance == nil {
		return nothing, nil
	}
	thaw, err := r.deployment.Freeze(ctx, instance.Name)
	select {
	case <-instance.Exited: // it went meanwhile
		return nothing, nil
	default:
	}
	if thaw == nil {
		thaw = nothing
	}
	return thaw, err
}

// instanceIn is the instance that an effect is done to; nil where there is none.
func (r *run) instanceIn(e wire.Effect) *runner.Instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.nodes[e.Node].slots {
		if e.InSlot(s.number) {
			return s.instance
		}
	}
	return nil
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
			if n.fleet != nil {
				n.fleet.stir()
			}
		}
	})
}

// inForce is an effect that holds on a node.
type inForce struct {
	effect wire.Effect
	until  time.Time // zero: the end of the run
}

// nodeEffect has a node's instances carry out an effect, those that start later too.
func (r *run) nodeEffect(ctx context.Context, id string, e wire.Effect, length time.Duration) (func(context.Context) error, error) {
	held, wait := inForce{effect: e}, ackTimeout
	if length > 0 {
		held.until = time.Now().Add(length)
		wait = min(wait, length) // a frozen instance must not put off the heal
	}
	r.mu.Lock()
	r.effects[id] = held
	r.mu.Unlock()
	err := ask(ctx, r.controlsOf(e), id, wait, func() (wire.Down, bool) { return r.applying(id) })
	return func(ctx context.Context) error {
		r.mu.Lock()
		delete(r.effects, id)
		r.mu.Unlock()
		return ask(ctx, r.controlsOf(e), id, ackTimeout, always(wire.Down{Heal: &wire.Heal{ID: id}}))
	}, err
}

// applying is the order to carry out an effect, unless that is over by now.
func (r *run) applying(id string) (wire.Down, bool) {
	r.mu.Lock()
	held, holds := r.effects[id]
	r.mu.Unlock()
	apply := &wire.Apply{ID: id, Effect: held.effect}
	if !held.until.IsZero() {
		apply.Lease = max(0, time.Until(held.until)) + leaseMargin
	}
	return wire.Down{Apply: apply}, holds
}
