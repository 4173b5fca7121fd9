package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// slot is a place for one instance, which is filled again when it falls empty.
type slot struct {
	node     *node
	number   int       // among those of its node
	instance *instance // what fills it, or filled it last
	starting bool
	took     time.Duration // of the start under way, or of the last one
	pause    time.Duration // before the next start of one that dies young
}

// The pauses before one that died young is started again are the live engine's:
// none the first time, then doubling. Who lived for lastPause is young no more.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// instance is one running copy of a node.
type instance struct {
	node      *node
	slot      *slot
	id        policy.EndpointID
	name      string
	ready     policy.Instant
	workers   policy.Workers
	edges     []*edge
	cpu       cpu
	dead      bool
	paused    int         // pauses in force
	frozen    []waking    // what would have happened while paused
	outside   connections // of the generator
	visits    []*visit    // under way, for a kill; each knows its place
	next      []*visit    // those that are being given a worker
	deadlines lane        // of the visits
	arrivals  uint64
	count     counters
	last      counters // at the last sample
}

// waking is an event that a paused instance has yet to meet.
type waking struct {
	who actor
	arg uint64
}

// counters count from the instance's start.
type counters struct {
	served, failed, rejected uint64
	operations               []operationCounters
}

type operationCounters struct {
	count, failed uint64
	service, wait time.Duration
}

// add makes a slot and fills it at once: the run begins with everything up.
func (n *node) add(w *world) error {
	s := &slot{node: n, number: len(n.slots)}
	n.slots = append(n.slots, s)
	i, err := n.newInstance(w, s)
	if err != nil {
		return err
	}
	s.instance = i
	return nil
}

func (n *node) newInstance(w *world, s *slot) (*instance, error) {
	id := policy.EndpointID(len(n.known) + 1)
	i := &instance{node: n, slot: s, id: id, name: runner.EndpointName(n.spec.Name, id), ready: w.now,
		workers: policy.Workers{Concurrency: n.config.Concurrency, Queue: n.config.Queue}}
	i.cpu = newCPU(&w.host, float64(n.spec.CPU))
	i.count.operations = make([]operationCounters, len(n.ops))
	i.last.operations = make([]operationCounters, len(n.ops))
	for _, c := range n.config.Edges {
		machine, err := policy.NewEdge(c.Policy)
		if err != nil {
			return nil, fmt.Errorf("lay out %s: edge to %s: %w", i.name, c.To, err)
		}
		i.edges = append(i.edges, &edge{from: i, to: w.byName[c.To], machine: machine, alarmAt: policy.Never})
	}
	n.known = append(n.known, i)
	return i, nil
}

// meet tells an instance whom it may call.
func (i *instance) meet(w *world) {
	for _, e := range i.edges {
		e.machine.SetEndpoints(e.to.endpoints())
		e.settle(w)
	}
}

// hold says whether the instance is frozen, and keeps what came for when it thaws.
func (i *instance) hold(who actor, arg uint64) bool {
	if i.paused > 0 && !i.dead {
		i.frozen = append(i.frozen, waking{who, arg})
		return true
	}
	return false
}

// kill ends the instance: whoever waits for an answer meets a broken connection.
func (i *instance) kill(w *world) {
	if i.dead {
		return
	}
	i.dead = true
	i.cpu.stop(w)
	w.emit(record.Event{Kind: record.InstanceStop, Node: i.node.spec.Name, Instance: i.name})
	slices.SortFunc(i.visits, func(a, b *visit) int { return cmp.Compare(a.number, b.number) })
	for _, v := range i.visits {
		v.breakOff(w)
	}
	i.visits = nil
	for _, f := range i.frozen {
		if v, ok := f.who.(*visit); ok && f.arg&^visitMask == visitArrives {
			v.breakOff(w) // it was accepted by a process that never read it
		}
	}
	i.frozen = nil
	if w.now.Sub(i.ready) > lastPause || i.node.held > 0 {
		i.slot.pause = 0
	}
	i.slot.refill(w, i.slot.pause)
}

// pause freezes the instance; thaw ends one pause.
func (i *instance) pause(w *world) {
	i.paused++
	i.cpu.freeze(w, true)
}

func (i *instance) thaw(w *world) {
	if i.paused--; i.paused > 0 || i.dead {
		return
	}
	i.cpu.freeze(w, false)
	late := i.frozen
	i.frozen = nil
	for _, l := range late {
		l.who.act(w, l.arg)
	}
}

// refill has an empty slot filled after a pause, unless the node is held down.
func (s *slot) refill(w *world, pause time.Duration) {
	if s.starting || s.node.held > 0 || s.instance != nil && !s.instance.dead {
		return
	}
	s.starting = true
	id := work.Root(w.plan.Seed).Named(runner.EndpointName(s.node.spec.Name, policy.EndpointID(len(s.node.known)+1)))
	s.took = drawn(&w.costs.Start, id, uint64(s.number))
	s.pause = max(firstPause, min(2*s.pause, lastPause))
	w.after(pause+s.took, byWork, s, 0)
}

// act fills the slot: the new instance serves, and its callers learn of it.
func (s *slot) act(w *world, _ uint64) {
	s.starting = false
	if s.node.held > 0 {
		return
	}
	i, err := s.node.newInstance(w, s)
	if err != nil {
		return // the node's first instance was made the same way
	}
	if s.instance != nil {
		s.node.known[s.instance.id-1] = nil
	}
	s.instance = i
	w.emit(record.Event{Kind: record.InstanceStart, Node: i.node.spec.Name, Instance: i.name})
	for _, e := range w.effects {
		if e.Node == s.node.spec.Name {
			e.tell(w, i, "begun")
		}
	}
	w.emit(record.Event{Kind: record.InstanceReady, Node: i.node.spec.Name, Instance: i.name,
		PhasesMS: map[string]float64{"ready": float64(s.took) / float64(time.Millisecond)}})
	i.meet(w)
	if !s.node.news {
		s.node.news = true
		w.at(w.now, byWork, s.node, 0)
	}
}

// act tells the node's callers which instances it has, once for all that have
// come at the same instant.
func (n *node) act(w *world, _ uint64) {
	n.news = false
	up := n.endpoints()
	for _, caller := range n.callers {
		at := caller.edgeOf[n.spec.Name]
		for _, s := range caller.slots {
			if i := s.instance; i != nil && !i.dead {
				i.edges[at].machine.SetEndpoints(up)
				i.edges[at].settle(w)
			}
		}
	}
}
