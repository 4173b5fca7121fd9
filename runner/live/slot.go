package live

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// slot is a place for one instance of a node. While a run lasts it keeps the
// place filled: what dies is replaced, unless a fault holds the node down.
type slot struct {
	run      *run
	node     *node
	instance *runner.Instance // what fills it now or filled it last
	control  *control         // of the instance, or of the one that is to follow it; nil for a user's own system
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
	r := s.run
	r.mu.Lock()
	s.node.lastID++
	id := policy.EndpointID(s.node.lastID)
	r.mu.Unlock()
	instance, err := r.deployment.Start(ctx, s.node.spec.Name, int(id))
	if err != nil {
		return err
	}
	instance.Phases.Scheduled = scheduled
	r.journal.event(started(instance), record.Event{
		Kind: record.InstanceStart, Node: instance.Node, Instance: instance.Name})
	if err := s.settleIn(ctx, instance); err != nil {
		return err
	}
	instance.Phases.Ready = time.Now()
	r.publish(s, instance)
	r.log.Debug("instance ready", zap.String("instance", instance.Name), zap.String("address", instance.Address),
		zap.Duration("took", time.Since(scheduled)))
	r.journal.event(instance.Phases.Ready, record.Event{
		Kind: record.InstanceReady, Node: instance.Node, Instance: instance.Name,
		PhasesMS: phasesMS(instance.Phases)})
	return nil
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
	}{{"created", p.Created}, {"started", p.Started}, {"listening", p.Listening}, {"ready", p.Ready}} {
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
	s.run.event(record.Event{Kind: record.InstanceStop, Node: s.node.spec.Name, Instance: s.instance.Name})
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
	endpoint := wire.Endpoint{ID: instance.ID, Name: instance.Name, Address: inside(instance)}
	replaced := false
	for i, e := range s.node.endpoints {
		if s.instance != nil && e.ID == s.instance.ID {
			s.node.endpoints[i], replaced = endpoint, true
		}
	}
	if !replaced {
		s.node.endpoints = append(s.node.endpoints, endpoint)
	}
	s.instance = instance
	r.mu.Unlock()
	r.tellCallers(s.node.spec.Name)
}

// inside is the address by which other nodes of the run reach an instance.
func inside(i *runner.Instance) string {
	if i.Inside != "" {
		return i.Inside
	}
	return i.Address
}
