package live

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// fleet keeps as many instances of a node as its scaler wants. One goroutine
// asks the scaler; each instance has another that sees it through its life:
//
//	starting ──▶ serving ──▶ retiring ──▶ gone
//	    │           ▲            ▲
//	    ├─▶ frozen ─┘            │   only where the node keeps paused instances
//	    └────────────────────────┘   its start is cancelled
type fleet struct {
	run    *run
	node   *node
	scaler policy.Scaler
	began  atomic.Int64  // the origin of the scaler's instants, in nanoseconds of the clock; 0: the run has not begun
	wake   chan struct{} // of capacity 1: something has changed
	broken chan error    // of capacity 1: a fault of the program in the life of an instance

	mu      sync.Mutex
	members []*member
	starts  []startSpan                         // that ended last, whatever came of them, in the order of their ends
	demand  wire.Demand                         // a function's, as its front told last
	heard   time.Time                           // when
	past    time.Duration                       // load of fronts that have died: the next one counts from nothing
	load    time.Duration                       // what the scaler was told last
	gauges  gauges                              // of a service, which no front stands before
	inits   map[policy.EndpointID]time.Duration // of instances that nobody has invoked yet
	cpu     time.Duration
	rest    time.Time     // nothing is started before, since what was started died young
	pause   time.Duration // the next such rest
	failed  error         // why the last start failed; nil once one has succeeded
}

// member is one instance of a fleet, from the decision to have it to its end.
type member struct {
	slot     *slot
	state    memberState
	instance *runner.Instance // once it serves
	use      chan struct{}    // closed when a frozen one is to serve; nil of one that is not for the pool
	began    time.Time        // its start, or its waking
	cancel   func()           // ends its start
}

// startSpan is from when to when an instance was on its way to serve.
type startSpan struct{ began, ended time.Time }

// startsKept is for how long a start that has ended is remembered: a front tells
// some 100 ms later who left meanwhile, and on a busy machine later still.
const startsKept = 10 * time.Second

type memberState int

const (
	starting memberState = iota
	frozen
	waking
	serving
	retiring
)

// newFleet returns the fleet of a node; nil where the node has a fixed number of instances.
func newFleet(r *run, n *node) *fleet {
	if n.spec.Scaler == nil {
		return nil
	}
	return &fleet{run: r, node: n, scaler: n.spec.Scaler.New(), wake: make(chan struct{}, 1), broken: make(chan error, 1),
		gauges: gauges{}, inits: map[policy.EndpointID]time.Duration{}}
}

// now is the instant on the scaler's clock, which stands at 0 until the run begins.
func (f *fleet) now() policy.Instant {
	began := f.began.Load()
	if began == 0 {
		return 0
	}
	return policy.Instant(max(0, time.Now().UnixNano()-began))
}

// begin has the scaler's clock go from the run's begin on.
func (f *fleet) begin(at time.Time) {
	f.began.Store(at.UnixNano())
	f.stir()
}

// keep follows the scaler until ctx ends, and returns when every instance has
// been let go of. First is called once: when what the scaler wants at the start
// there, or with an error when an instance of those could not be started. Its own
// error is a fault of the program, which ends the run and leaves a record.
func (f *fleet) keep(ctx context.Context, first func(error)) (err error) {
	ctx, end := context.WithCancel(ctx)
	var lives sync.WaitGroup
	defer lives.Wait()
	defer end()
	defer func() {
		if p := recover(); p != nil {
			err = f.fault(p)
		}
		if err != nil && first != nil {
			first(err)
		}
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next := f.follow(ctx, &lives)
		if first != nil {
			if settled, err := f.settled(); settled || err != nil {
				first(err)
				first = nil
			}
		}
		timer.Reset(next)
		select {
		case <-ctx.Done():
			return nil
		case err := <-f.broken:
			return err
		case <-f.wake:
		case <-timer.C:
		}
	}
}

// fault is a panic as an error.
func (f *fleet) fault(p any) error {
	return fmt.Errorf("keep the instances of %s: panic: %v\n%s", f.node.spec.Name, p, debug.Stack())
}

// part does a part of an instance's life beside all others. A fault of the program in it ends
// the fleet.
func (f *fleet) part(lives *sync.WaitGroup, do func()) {
	lives.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				offer(f.broken, f.fault(p))
			}
		}()
		do()
	})
}

// longest is how long a fleet waits at most until it asks its scaler again.
const longest = time.Hour

// follow asks the scaler and does what it says. It returns when to ask again.
func (f *fleet) follow(ctx context.Context, lives *sync.WaitGroup) time.Duration {
	if f.run.isHeld(f.node) { // nothing starts, and who releases the node wakes the fleet
		return longest
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if left := time.Until(f.rest); left > 0 {
		return left
	}
	now := f.now()
	o := f.observe(now)
	d := f.scaler.Decide(now, o)
	f.tell(o, d)
	if d.Refuse > 0 {
		f.refuse(d.Refuse)
	}
	have := o.Ready + o.Starting
	for ; have < d.Desired; have++ {
		f.grow(ctx, lives)
	}
	if have > d.Desired {
		f.shrink(ctx, lives, have-d.Desired, d.Idle)
	}
	f.fillPool(ctx, lives)
	if d.Next == policy.Never {
		return longest
	}
	if f.began.Load() == 0 {
		return longest // the run's begin wakes it
	}
	return max(0, min(d.Next.Sub(f.now()), longest))
}

// tell records a decision that changes something.
func (f *fleet) tell(o policy.Observation, d policy.Decision) {
	from := o.Ready + o.Starting
	if d.Desired == from && d.Refuse == 0 {
		return
	}
	reason := d.Reason
	if d.Refuse > 0 {
		reason = fmt.Sprintf("%s; %d requests turned away", reason, d.Refuse)
	}
	f.run.event(record.Event{Kind: record.Scale, Node: f.node.spec.Name,
		From: fmt.Sprint(from), To: fmt.Sprint(d.Desired), Reason: reason})
}

// observe is what the scaler is told. Callers hold the lock.
func (f *fleet) observe(now policy.Instant) policy.Observation {
	o := policy.Observation{Concurrency: f.concurrency(), CPU: f.cpu, Cores: float64(f.node.spec.CPU), Front: f.function() != nil}
	for _, m := range f.members {
		switch {
		case m.state == serving:
			o.Ready++
		case m.onItsWay():
			o.Starting++
		}
	}
	for _, i := range f.idle(now) {
		o.Idle = append(o.Idle, i.since)
	}
	if f.function() == nil {
		o.InFlight, o.Queued, o.Load = f.gauges.now(now)
		return o
	}
	// What the front told is carried on to now.
	since := f.silence()
	o.InFlight, o.Queued = f.demand.InFlight, f.demand.Queued
	o.Load = f.past + f.demand.Load + since*time.Duration(o.InFlight+o.Queued)
	f.load = o.Load
	return o
}

// silence is how long ago the front last told of its demand; 0: it never has.
// Callers hold the lock.
func (f *fleet) silence() time.Duration {
	if f.heard.IsZero() {
		return 0
	}
	return time.Since(f.heard)
}

// onItsWay says whether an instance is starting to serve, and not for the pool.
func (m *member) onItsWay() bool { return m.state == waking || m.state == starting && m.use == nil }

// startEnds notes that an instance is not on its way to serve any more: it serves
// now, or its start was cancelled or failed. Callers hold the lock, and change its
// state after.
func (f *fleet) startEnds(m *member, now time.Time) {
	if !m.onItsWay() {
		return
	}
	recent := slices.IndexFunc(f.starts, func(s startSpan) bool { return now.Sub(s.ended) < startsKept })
	if recent < 0 {
		recent = len(f.starts)
	}
	f.starts = append(slices.Delete(f.starts, 0, recent), startSpan{m.began, now})
}

// wasStarting says whether an instance was on its way to serve at an instant,
// whatever came of that: one that is long past is forgotten.
func (f *fleet) wasStarting(at time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.members, func(m *member) bool { return m.onItsWay() && !at.Before(m.began) }) ||
		slices.ContainsFunc(f.starts, func(s startSpan) bool { return !at.Before(s.began) && at.Before(s.ended) })
}

// byID finds an instance that lives; nil where there is none. Callers hold the lock.
func (f *fleet) byID(id policy.EndpointID) *member {
	for _, m := range f.members {
		if m.instance != nil && m.instance.ID == id {
			return m
		}
	}
	return nil
}

// hear takes in what a front tells.
func (f *fleet) hear(d wire.Demand) {
	f.mu.Lock()
	if d.Load < f.demand.Load {
		f.past = f.load
	}
	f.demand, f.heard = d, time.Now()
	f.mu.Unlock()
	f.stir()
}

// gauge takes in what an instance tells of itself.
func (f *fleet) gauge(instance string, m wire.Metrics, cpu time.Duration) {
	f.mu.Lock()
	f.gauges.set(f.now(), instance, m)
	f.cpu += cpu
	f.mu.Unlock()
	f.stir()
}

// takeInit is what an instance's initialisation took, once: with its first invocation.
func (f *fleet) takeInit(id policy.EndpointID) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	took := f.inits[id]
	delete(f.inits, id)
	return took
}

// stir has the scaler asked again.
func (f *fleet) stir() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// settled says whether nothing is on its way, and why the last start failed, if it did.
func (f *fleet) settled() (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		return false, f.failed
	}
	for _, m := range f.members {
		if m.state == starting || m.state == waking {
			return false, nil
		}
	}
	return true, nil
}

// grow adds an instance: a frozen one where there is any, else a new one.
// Callers hold the lock.
func (f *fleet) grow(ctx context.Context, lives *sync.WaitGroup) {
	for _, m := range f.members {
		if m.state == frozen {
			m.state, m.began = waking, time.Now()
			close(m.use)
			return
		}
	}
	f.add(ctx, lives, nil)
}

// fillPool starts what the node should have of paused instances. Callers hold the lock.
func (f *fleet) fillPool(ctx context.Context, lives *sync.WaitGroup) {
	have := 0
	for _, m := range f.members {
		if m.use != nil && (m.state == frozen || m.state == starting) {
			have++
		}
	}
	for ; have < f.paused(); have++ {
		f.add(ctx, lives, make(chan struct{}))
	}
}

func (f *fleet) add(ctx context.Context, lives *sync.WaitGroup, use chan struct{}) {
	begins, cancel := context.WithCancelCause(ctx)
	m := &member{slot: &slot{run: f.run, node: f.node}, use: use, began: time.Now(), cancel: func() { cancel(errUnwanted) }}
	f.members = append(f.members, m)
	scheduled := m.began
	f.part(lives, func() {
		defer cancel(nil)
		f.live(ctx, begins, m, scheduled)
	})
}

// errUnwanted says that a start was cancelled, as its scaler wants fewer.
var errUnwanted = errors.New("it is not wanted any more")

// live sees an instance through its life. Begins is the context of its start alone.
func (f *fleet) live(ctx, begins context.Context, m *member, scheduled time.Time) {
	err := f.start(begins, m, scheduled)
	if err == nil {
		f.run.watch(ctx, m.slot)
	} else if errors.Is(context.Cause(begins), errUnwanted) {
		err = errUnwanted
	}
	f.remove(m, err)
	switch {
	case err == nil || ctx.Err() != nil:
	case blameless(err):
	default:
		f.run.event(record.Event{Kind: record.Note, Node: f.node.spec.Name, Reason: "start an instance: " + err.Error()})
	}
	f.stir()
}

// blameless says whether a start ended for no fault of its own.
func blameless(err error) bool {
	return errors.Is(err, errHeld) || errors.Is(err, errEnded) || errors.Is(err, errUnwanted)
}

// start brings an instance up, by way of the pool where it belongs there.
func (f *fleet) start(ctx context.Context, m *member, scheduled time.Time) error {
	s := m.slot
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	f.run.enlist(s)
	instance, err := s.create(starting, scheduled)
	if err != nil {
		return err
	}
	if p := instance.Phases; !p.Initialised.IsZero() {
		f.mu.Lock()
		f.inits[instance.ID] = p.Initialised.Sub(p.Configured)
		f.mu.Unlock()
	}
	if m.use != nil {
		if err := f.freeze(ctx, m, instance); err != nil {
			return err
		}
	}
	if !f.serves(m, instance) {
		return f.discard(ctx, m, errUnwanted)
	}
	f.stir()
	if f.function() != nil { // its start ends when the front knows of it: till then requests wait
		if err := f.run.acquaintCallers(ctx, f.node.spec.Name); err != nil {
			f.run.log.Debug("tell of an instance", zap.String("instance", instance.Name), zap.Error(err))
		}
	}
	s.announce(instance)
	return nil
}

// serves has an instance serve and its callers know, unless its start was cancelled.
func (f *fleet) serves(m *member, instance *runner.Instance) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.state == retiring {
		return false
	}
	f.run.publish(m.slot, instance)
	f.startEnds(m, time.Now())
	m.state, m.instance, f.pause, f.failed = serving, instance, 0, nil
	return true
}

// remove forgets an instance that has gone. One that never served has the fleet
// rest before it starts another: as long as a slot would.
func (f *fleet) remove(m *member, err error) {
	if m.slot.control != nil {
		m.slot.control.close() // once it is dismissed nobody else does
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.run.dismiss(m.slot) // under the lock: who finds it among the members may publish it
	if m.instance != nil {
		f.gauges.drop(f.now(), m.instance.Name)
	}
	for i, other := range f.members {
		if other == m {
			f.startEnds(m, time.Now())
			f.members = append(f.members[:i:i], f.members[i+1:]...)
			break
		}
	}
	if err != nil && !blameless(err) {
		f.pause = max(firstPause, min(2*f.pause, lastPause))
		f.rest, f.failed = time.Now().Add(f.pause), err
	}
}

// errEnded says that an instance ended while it was frozen.
var errEnded = errors.New("it ended while it was frozen")

// freeze keeps an instance paused until it is to serve.
func (f *fleet) freeze(ctx context.Context, m *member, instance *runner.Instance) error {
	r := f.run
	c := m.slot.control
	if c != nil {
		c.frozen.Store(true)
	}
	thaw, err := r.deployment.Freeze(ctx, instance.Name)
	if err != nil {
		return f.discard(ctx, m, fmt.Errorf("pause %s: %w", instance.Name, err))
	}
	r.event(record.Event{Kind: record.InstancePaused, Node: instance.Node, Instance: instance.Name})
	f.mu.Lock()
	m.state = frozen
	f.mu.Unlock()
	f.stir()
	select {
	case <-ctx.Done():
		return f.discard(ctx, m, ctx.Err())
	case <-instance.Exited:
		r.fillSlot(m.slot, instance)
		m.slot.clear(ctx)
		return errEnded
	case <-m.use:
	}
	woken := time.Now()
	if err := thaw(ctx); err != nil {
		return f.discard(ctx, m, fmt.Errorf("wake %s: %w", instance.Name, err))
	}
	if c != nil {
		c.frozen.Store(false)
		if err := c.ask(ctx, understood, always(wire.Down{Heal: &wire.Heal{ID: understood}})); err != nil {
			return f.discard(ctx, m, fmt.Errorf("wake %s: %w", instance.Name, err))
		}
		if r.discovers(instance.Node) {
			// One that has not met anybody yet was frozen before all were there: what it was told then does not count.
			if err := r.meet(ctx, c, instance.Phases.Discovered.IsZero()); err != nil {
				return f.discard(ctx, m, fmt.Errorf("wake %s: %w", instance.Name, err))
			}
		}
	}
	instance.Phases = runner.StartPhases{Scheduled: woken, Woken: time.Now()}
	return nil
}

// discard removes an instance that cannot be used, and returns why.
func (f *fleet) discard(ctx context.Context, m *member, why error) error {
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	name := m.slot.name
	if err := f.run.deployment.Stop(stopping, name); err != nil {
		f.run.log.Warn("remove an instance", zap.String("instance", name), zap.Error(err))
	}
	f.run.event(record.Event{Kind: record.InstanceStop, Node: f.node.spec.Name, Instance: name, Reason: "it never served"})
	return why
}
