package sim

import (
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// birth is an instance of a fleet on its way: fetched and created, initialised,
// acquainted with those that it must find by itself, maybe frozen, and then ready.
type birth struct {
	fleet     *fleet
	pooled    bool // it is frozen when it is initialised, until it is wanted
	scheduled policy.Instant
	fetched   time.Duration
	created   policy.Instant
	asks      policy.Instant // when it begins to ask for others
	woken     bool
	slot      *slot
	instance  *instance
	dead      bool
}

// The arguments of a birth's events.
const (
	birthCreated = iota
	birthWoken
	birthThawed
	birthWakes
)

func (b *birth) act(w *world, what uint64) {
	switch {
	case b.dead:
	case what == birthWoken:
		b.scheduled, b.woken = w.now, true
		if took := drawn(&w.costs.Woken, work.Root(w.plan.Seed).Named(b.instance.name), 1); took > 0 {
			w.after(took, byWork, b, birthThawed)
			return
		}
		b.thaw(w)
	case what == birthThawed:
		b.thaw(w)
	case what == birthWakes:
		b.wake(w)
	case b.fleet.node.held > 0:
		b.end(w) // a fault came to hold the node down
	default:
		b.begin(w)
	}
}

// create makes the instance, which nobody knows of.
func (b *birth) create(w *world) error {
	b.slot = b.fleet.slot()
	i, err := b.fleet.node.newInstance(w, b.slot)
	if err != nil {
		return err
	}
	b.instance, b.created = i, w.now
	return nil
}

// begin has the instance do what it has to do first.
func (b *birth) begin(w *world) {
	if b.create(w) != nil {
		return // the node's first instance was made the same way
	}
	w.emit(record.Event{Kind: record.InstanceStart, Node: b.fleet.node.spec.Name, Instance: b.instance.name})
	steps := b.fleet.node.config.Init
	if len(steps) == 0 {
		b.initialised(w)
		return
	}
	v := &visit{instance: b.instance, deadline: policy.Never, listed: -1, begins: b}
	a := w.tasks.get()
	a.begin(v, nil, 0)
	a.frames = append(a.frames, frame{steps: steps, id: initIdentity(w, b.instance), began: w.now})
	a.run(w)
}

// initialised goes on when the initialisation is over.
func (b *birth) initialised(w *world) {
	b.instance.init, b.asks = w.now.Sub(b.created), w.now
	b.instance.meet(w)
	b.instance.discover(w, b)
}

// met goes on when the instance has asked for those that it must find.
func (b *birth) met(w *world) {
	switch {
	case b.dead:
	case b.pooled:
		b.freeze(w)
	default:
		b.serve(w)
	}
}

// freeze puts the instance into the pool.
func (b *birth) freeze(w *world) {
	w.emit(record.Event{Kind: record.InstancePaused, Node: b.fleet.node.spec.Name, Instance: b.instance.name})
	b.instance.pause(w)
	b.leave()
	b.fleet.pool = append(b.fleet.pool, b)
	b.fleet.stir(w)
}

// thaw ends the freezing of an instance of the pool, which wakes unless a fault
// pauses it as well: then it does so at the heal.
func (b *birth) thaw(w *world) {
	b.instance.thaw(w)
	if !b.instance.hold(b, birthWakes) {
		b.wake(w)
	}
}

// wake has an instance of the pool go on. One that was frozen before the run
// began has not asked for anybody yet.
func (b *birth) wake(w *world) {
	i := b.instance
	if i.start == nil {
		i.meet(w)
		i.discover(w, b)
		return
	}
	b.serve(w)
}

// serve makes the instance one that serves, and has its callers know.
func (b *birth) serve(w *world) {
	f, i := b.fleet, b.instance
	b.leave()
	i.catchUp(w)
	b.slot.instance, i.ready, i.rested = i, w.now, w.now
	f.node.slots = append(f.node.slots, b.slot)
	f.ready++
	for _, e := range w.effects {
		e.tell(w, i, "begun")
	}
	phases := b.phases(w)
	w.emit(record.Event{Kind: record.InstanceReady, Node: f.node.spec.Name, Instance: i.name, PhasesMS: phases})
	w.tracer.started(w, i, phases)
	i.register(w)
	if front := f.invoker(); front != nil {
		front.add(w, i)
	} else if !f.node.news {
		f.node.news = true
		w.at(w.now, byWork, f.node, 0)
	}
	f.stir(w)
}

// phases are the parts of the start, in milliseconds.
func (b *birth) phases(w *world) map[string]float64 {
	if b.woken {
		return map[string]float64{"woken": milliseconds(w.now.Sub(b.scheduled))}
	}
	parts := map[string]float64{"created": milliseconds(b.created.Sub(b.scheduled) - b.fetched)}
	if b.fetched > 0 {
		parts["fetched"] = milliseconds(b.fetched)
	}
	if b.instance.init > 0 {
		parts["initialised"] = milliseconds(b.instance.init)
	}
	if asked := w.now.Sub(b.asks); asked > 0 {
		parts["discovered"] = milliseconds(asked)
	}
	return parts
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// kill ends what is on its way.
func (b *birth) kill(w *world) {
	if i := b.instance; i != nil {
		i.dead = true
		i.cpu.stop(w)
		b.fleet.forget(w, i)
		w.emit(record.Event{Kind: record.InstanceStop, Node: b.fleet.node.spec.Name, Instance: i.name, Reason: "it never served"})
	}
	b.end(w)
}

func (b *birth) end(w *world) {
	b.dead = true
	b.leave()
	b.fleet.pool = slices.DeleteFunc(b.fleet.pool, func(o *birth) bool { return o == b })
	b.fleet.stir(w)
}

// leave takes the birth off the list of those on their way.
func (b *birth) leave() {
	b.fleet.births = slices.DeleteFunc(b.fleet.births, func(o *birth) bool { return o == b })
}
