package live

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// slot is a place for one instance of a node. While a run lasts it keeps the
// place filled: what dies is replaced, unless a fault holds the node down.
type slot struct {
	run      *run
	node     *node
	instance *runner.Instance // what fills it now or filled it last
	number   int              // among those of its node, from 0
	control  *control         // of the instance, or of the one that is to follow it; nil for a user's own system
	name     string           // of the instance that was created last
	retired  atomic.Bool      // it was told to end
}

// An instance that dies is replaced at once, one that dies young again after a
// pause that doubles, and so is one that does not come up: as Kubernetes does it
// (CrashLoopBackOff), in shorter times. Who lived for lastPause is young no more.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// errHeld says that a fault came to hold the node down while an instance started.
var errHeld = errors.New("a fault holds the node down")

// start fills the slot: it returns once the instance serves, knows the others
// and is known to them.
func (s *slot) start(ctx context.Context, scheduled time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	instance, err := s.create(ctx, scheduled)
	if err != nil {
		return err
	}
	s.run.publish(s, instance)
	s.announce(instance)
	return nil
}

// create makes an instance that could serve, and that nobody knows of yet.
func (s *slot) create(ctx context.Context, scheduled time.Time) (*runner.Instance, error) {
	r := s.run
	fetched, err := s.fetch(ctx, scheduled)
	if err != nil {
		return nil, err
	}
	id := s.identify()
	instance, err := r.deployment.Start(ctx, s.node.spec.Name, int(id))
	if err != nil {
		return nil, err
	}
	s.name = instance.Name
	instance.Phases.Scheduled, instance.Phases.Fetched = scheduled, fetched
	r.journal.event(started(instance), record.Event{
		Kind: record.InstanceStart, Node: instance.Node, Instance: instance.Name})
	return instance, s.settleIn(ctx, instance)
}

// identify returns the id of a new instance. The first ones of a fixed number
// have the numbers of their slots, whichever is up first: payments-2 is what a
// file means by instance 2.
func (s *slot) identify() policy.EndpointID {
	s.run.mu.Lock()
	defer s.run.mu.Unlock()
	if s.name == "" && s.node.fleet == nil {
		return policy.EndpointID(s.number + 1)
	}
	s.node.lastID++
	return policy.EndpointID(s.node.lastID)
}

// fetch lets the time pass that a function's image takes to be there: nothing
// is fetched, so that runs repeat. It returns when that was, zero where there is none.
func (s *slot) fetch(ctx context.Context, scheduled time.Time) (time.Time, error) {
	fn, ok := s.node.spec.Spec.(*topologies.Function)
	if !ok || fn.Fetch() == 0 {
		return time.Time{}, nil
	}
	if !sleepUntil(ctx, scheduled.Add(fn.Fetch())) {
		return time.Time{}, ctx.Err()
	}
	return time.Now(), nil
}

// announce says that an instance serves and is known.
func (s *slot) announce(instance *runner.Instance) {
	r := s.run
	instance.Phases.Ready = time.Now()
	phases := phasesMS(instance.Phases)
	r.log.Debug("instance ready", zap.String("instance", instance.Name), zap.String("address", instance.Address),
		zap.Duration("took", time.Since(instance.Phases.Scheduled)))
	r.journal.event(instance.Phases.Ready, record.Event{
		Kind: record.InstanceReady, Node: instance.Node, Instance: instance.Name,
		PhasesMS: phases})
	r.traces.started(instance, phases)
}

// settleIn introduces an instance that listens. What cannot be used is removed.
func (s *slot) settleIn(ctx context.Context, instance *runner.Instance) (err error) {
	switch {
	case s.run.isHeld(s.node): // a kill that came too early to see this instance
		err = errHeld
	case instance.Control != "":
		err = s.run.introduce(ctx, s, instance)
	}
	if err == nil {
		return nil
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	log := instance.Log(20)
	if stopErr := s.run.deployment.Stop(stopping, instance.Name); stopErr != nil {
		err = errors.Join(err, stopErr)
	}
	s.run.event(record.Event{Kind: record.InstanceStop, Node: instance.Node, Instance: instance.Name, Reason: "it never served"})
	if errors.Is(err, errHeld) {
		return err
	}
	return &runner.EnvironmentError{Doing: "configure " + instance.Name, Err: err, Log: log}
}

func started(i *runner.Instance) time.Time {
	if i.Phases.Started.IsZero() {
		return time.Now()
	}
	return i.Phases.Started
}

// phasesMS is the length of each part of a start in milliseconds.
func phasesMS(p runner.StartPhases) map[string]float64 {
	parts := map[string]float64{}
	previous := p.Scheduled
	for _, part := range []struct {
		name string
		at   time.Time
	}{{"fetched", p.Fetched}, {"created", p.Created}, {"started", p.Started}, {"listening", p.Listening},
		{"configured", p.Configured}, {"initialised", p.Initialised}, {"discovered", p.Discovered}, {"woken", p.Woken}, {"ready", p.Ready}} {
		if part.at.IsZero() {
			continue
		}
		parts[part.name] = float64(part.at.Sub(previous)) / float64(time.Millisecond)
		previous = part.at
	}
	return parts
}

// keep replaces the slot's instance whenever it ends, until ctx does.
func (s *slot) keep(ctx context.Context) {
	pause := time.Duration(0)
	for {
		if !s.ended(ctx) { // it stands until the deployment is removed, which comes next
			s.run.event(record.Event{Kind: record.InstanceStop, Node: s.node.spec.Name, Instance: s.instance.Name, Reason: "end of the run"})
			return
		}
		if time.Since(s.instance.Phases.Ready) > lastPause || s.run.isHeld(s.node) {
			pause = 0
		}
		s.clear(ctx)
		for filled := false; !filled; {
			if !sleepUntil(ctx, time.Now().Add(pause)) || !s.run.waitReleased(ctx, s.node) {
				return
			}
			pause = max(firstPause, min(2*pause, lastPause))
			err := s.start(ctx, time.Now())
			switch {
			case err == nil:
				filled = true
			case ctx.Err() == nil && !errors.Is(err, errHeld):
				s.run.event(record.Event{Kind: record.Note, Node: s.node.spec.Name, Reason: "replace an instance: " + err.Error()})
			}
		}
	}
}

// watch waits for the end of a fleet's instance and removes what it leaves.
func (r *run) watch(ctx context.Context, s *slot) {
	if !s.ended(ctx) {
		r.event(record.Event{Kind: record.InstanceStop, Node: s.node.spec.Name, Instance: s.instance.Name, Reason: "end of the run"})
		return
	}
	s.clear(ctx)
}

// ended waits until the instance has ended, or has hung up and lives on: then it
// hears of no fault and tells nothing, so it counts as ended too. It is false
// when ctx ended first.
func (s *slot) ended(ctx context.Context) bool {
	var hungUp <-chan struct{} // never, of a user's own system
	if s.control != nil {
		hungUp = s.control.done
	}
	select {
	case <-ctx.Done():
		return false
	case <-s.instance.Exited:
		return true
	case <-hungUp: // as a rule because it is ending
	}
	late := time.NewTimer(ackTimeout)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-s.instance.Exited:
	case <-late.C:
		s.run.event(record.Event{Kind: record.Note, Node: s.node.spec.Name, Instance: s.instance.Name,
			Reason: "remove an instance that hung up: " + s.control.gone().Error()})
	}
	return true
}

// clear removes what an instance leaves that has ended.
func (s *slot) clear(ctx context.Context) {
	reason := ""
	if s.retired.Load() {
		reason = record.Retired
	}
	s.run.event(record.Event{Kind: record.InstanceStop, Node: s.node.spec.Name, Instance: s.instance.Name, Reason: reason})
	s.run.bury(s)
	if s.control != nil {
		s.control.finish(ctx)
	}
	if err := s.run.deployment.Stop(ctx, s.instance.Name); err != nil && ctx.Err() == nil {
		s.run.log.Warn("remove an ended instance", zap.String("instance", s.instance.Name), zap.Error(err))
	}
}

func (r *run) isHeld(n *node) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return n.held > 0
}

// waitReleased waits until no fault holds the node down; false when ctx ended.
func (r *run) waitReleased(ctx context.Context, n *node) bool {
	for {
		r.mu.Lock()
		held, released := n.held, n.released
		r.mu.Unlock()
		if held == 0 {
			return ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return false
		case <-released:
		}
	}
}

// publish makes an instance known: it takes its slot's place among the node's
// endpoints, and every caller is told. A dead instance stays in the list until
// it is replaced, as a static list of addresses would have it.
func (r *run) publish(s *slot, instance *runner.Instance) {
	r.mu.Lock()
	endpoint := s.endpoint(instance)
	replaced := false
	for i, e := range s.node.endpoints {
		if s.instance != nil && e.ID == s.instance.ID {
			s.node.endpoints[i], replaced = endpoint, true
		}
	}
	if !replaced {
		s.node.endpoints = append(s.node.endpoints, endpoint)
	}
	if s.instance != instance { // else it comes back, and who watches it reads this
		s.instance = instance
	}
	r.mu.Unlock()
	r.tellCallers(s.node.spec.Name)
}

// endpoint is an instance in this slot as others know it.
func (s *slot) endpoint(i *runner.Instance) wire.Endpoint {
	return wire.Endpoint{ID: i.ID, Name: i.Name, Address: inside(i), Weight: s.node.spec.Weight(s.number)}
}

// fillSlot notes which instance a slot has.
func (r *run) fillSlot(s *slot, instance *runner.Instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.instance = instance
}

// enlist makes a fleet's instance known to the run before it is known to others.
func (r *run) enlist(s *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.node.slots = append(s.node.slots, s)
}

// dismiss forgets a fleet's instance that has gone.
func (r *run) dismiss(s *slot) {
	r.withdraw(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	s.node.slots = slices.DeleteFunc(s.node.slots, func(o *slot) bool { return o == s })
}

// withdraw takes an instance out of what callers know, if it is there.
func (r *run) withdraw(s *slot) {
	r.mu.Lock()
	before := len(s.node.endpoints)
	if s.instance != nil {
		s.node.endpoints = slices.DeleteFunc(s.node.endpoints, func(e wire.Endpoint) bool { return e.ID == s.instance.ID })
	}
	changed := len(s.node.endpoints) != before
	r.mu.Unlock()
	if changed {
		r.tellCallers(s.node.spec.Name)
	}
}

// inside is the address by which other nodes of the run reach an instance.
func inside(i *runner.Instance) string {
	if i.Inside != "" {
		return i.Inside
	}
	return i.Address
}
