package sim

import (
	"maps"
	"slices"

	"windtunnel/runner"
	"windtunnel/topologies/wire"
)

// bubbleFault is one of the plan's faults.
type bubbleFault struct {
	runner.PlannedFault
	begins, heals journey
	undo          []func()
}

func (f *bubbleFault) run(b *bubble) {
	b.arrive(f.begins)
	f.begin(b)
	if f.For == 0 {
		return
	}
	b.arrive(f.heals)
	b.chores.Lock()
	defer b.chores.Unlock()
	if !b.isOver() {
		f.heal()
	}
}

func (f *bubbleFault) begin(b *bubble) {
	b.chores.Lock()
	defer b.chores.Unlock()
	if b.isOver() {
		return
	}
	for at, e := range f.Effects {
		f.undo = append(f.undo, b.apply(f, e, f.Name+string(rune('0'+at))))
	}
}

// heal undoes the fault, once.
func (f *bubbleFault) heal() {
	for _, undo := range f.undo {
		undo()
	}
	f.undo = nil
}

// apply carries out one effect and returns what undoes it.
func (b *bubble) apply(f *bubbleFault, e wire.Effect, id string) (undo func()) {
	n := b.nodes[slices.IndexFunc(b.nodes, func(n *bubbleNode) bool { return n.spec.Name == e.Node })]
	switch e.Kind {
	case wire.Kill:
		return n.kill(f.For > 0)
	case wire.Pause:
		return n.freeze(e, f.heals)
	}
	b.mu.Lock()
	b.effects[id] = e
	b.mu.Unlock()
	for _, i := range n.live() {
		i.obey(id, e)
	}
	return func() {
		b.mu.Lock()
		delete(b.effects, id)
		b.mu.Unlock()
		for _, i := range n.live() {
			i.host.Heal(id)
		}
	}
}

// kill ends the node's instances, and may hold it down.
func (n *bubbleNode) kill(hold bool) (undo func()) {
	if hold {
		n.held++
	}
	for _, i := range n.live() {
		i.kill()
	}
	if !hold {
		return func() {}
	}
	return n.release
}

// freeze freezes the node's instances until it is undone, which is at the turn
// of heals.
func (n *bubbleNode) freeze(e wire.Effect, heals journey) (undo func()) {
	paused := slices.DeleteFunc(n.live(), func(i *bubbleInstance) bool { return !e.InSlot(i.slot.number) })
	for _, i := range paused {
		i.freeze()
	}
	return func() {
		after := uint64(0)
		if heals.ticket != nil {
			after = heals.order
		}
		for k, i := range paused {
			i.thaw(after + uint64(k)<<10)
		}
	}
}

// release ends a kill that held the node down.
func (n *bubbleNode) release() {
	if n.held--; n.held == 0 {
		for _, s := range n.slots {
			s.refill(0)
		}
	}
}

// inForce are the effects on a node, in the order of their ids.
func (b *bubble) inForce(name string) ([]string, map[string]wire.Effect) {
	b.mu.Lock()
	defer b.mu.Unlock()
	on := maps.Clone(b.effects)
	maps.DeleteFunc(on, func(_ string, e wire.Effect) bool { return e.Node != name })
	return slices.Sorted(maps.Keys(on)), on
}
