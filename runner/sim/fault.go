package sim

import (
	"slices"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// effect is one in force on nodes.
type effect struct {
	wire.Effect
	id    string
	table *gateway.Table // of a reload
}

// toll is what the effects in force ask of one request, as the node program has it.
type toll struct {
	delay, replyDelay time.Duration
	fail              bool
}

// toll adds up the effects on an operation of a component (to nil), on a whole
// proxy (component empty), or on a call to a component along the edge to a node.
func (w *world) toll(id work.Identity, on *instance, component string, to *node) toll {
	var t toll
	for _, e := range w.effects {
		if !e.hits(on, component, to) {
			continue
		}
		draw := id.Named(e.Name)
		if e.Share > 0 && draw.Float64() >= float64(e.Share) {
			continue
		}
		switch {
		case e.Kind == wire.Fail:
			t.fail = true
		case e.Reply:
			t.replyDelay += e.Delay.Draw(draw.Child(0))
		default:
			t.delay += e.Delay.Draw(draw.Child(0))
		}
	}
	return t
}

func (e *effect) hits(on *instance, component string, to *node) bool {
	switch {
	case !e.on(on) || e.Kind == wire.Reload:
		return false
	case to != nil:
		return e.To == to.spec.Name && (e.Component == "" || e.Component == component)
	default:
		return e.To == "" && (e.Component == "" || e.Component == component)
	}
}

// on says whether the effect is done to an instance.
func (e *effect) on(i *instance) bool {
	return e.Node == i.node.spec.Name && e.InSlot(i.slot.number)
}

// tell records what has become of the effect on an instance that it is done to.
func (e *effect) tell(w *world, i *instance, state string) {
	if !e.on(i) {
		return
	}
	event := record.Event{Kind: record.EffectState, Node: e.Node, Instance: i.name, Name: e.Name, To: state, Reason: string(e.Kind)}
	if e.To != "" {
		event.Edge = e.Node + ">" + e.To
	}
	w.emit(event)
}

// lift ends the effect, and is true.
func (e *effect) lift(w *world) bool {
	for _, i := range w.byName[e.Node].up() {
		e.tell(w, i, "healed")
	}
	return true
}

// fault is a planned fault on its timeline.
type fault struct {
	runner.PlannedFault
	begun, healed bool
	paused        []*instance
}

// The arguments of a fault's events.
const (
	faultBegins = iota
	faultHeals
)

// schedule sets the timeline.
func (w *world) schedule() {
	for _, f := range w.plan.Faults {
		if f.NotApplicable != "" {
			w.emit(record.Event{Kind: record.FaultSkipped, Name: f.Name, Reason: f.NotApplicable})
			continue
		}
		made := &fault{PlannedFault: f}
		w.faults = append(w.faults, made)
		w.at(policy.Instant(f.At), byFault, made, faultBegins)
		if f.For > 0 {
			w.at(policy.Instant(f.At+f.For), byFault, made, faultHeals)
		}
	}
}

func (f *fault) act(w *world, what uint64) {
	if what == faultBegins {
		f.begin(w)
	} else {
		f.heal(w, "")
	}
}

func (f *fault) begin(w *world) {
	f.begun = true
	w.emit(record.Event{Kind: record.FaultBegan, Name: f.Name})
	for _, e := range f.Effects {
		n := w.byName[e.Node]
		switch e.Kind {
		case wire.Kill:
			if f.For > 0 {
				n.held++
			}
			n.each(e, (*instance).kill, w)
			if e.Slot == 0 {
				n.killNewcomers(w)
			}
		case wire.Pause:
			pause := func(i *instance, w *world) {
				i.pause(w)
				f.paused = append(f.paused, i)
			}
			n.each(e, pause, w)
			if e.Slot == 0 {
				for _, i := range n.newcomers() {
					pause(i, w)
				}
			}
		default:
			made := &effect{Effect: e, id: f.Name}
			made.load()
			w.effects = append(w.effects, made)
			for _, i := range n.up() {
				made.tell(w, i, "begun")
			}
		}
	}
	if f.Momentary() {
		f.heal(w, runner.Replaced)
	}
}

// heal ends the fault, once.
func (f *fault) heal(w *world, reason string) {
	if !f.begun || f.healed {
		return
	}
	f.healed = true
	for _, e := range f.Effects {
		n := w.byName[e.Node]
		if e.Kind == wire.Kill && f.For > 0 {
			if n.held--; n.held == 0 && n.fleet != nil {
				n.fleet.stir(w)
			} else if n.held == 0 {
				for _, s := range n.slots {
					s.refill(w, 0)
				}
			}
		}
	}
	for _, i := range f.paused {
		if !i.dead {
			i.thaw(w)
		}
	}
	w.effects = slices.DeleteFunc(w.effects, func(e *effect) bool { return e.id == f.Name && e.lift(w) })
	w.emit(record.Event{Kind: record.FaultHealed, Name: f.Name, Reason: reason})
}

// up returns the instances that live.
func (n *node) up() []*instance {
	var up []*instance
	for _, s := range n.slots {
		if s.instance != nil && !s.instance.dead {
			up = append(up, s.instance)
		}
	}
	return up
}

// each does something to the instances that an effect is done to.
func (n *node) each(e wire.Effect, do func(*instance, *world), w *world) {
	for _, i := range n.up() {
		if e.InSlot(i.slot.number) {
			do(i, w)
		}
	}
}

// newcomers returns the instances that do not serve yet, those of the pool among
// them. A fault of the whole node is done to them, too, as their processes are
// there; one of a single instance is done to the one that serves or served last.
func (n *node) newcomers() []*instance {
	var coming []*instance
	for _, s := range n.slots {
		if s.coming != nil {
			coming = append(coming, s.coming)
		}
	}
	for _, b := range n.births() {
		if b.instance != nil {
			coming = append(coming, b.instance)
		}
	}
	return coming
}

// killNewcomers ends all that is on its way to serve.
func (n *node) killNewcomers(w *world) {
	for _, s := range n.slots {
		if s.coming != nil {
			s.abandon(w)
			s.refill(w, s.pause)
		}
	}
	for _, b := range n.births() {
		b.kill(w)
	}
}

// births returns what is on its way in the node's fleet, if it has one.
func (n *node) births() []*birth {
	if n.fleet == nil {
		return nil
	}
	return slices.Concat(n.fleet.births, n.fleet.pool)
}

// phase notes the begin of a phase.
type phase struct{ name string }

func (p *phase) act(w *world, _ uint64) {
	w.emit(record.Event{Kind: record.PhaseBegan, Name: p.name})
}
