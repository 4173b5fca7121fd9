package sim

import (
	"time"

	live "windtunnel/fixtures/node"
	"windtunnel/runner"
	"windtunnel/topologies/work"
)

// bubbleSlot is a place for one instance, which is filled again when it falls empty.
type bubbleSlot struct {
	node     *bubbleNode
	number   int
	instance *bubbleInstance // what fills it, or filled it last
	starting bool
	pause    time.Duration
}

// start fills the slot.
func (s *bubbleSlot) start() error {
	n, b := s.node, s.node.bubble
	n.lastID++
	name := runner.EndpointName(n.spec.Name, n.lastID)
	i := &bubbleInstance{node: n, slot: s, id: n.lastID, name: name, ready: time.Now()}
	var err error
	i.host, err = live.New(b.plan.NodeConfig(n.spec, name), live.Surroundings{Transport: i, Emit: i.hear, Rest: i.rest})
	if err != nil {
		return err
	}
	b.mu.Lock()
	s.instance, b.byName[name] = i, i
	b.mu.Unlock()
	ids, effects := b.inForce(n.spec.Name)
	for _, id := range ids {
		i.obey(id, effects[id])
	}
	return nil
}

// refill has an empty slot filled as the live engine's supervisor does it.
func (s *bubbleSlot) refill(pause time.Duration) {
	b := s.node.bubble
	if s.starting || s.node.held > 0 || !s.instance.dead {
		return
	}
	s.starting = true
	id := work.Root(b.plan.Seed).Named(runner.EndpointName(s.node.spec.Name, s.node.lastID+1))
	s.pause = max(firstPause, min(2*s.pause, lastPause))
	j := b.depart(pause+drawn(&b.costs.Start, id, uint64(s.number)), byWork)
	b.others.Go(func() {
		b.arrive(j)
		b.chores.Lock()
		defer b.chores.Unlock()
		s.starting = false
		if s.node.held > 0 || b.isOver() {
			return
		}
		if err := s.start(); err != nil {
			panic(err) // the first one of the slot was made the same way
		}
		s.instance.meet()
		for _, n := range b.nodes {
			for _, caller := range n.live() {
				caller.learn(s.node.spec.Name)
			}
		}
	})
}
