package sim

import (
	"runtime"
	"strings"
	"time"

	live "windtunnel/fixtures/node"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// bubbleInstance is a host with the process that it would live in: one that can
// be killed and frozen. A dead host's goroutines end at the next thing that they
// would wait for.
type bubbleInstance struct {
	node *bubbleNode
	slot *bubbleSlot
	id   policy.EndpointID
	name string
	host *live.Host

	ready time.Time

	// Guarded by the bubble's lock.
	dead   bool
	died   time.Duration
	pauses int
	visits []*bubbleVisit // in the order of their arrival
	frozen []*frozen      // in the order in which they froze
	untold []record.Event // while it was frozen

	last wire.Metrics
}

// bubbleVisit is a request at an instance.
type bubbleVisit struct {
	request  live.Request
	back     time.Duration
	answered chan<- live.Reply
}

// frozen is a goroutine that waits for its process to thaw.
type frozen struct {
	journey
	thawed chan struct{}
}

// meet tells an instance whom it may call.
func (i *bubbleInstance) meet() {
	for _, e := range i.node.bubble.plan.Graph.Edges {
		i.learn(e.To)
	}
}

// learn tells an instance the endpoints of a node, if it may call that.
func (i *bubbleInstance) learn(name string) {
	if _, calls := i.node.bubble.plan.Graph.Edge(i.node.spec.Name, name); !calls {
		return
	}
	if err := i.host.SetEndpoints(i.node.bubble.endpoints(name)); err != nil {
		panic(err)
	}
}

// obey puts an effect in force, if it is done to this instance.
func (i *bubbleInstance) obey(id string, e wire.Effect) {
	if !e.InSlot(i.slot.number) {
		return
	}
	if err := i.host.Apply(&wire.Apply{ID: id, Effect: e}); err != nil {
		panic(err)
	}
}

// hear records what a host tells, unless its process is gone.
func (i *bubbleInstance) hear(e wire.Event) {
	b, from := i.node.bubble, i.node.spec.Name
	b.mu.Lock()
	defer b.mu.Unlock()
	if i.dead || b.over {
		return
	}
	event := record.Event{At: e.At.Sub(b.began), Node: from, Instance: i.name, From: e.From, To: e.To, Reason: e.Reason}
	event.Kind, event.Name = record.StateOf(e.Kind, e.Endpoint)
	if e.Kind == "effect" {
		event.Kind, event.Name = record.EffectState, e.Name
	}
	if e.Edge != "" {
		event.Edge = from + ">" + e.Edge
	}
	if i.pauses > 0 && event.Kind != record.EffectState {
		i.untold = append(i.untold, event)
		return
	}
	b.seen.Event(event)
}

// rest lets time pass for a host.
func (i *bubbleInstance) rest(d time.Duration) {
	i.node.bubble.pass(d, restClass())
	i.awake()
}

// restClass tells what a host rests for by the function that does: the pause of
// a retry, what an effect delays on an edge (until the attempt's deadline, where
// that is nearer), or else work.
func restClass() class {
	callers := make([]uintptr, 8)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for cut, more := false, true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case strings.HasSuffix(f.Function, "(*Host).sleepUntil"):
			cut = true
		case strings.HasSuffix(f.Function, "(*call).run"), cut && strings.HasSuffix(f.Function, "(*call).transit"):
			return byDue
		case strings.HasSuffix(f.Function, "(*call).transit"):
			return byMessage
		case strings.HasSuffix(f.Function, "(*execution).perform"), strings.HasSuffix(f.Function, "(*execution).step"):
			return byWork
		}
	}
	return byWork
}

// awake returns when the process runs, and not at all when it is dead.
func (i *bubbleInstance) awake() {
	b := i.node.bubble
	for {
		b.mu.Lock()
		if i.dead {
			b.mu.Unlock()
			runtime.Goexit()
		}
		if i.pauses == 0 {
			b.mu.Unlock()
			return
		}
		f := &frozen{thawed: make(chan struct{})}
		i.frozen = append(i.frozen, f)
		b.mu.Unlock()
		<-f.thawed
		b.await(f.journey)
	}
}

// kill ends the process: who waits for an answer meets a broken connection.
func (i *bubbleInstance) kill() {
	b := i.node.bubble
	b.mu.Lock()
	i.dead, i.died = true, b.now()
	for _, v := range i.visits {
		j, answered := b.depart(v.back, byMessage), v.answered
		b.others.Go(func() {
			b.arrive(j)
			answered <- live.Reply{Cause: policy.Reset}
		})
	}
	b.wake(i, 0)
	b.mu.Unlock()
	i.host.Close()
	if time.Since(i.ready) > lastPause || i.node.held > 0 {
		i.slot.pause = 0
	}
	i.slot.refill(i.slot.pause)
}

func (i *bubbleInstance) freeze() {
	b := i.node.bubble
	b.mu.Lock()
	defer b.mu.Unlock()
	i.pauses++
}

// thaw ends one pause. What goes on then does so right after the ticket.
func (i *bubbleInstance) thaw(after uint64) {
	b := i.node.bubble
	b.mu.Lock()
	defer b.mu.Unlock()
	if i.pauses--; i.pauses > 0 || i.dead {
		return
	}
	for _, e := range i.untold {
		b.seen.Event(e)
	}
	i.untold = nil
	b.wake(i, after)
}

// wake has the goroutines go on that a pause has held back, in the order in
// which it did.
func (b *bubble) wake(i *bubbleInstance, after uint64) {
	for n, f := range i.frozen {
		if b.order != nil {
			f.journey = journey{0, newTicket(after + 1 + uint64(n))}
		}
		close(f.thawed)
	}
	i.frozen = nil
}

// sample records what a host counted since the last time.
func (i *bubbleInstance) sample(r *recording, at, interval time.Duration) {
	m, last := i.host.Metrics(), &i.last
	s := record.NodeSample{At: at, Node: i.node.spec.Name, Instance: i.name, Interval: interval,
		Served: m.Served - last.Served, Failed: m.Failed - last.Failed, Rejected: m.Rejected - last.Rejected,
		InFlight: m.InFlight, Queued: m.Queued, Latency: m.Latency}
	s.Cache = grownCache(m.Cache, last.Cache)
	for k, o := range m.Operations {
		was := wire.OperationMetrics{}
		if len(last.Operations) > 0 {
			was = last.Operations[k]
		}
		s.Operations = append(s.Operations, record.OperationSample{Name: o.Name, Count: o.Count - was.Count,
			Failed: o.Failed - was.Failed, Service: o.Service - was.Service, Wait: o.Wait - was.Wait})
	}
	r.Node(s)
	for k, e := range m.Edges {
		was := wire.EdgeMetrics{}
		if len(last.Edges) > 0 {
			was = last.Edges[k]
		}
		r.Edge(record.EdgeSample{At: at, From: i.node.spec.Name, Instance: i.name, To: e.To,
			Calls: e.Calls - was.Calls, Attempts: e.Attempts - was.Attempts,
			Failed:  failures(policy.Counters{Failed: e.Failed}) - failures(policy.Counters{Failed: was.Failed}),
			Breaker: e.Breaker, Latency: e.Latency - was.Latency,
			Hedges: e.Hedges - was.Hedges, Rejected: e.Rejected - was.Rejected, Fallbacks: e.Fallbacks - was.Fallbacks,
			Cache: grownCache(e.Cache, was.Cache)})
	}
	i.last = *m
}

func grownCache(now, was *wire.CacheMetrics) record.CacheSample {
	if now == nil {
		return record.CacheSample{}
	}
	if was == nil {
		was = &wire.CacheMetrics{}
	}
	return record.CacheSample{CacheCounters: now.CacheCounters.Minus(was.CacheCounters), Values: now.Values}
}
