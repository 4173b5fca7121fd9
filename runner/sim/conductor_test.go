package sim

import (
	"slices"
	"sync"
	"testing/synctest"
)

// conductor lets what happens at the same instant of a bubble happen one after
// another, each until all it leads to waits for something: in the simulator's
// order, which is by class and then by who began to wait first. Without it the
// goroutines of one instant run as the scheduler likes.
type conductor struct {
	mu     sync.Mutex
	serial uint64
	ready  []*ticket // whose instant has come
	poke   chan struct{}
	over   bool
}

// ticket is the place of one thing among those of its instant.
type ticket struct {
	order uint64 // class, then number, with room for what comes right after it
	turn  chan struct{}
}

func newConductor() *conductor { return &conductor{poke: make(chan struct{}, 1)} }

// ticket hands out the next place in a class.
func (c *conductor) ticket(class class) *ticket {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	return newTicket(uint64(class)<<classShift | c.serial<<20)
}

func newTicket(order uint64) *ticket { return &ticket{order, make(chan struct{})} }

// line puts a ticket among those whose instant has come. Its turn comes when
// that channel is closed.
func (c *conductor) line(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		close(t.turn)
		return
	}
	c.ready = append(c.ready, t)
	select {
	case c.poke <- struct{}{}:
	default:
	}
}

// leave takes a ticket back whose turn is no longer wanted.
func (c *conductor) leave(t *ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ready = slices.DeleteFunc(c.ready, func(r *ticket) bool { return r == t })
}

// conduct gives the turns until done is closed; from then on nobody waits.
func (c *conductor) conduct(done <-chan struct{}) {
	for {
		select {
		case <-done:
			c.end()
			return
		case <-c.poke:
		}
		for synctest.Wait(); c.next(); synctest.Wait() {
		}
	}
}

// next gives the first of those whose instant has come its turn.
func (c *conductor) next() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ready) == 0 {
		return false
	}
	first := 0
	for i := range c.ready {
		if c.ready[i].order < c.ready[first].order {
			first = i
		}
	}
	close(c.ready[first].turn)
	c.ready = slices.Delete(c.ready, first, first+1)
	return true
}

func (c *conductor) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, t := range c.ready {
		close(t.turn)
	}
	c.ready = nil
}
