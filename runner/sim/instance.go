package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/runner/tracing"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// slot is a place for one instance, which is filled again when it falls empty.
type slot struct {
	node     *node
	number   int       // among those of its node
	instance *instance // what fills it, or filled it last
	starting bool
	coming   *instance     // that is to fill it, and asks for others before
	took     time.Duration // of the start under way, or of the last one
	created  policy.Instant
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
	node       *node
	slot       *slot
	id         policy.EndpointID
	name       string
	place      tracing.Place
	ready      policy.Instant
	rested     policy.Instant // when its last request left its worker, or it became ready
	workers    *policy.Intake
	edges      []*edge
	cpu        cpu
	dead       bool
	retiring   bool             // takes no more requests, and ends with the last
	front      *front           // of a function; nil elsewhere
	gate       *gateway.Gateway // of a gateway; nil elsewhere
	init       time.Duration    // what it did before it served, until an invocation has been billed with it
	paused     int              // pauses in force
	frozen     []waking         // what would have happened while paused
	outside    connections      // of the generator
	visits     []*visit         // under way, for a kill; each knows its place
	next       []*visit         // those that are being given a worker
	deadlines  lane             // of the visits
	kept       *cache           // of a cache node that others fill; nil elsewhere
	arrivals   uint64
	count      counters
	last       counters        // at the last sample
	latencies  *wire.Latencies // since the last sample; nil: nobody asks
	registry   *registry       // what a registry knows; nil elsewhere
	finders    []*finder
	unmet      int      // finders that have not asked yet
	start      newcomer // is told when there are none; nil of the first instances
	registrars []*registrar
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
	i := &instance{node: n, slot: s, id: id, name: runner.EndpointName(n.spec.Name, id), ready: w.now, rested: w.now,
		workers: policy.NewIntake(n.config.Concurrency, n.config.Queue, n.config.Intake)}
	i.place = tracing.Place{Node: n.spec.Name, Instance: i.name}
	i.cpu = newCPU(&w.host, float64(n.spec.CPU))
	i.count.operations = make([]operationCounters, len(n.ops))
	i.last.operations = make([]operationCounters, len(n.ops))
	for _, c := range n.config.Edges {
		machine, err := policy.NewEdge(c.Policy)
		if err != nil {
			return nil, fmt.Errorf("lay out %s: edge to %s: %w", i.name, c.To, err)
		}
		machine.Caller = int(id)
		machine.Self = policy.ProberOf(w.plan.Seed, i.name, c.To)
		i.edges = append(i.edges, &edge{from: i, to: w.byName[c.To], machine: machine, reminder: newReminder(i)})
	}
	for at, c := range n.config.Edges {
		i.edges[at].setCache(c.Policy.Cache)
	}
	if w.followed && n.config.Registry == nil { // which holds answers back until there is news
		i.latencies = new(wire.Latencies)
	}
	if c := n.config.Cache; c != nil {
		i.kept = newCache(i, *c)
	}
	i.discovery(w)
	var err error
	if i.front, err = i.newFront(w); err != nil {
		return nil, fmt.Errorf("lay out %s: %w", i.name, err)
	}
	if c := n.config.Gateway; c != nil {
		if i.gate, err = gateway.New(*c); err != nil {
			return nil, fmt.Errorf("lay out %s: %w", i.name, err)
		}
	}
	n.known = append(n.known, i)
	return i, nil
}

// setCache gives the edge its cache, or the way to the node that is it.
func (e *edge) setCache(c *policy.EdgeCacheConfig) {
	if c == nil {
		return
	}
	e.always, e.lease = c.Always, c.LeaseTime()
	if c.In == "" {
		e.cache = newCache(e.from, c.CacheConfig)
		return
	}
	e.aside = &route{edge: e.from.node.edgeOf[c.In], idempotent: true}
}

// meet tells an instance whom it may call.
func (i *instance) meet(w *world) {
	if i.front != nil {
		i.front.meet(w)
	}
	for at := range i.edges {
		if c := i.node.config.Edges[at]; c.Discovery == nil || c.Discovery.Node == "" {
			i.learn(w, at)
		}
	}
}

// catchUp tells an instance that begins to serve what has become, since it met
// them, of the callees that it is told of: until now nobody told it of a change.
func (i *instance) catchUp(w *world) {
	for at := range i.edges {
		if d := i.node.config.Edges[at].Discovery; d == nil || d.By == "platform" {
			i.learn(w, at)
		}
	}
}

// learn tells an instance which instances the callee of an edge has.
func (i *instance) learn(w *world, at int) {
	e := i.edges[at]
	if i.front != nil && e.to == i.front.to {
		return
	}
	e.machine.SetEndpoints(w.now, e.to.endpoints())
	e.settle(w)
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
	if i.node.fleet != nil {
		i.node.fleet.lost(w, i)
		return
	}
	if w.now.Sub(i.ready) > lastPause || i.node.held > 0 {
		i.slot.pause = 0
	}
	i.slot.refill(w, i.slot.pause)
}

// instanceDrains is what an instance is told that may have nothing to do any more.
const instanceDrains = 0

// act ends an instance that retires and has nothing to do.
func (i *instance) act(w *world, _ uint64) {
	if !i.retiring || i.dead || len(i.visits) > 0 {
		return
	}
	if f := i.node.fleet.invoker(); f != nil && !f.machine.Drained(i.id) {
		return
	}
	i.dead = true
	i.cpu.stop(w)
	w.emit(record.Event{Kind: record.InstanceStop, Node: i.node.spec.Name, Instance: i.name, Reason: record.Retired})
	i.node.fleet.lost(w, i)
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

// act makes the instance that is to fill the slot.
func (s *slot) act(w *world, _ uint64) {
	if s.node.held > 0 {
		s.starting = false
		return
	}
	i, err := s.node.newInstance(w, s)
	if err != nil {
		return // the node's first instance was made the same way
	}
	s.coming, s.created = i, w.now
	w.emit(record.Event{Kind: record.InstanceStart, Node: i.node.spec.Name, Instance: i.name})
	i.meet(w)
	i.discover(w, s)
}

// met fills the slot: the new instance serves, and its callers learn of it.
func (s *slot) met(w *world) {
	if s.node.held > 0 { // a fault came to hold the node down
		s.abandon(w)
		return
	}
	i := s.coming
	s.starting, s.coming = false, nil
	i.catchUp(w)
	if s.instance != nil {
		s.node.known[s.instance.id-1] = nil
	}
	s.instance, i.ready = i, w.now
	for _, e := range w.effects {
		e.tell(w, i, "begun")
	}
	phases := map[string]float64{"ready": milliseconds(s.took)}
	if asked := w.now.Sub(s.created); asked > 0 {
		phases["discovered"] = milliseconds(asked)
	}
	w.emit(record.Event{Kind: record.InstanceReady, Node: i.node.spec.Name, Instance: i.name, PhasesMS: phases})
	i.register(w)
	if !s.node.news {
		s.node.news = true
		w.at(w.now, byWork, s.node, 0)
	}
}

// abandon ends the instance that was to fill the slot. Nobody knew of it yet.
func (s *slot) abandon(w *world) {
	i := s.coming
	s.starting, s.coming = false, nil
	i.dead = true
	i.cpu.stop(w)
	s.node.known[i.id-1] = nil
	w.emit(record.Event{Kind: record.InstanceStop, Node: i.node.spec.Name, Instance: i.name, Reason: "it never served"})
}

// act tells the node's callers which instances it has, once for all that have
// come at the same instant.
func (n *node) act(w *world, _ uint64) {
	n.news = false
	up := n.endpoints()
	for _, caller := range n.callers {
		at := caller.edgeOf[n.spec.Name]
		if d := caller.config.Edges[at].Discovery; d != nil && d.By != "platform" {
			continue // it asks by itself, or goes by what it was told first
		}
		for _, s := range caller.slots {
			if i := s.instance; i != nil && !i.dead {
				i.edges[at].machine.SetEndpoints(w.now, up)
				i.edges[at].settle(w)
			}
		}
	}
}
