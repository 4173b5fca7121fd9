package sim

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"windtunnel/runner"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// bubble carries a plan out on the hosts of the node program, in a synctest
// bubble, over a transport in memory: what the simulator must agree with.
type bubble struct {
	plan  *runner.Plan
	costs Costs
	order *conductor // nil: goroutines of one instant run as they like
	began time.Time
	nodes []*bubbleNode
	past  time.Duration // of the last sample

	chores sync.Mutex // held by who starts, kills, freezes, heals or samples instances

	mu       sync.Mutex
	byName   map[string]*bubbleInstance // dead ones, too
	effects  map[string]wire.Effect     // in force on hosts, by id
	inFlight int
	over     bool
	seen     recording
	tracer   *bubbleTracer
	closed   chan struct{}  // once the run is over
	others   sync.WaitGroup // every goroutine that is not a host's own
}

// bubbleNode is a node of the topology in a bubble.
type bubbleNode struct {
	bubble *bubble
	index  int
	spec   *topologies.Node
	slots  []*bubbleSlot
	lastID policy.EndpointID
	held   int
}

// inBubble carries a plan out, in turns or with all goroutines free.
func inBubble(t *testing.T, p *runner.Plan, c Costs, conducted bool) *recording {
	var b *bubble
	synctest.Test(t, func(t *testing.T) {
		b = &bubble{plan: p, costs: c, began: time.Now(), closed: make(chan struct{}), tracer: newBubbleTracer(p), byName: map[string]*bubbleInstance{}, effects: map[string]wire.Effect{}}
		if conducted {
			b.order = newConductor()
		}
		b.deploy(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			b.experiment()
		}()
		if conducted {
			b.order.conduct(done)
		}
		<-done
		b.close()
		b.others.Wait()
		time.Sleep(2 * time.Hour) // the branches of dead hosts end when they would have gone on
	})
	return &b.seen
}

// deploy starts every instance and makes them known to each other.
func (b *bubble) deploy(t *testing.T) {
	for i, spec := range b.plan.Graph.Topology.Nodes {
		n := &bubbleNode{bubble: b, index: i, spec: spec}
		b.nodes = append(b.nodes, n)
		for range max(1, spec.Replicas) {
			s := &bubbleSlot{node: n, number: len(n.slots)}
			n.slots = append(n.slots, s)
			if err := s.start(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, n := range b.nodes {
		for _, i := range n.live() {
			i.meet()
		}
	}
}

// experiment drives load and faults until the scenario is over and the last
// request has ended.
func (b *bubble) experiment() {
	var faults []*bubbleFault
	for _, f := range b.plan.Faults {
		if f.NotApplicable == "" {
			made := &bubbleFault{PlannedFault: f, begins: b.depart(f.At, byFault), heals: b.depart(f.For, byFault)}
			faults = append(faults, made)
			b.others.Go(func() { made.run(b) })
		}
	}
	b.others.Go(b.samples)
	b.load()
	if left := b.plan.Scenario.Length() - b.now(); left > 0 {
		b.pass(left, bySample)
	}
	b.chores.Lock()
	defer b.chores.Unlock()
	for _, n := range b.nodes {
		for _, i := range n.live() {
			b.seen.frozen = b.seen.frozen || i.pauses > 0
		}
	}
	for _, f := range faults {
		f.heal()
	}
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.sample()
	b.seen.Traces(b.tracer.traces(b))
}

// close ends everything that could still be under way.
func (b *bubble) close() {
	close(b.closed)
	for _, n := range b.nodes {
		for _, i := range n.live() {
			b.mu.Lock()
			i.pauses = 0
			b.wake(i, 0)
			b.mu.Unlock()
			i.host.Close()
		}
	}
}

// now is the time since the run's begin.
func (b *bubble) now() time.Duration { return time.Since(b.began) }

func (b *bubble) isOver() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.over
}

// journey is something that takes time and then its turn.
type journey struct {
	takes time.Duration
	*ticket
}

// depart begins a journey; whoever ends it must do so at once, or the time has
// passed twice.
func (b *bubble) depart(d time.Duration, c class) journey {
	if b.order == nil {
		return journey{d, nil}
	}
	return journey{d, b.order.ticket(c)}
}

// arrive ends a journey.
func (b *bubble) arrive(j journey) {
	time.Sleep(j.takes)
	b.await(j)
}

// await takes the turn of a journey whose time has passed.
func (b *bubble) await(j journey) {
	if b.order != nil {
		b.order.line(j.ticket)
		<-j.turn
	}
}

// pass lets time pass.
func (b *bubble) pass(d time.Duration, c class) { b.arrive(b.depart(d, c)) }

// live are the node's instances that live.
func (n *bubbleNode) live() []*bubbleInstance {
	n.bubble.mu.Lock()
	defer n.bubble.mu.Unlock()
	var live []*bubbleInstance
	for _, s := range n.slots {
		if !s.instance.dead {
			live = append(live, s.instance)
		}
	}
	return live
}

// endpoints are the node's instances as its callers know them: a dead one stays
// until it is replaced.
func (b *bubble) endpoints(name string) *wire.Endpoints {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := &wire.Endpoints{Node: name}
	for _, n := range b.nodes {
		for _, s := range n.slots {
			if n.spec.Name == name && s.instance != nil {
				e.List = append(e.List, wire.Endpoint{ID: s.instance.id, Name: s.instance.name, Address: s.instance.name,
					Weight: n.spec.Weight(s.number)})
			}
		}
	}
	return e
}

// samples takes a sample every second.
func (b *bubble) samples() {
	for !b.isOver() {
		b.pass(sampleEvery, bySample)
		b.chores.Lock()
		if !b.isOver() {
			b.sample()
		}
		b.chores.Unlock()
	}
}

func (b *bubble) sample() {
	at := b.now()
	interval := at - b.past
	if interval == 0 {
		return
	}
	b.past = at
	for _, n := range b.nodes {
		for _, i := range n.live() {
			i.sample(&b.seen, at, interval)
		}
	}
}
