package live

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// drainTime is what an instance that is retired has for the requests it was sent.
const drainTime = 10 * time.Second

// lateComers is how long an instance of a service goes on once its callers know
// that it retires: one may have picked it before, and not yet sent its request.
// Kubernetes' preStop pause is there for the same reason.
const lateComers = time.Second

// idler is an instance without a request, and since when it has none.
type idler struct {
	*member
	since policy.Instant
}

// idle returns the instances without a request, the longest idle first: as the
// function's front tells, or as those of a service tell of themselves. Callers hold the lock.
func (f *fleet) idle(now policy.Instant) []idler {
	var all []idler
	if f.function() != nil {
		silence := f.silence()
		for _, i := range f.demand.Idle {
			if m := f.byID(i.Endpoint); m != nil && m.state == serving {
				all = append(all, idler{m, max(0, now.Add(-silence-i.For))})
			}
		}
		return all
	}
	for _, m := range f.members {
		if m.state != serving {
			continue
		}
		if since, idle := f.gauges.idle(m.instance.Name); idle {
			all = append(all, idler{m, since})
		}
	}
	slices.SortStableFunc(all, func(a, b idler) int { return cmp.Compare(a.since, b.since) })
	return all
}

// shrink takes so many instances away: so many of them as have idled, the longest
// idle first, then those that start, then others that are idle, then those that came
// last. Callers hold the lock.
func (f *fleet) shrink(ctx context.Context, lives *sync.WaitGroup, n, idled int) {
	idle := f.idle(f.now())
	leave := func(m *member, idle bool) {
		m.state = retiring
		n--
		f.part(lives, func() { f.retire(ctx, m, idle) })
	}
	first := min(n, idled, len(idle))
	for _, i := range idle[:first] {
		leave(i.member, true)
	}
	for _, m := range slices.Backward(f.members) {
		if n > 0 && m.onItsWay() {
			f.startEnds(m, time.Now())
			m.state = retiring
			n--
			m.cancel()
		}
	}
	for _, i := range idle[first:] {
		if n > 0 {
			leave(i.member, true)
		}
	}
	for _, m := range slices.Backward(f.members) {
		if n > 0 && m.state == serving {
			leave(m, false)
		}
	}
}

// retire takes an instance out of service and stops it. One that was to be idle
// and has got a request goes on.
func (f *fleet) retire(ctx context.Context, m *member, idle bool) {
	var err error
	if fn := f.function(); fn != nil {
		err = f.run.retireFromFront(ctx, topologies.FrontOf(f.node.spec.Name), m.instance, idle)
	} else {
		f.run.withdraw(m.slot)
		err = f.run.acquaintCallers(ctx, f.node.spec.Name)
		if err == nil {
			err = f.run.leave(ctx, m.slot)
		}
		sleepUntil(ctx, time.Now().Add(lateComers))
	}
	if err != nil {
		f.stays(m)
		f.stir()
		return
	}
	f.run.withdraw(m.slot)
	m.slot.retired.Store(true)
	if err := f.run.drain(ctx, m.slot.control, m.instance); err != nil && ctx.Err() == nil {
		f.run.log.Warn("stop an instance", zap.String("instance", m.instance.Name), zap.Error(err))
	}
}

// stays has an instance that was to retire serve on, and its callers know, unless
// it has gone meanwhile: nobody would take it out again.
func (f *fleet) stays(m *member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Contains(f.members, m) {
		f.run.publish(m.slot, m.instance)
		m.state = serving
	}
}

// retireFromFront has a front send an instance nothing more, and returns when it
// has no requests. The error is the front's, where the instance was to be idle.
func (r *run) retireFromFront(ctx context.Context, front string, i *runner.Instance, idle bool) error {
	id := "retire/" + i.Name
	order := wire.Down{Retire: &wire.Retire{ID: id, Endpoint: i.ID, Idle: idle}}
	var group errgroup.Group
	for _, c := range r.controls(front) {
		group.Go(func() error {
			if err := c.ask(ctx, id, always(order)); !errors.Is(err, errGone) {
				return err
			}
			return nil // a front that is gone sends nothing
		})
	}
	return group.Wait()
}

// acquaintCallers returns when every caller of a node has understood which
// instances it has.
func (r *run) acquaintCallers(ctx context.Context, name string) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range r.plan.Graph.Edges {
		if e.To == name {
			group.Go(func() error {
				return r.askAll(ctx, e.From, understood, ackTimeout, always(wire.Down{Heal: &wire.Heal{ID: understood}}))
			})
		}
	}
	return group.Wait()
}

// drain has an instance finish what it has, and end.
func (r *run) drain(ctx context.Context, c *control, i *runner.Instance) error {
	if c != nil {
		asking, cancel := context.WithTimeout(ctx, drainTime+ackTimeout)
		defer cancel()
		stop := wire.Down{Stop: &wire.Stop{ID: "drain", Drain: drainTime}}
		if c.ask(asking, stop.Stop.ID, always(stop)) == nil {
			select {
			case <-asking.Done():
			case <-i.Exited:
				return nil
			}
		}
	}
	return r.deployment.Stop(ctx, i.Name)
}

// refuse has the function's front turn requests away. Callers hold the lock.
func (f *fleet) refuse(n int) {
	for _, c := range f.run.controls(topologies.FrontOf(f.node.spec.Name)) {
		c.post(letter{write: always(wire.Down{Refuse: &wire.Refuse{Count: n}})})
	}
	f.demand.Queued = max(0, f.demand.Queued-n) // so that it is not asked for twice
}

// function returns the node's settings where it is a function; nil elsewhere.
func (f *fleet) function() *topologies.Function {
	fn, _ := f.node.spec.Spec.(*topologies.Function)
	return fn
}

// concurrency is what one instance takes at once.
func (f *fleet) concurrency() int {
	switch spec := f.node.spec.Spec.(type) {
	case *topologies.Function:
		return spec.Concurrency
	case *topologies.Service:
		return spec.Concurrency
	}
	return 0
}

// paused is how many instances the node keeps frozen.
func (f *fleet) paused() int {
	if fn := f.function(); fn != nil {
		return fn.Paused
	}
	return 0
}

// entrance is the address of the instance that a request from outside goes to;
// where none serves, of the last one that did. Callers hold the run's lock.
func (f *fleet) entrance(seq uint64) string {
	var serving []*slot
	for _, s := range f.node.slots {
		if s.instance != nil && slices.ContainsFunc(f.node.endpoints, func(e wire.Endpoint) bool { return e.ID == s.instance.ID }) {
			serving = append(serving, s)
		}
	}
	if len(serving) > 0 {
		f.node.last = serving[seq%uint64(len(serving))].instance.Address
	}
	return f.node.last
}
