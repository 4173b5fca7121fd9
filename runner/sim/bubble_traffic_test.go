package sim

import (
	"slices"
	"sync"
	"time"

	live "windtunnel/fixtures/node"
	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Do implements live.Transport: it carries an attempt to another instance.
func (i *bubbleInstance) Do(a *live.Attempt) live.Reply {
	i.awake()
	b := i.node.bubble
	request := a.Request
	if request.Left != 0 {
		request.Left = live.ParseLeft(live.FormatLeft(request.Left))
	}
	b.mu.Lock()
	to := b.byName[a.Address]
	b.mu.Unlock()
	left := time.Duration(policy.Never)
	if !a.Until.IsZero() {
		left = time.Until(a.Until)
	}
	reply := b.exchange(to, request, &b.costs.Hop, left)
	i.awake()
	return reply
}

// exchange sends a request to an instance and waits for the reply, so long.
func (b *bubble) exchange(to *bubbleInstance, r live.Request, hop *work.Dist, left time.Duration) live.Reply {
	answered := make(chan live.Reply, 1)
	index := uint64(to.node.index)
	due := b.depart(left, byDue)
	there := b.depart(drawn(hop, r.Identity, drawnThere+index), byMessage)
	v := &bubbleVisit{request: r, back: drawn(hop, r.Identity, drawnBack+index), answered: answered}
	b.others.Go(func() { b.carry(there, to, v) })
	var expired <-chan time.Time
	if left != time.Duration(policy.Never) {
		timer := time.NewTimer(left)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case reply := <-answered:
		return reply
	case <-b.closed: // workers that wait for each other would wait for ever
		return live.Reply{Cause: policy.Reset}
	case <-expired:
	}
	return b.expire(due, answered)
}

// expire ends an exchange whose time is up, unless its reply comes now.
func (b *bubble) expire(due journey, answered <-chan live.Reply) live.Reply {
	if b.order != nil {
		b.order.line(due.ticket)
		select {
		case <-due.turn:
		case reply := <-answered:
			b.order.leave(due.ticket)
			return reply
		}
	}
	select {
	case reply := <-answered:
		return reply
	default:
		return live.Reply{Cause: policy.Timeout}
	}
}

// carry brings a request to its instance, has it answered there and brings the
// reply back.
func (b *bubble) carry(there journey, to *bubbleInstance, v *bubbleVisit) {
	b.arrive(there)
	reply := live.Reply{Cause: policy.Refused}
	if to.take(v) {
		to.awake() // frozen, it reads the request later
		reply = to.host.Serve(&v.request)
		to.awake()
		to.leave(v)
	}
	b.pass(v.back, byMessage)
	v.answered <- reply
}

// take lists a request that arrived; false where nobody listens.
func (i *bubbleInstance) take(v *bubbleVisit) bool {
	i.node.bubble.mu.Lock()
	defer i.node.bubble.mu.Unlock()
	if !i.dead {
		i.visits = append(i.visits, v)
	}
	return !i.dead
}

func (i *bubbleInstance) leave(v *bubbleVisit) {
	i.node.bubble.mu.Lock()
	defer i.node.bubble.mu.Unlock()
	at := slices.Index(i.visits, v)
	i.visits = slices.Delete(i.visits, at, at+1)
}

// load offers the scenario's load and returns when every request has ended.
func (b *bubble) load() {
	var all sync.WaitGroup
	all.Go(func() { b.arrivals(&all) })
	for phase, p := range b.plan.Scenario.Phases {
		if closed, ok := p.Load.(*arrival.Closed); ok {
			for u := range closed.Users {
				begins := b.depart(b.plan.Scenario.Begin(phase), byArrival)
				all.Go(func() {
					b.arrive(begins)
					b.user(phase, closed, u)
				})
			}
		}
	}
	all.Wait()
}

// arrivals sends the requests of the open phases.
func (b *bubble) arrivals(all *sync.WaitGroup) {
	seq := uint64(0)
	for phase, p := range b.plan.Scenario.Phases {
		open, ok := p.Load.(arrival.Open)
		if !ok {
			continue
		}
		begin := b.plan.Scenario.Begin(phase)
		for at := range open.Arrivals(p.For, arrival.PhaseIdentity(b.plan.Seed, phase)) {
			b.pass(begin+at-b.now(), byArrival)
			b.send(seq, phase, begin+at, all)
			seq++
		}
	}
}

// send sends an open arrival, unless too many requests are in flight.
func (b *bubble) send(seq uint64, phase int, at time.Duration, all *sync.WaitGroup) {
	b.mu.Lock()
	bounded := b.inFlight >= b.plan.Scenario.Generator.MaxInFlight
	b.mu.Unlock()
	r := b.newRequest(seq, phase, at)
	if bounded {
		r.Cause, r.Sent, r.Done = policy.Unsent, 0, b.now()
		b.seen.Request(r)
		return
	}
	b.enter(1)
	all.Go(func() { b.ask(&r) })
}

func (b *bubble) enter(by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inFlight += by
}

// user is one of a closed phase.
func (b *bubble) user(phase int, load *arrival.Closed, number int) {
	end := b.plan.Scenario.Begin(phase) + b.plan.Scenario.Phases[phase].For
	asked := time.Duration(0)
	for k := uint64(0); ; k++ {
		seq := load.ClosedSeq(phase, number, k)
		think := load.ThinkBefore(k, arrival.Identity(b.plan.Seed, seq))
		if k > 0 {
			think = max(think, asked+haste-b.now()) // in no time nobody gets anywhere
		}
		if b.now()+think >= end {
			return
		}
		b.pass(think, byArrival)
		asked = b.now()
		r := b.newRequest(seq, phase, b.now())
		b.enter(1)
		b.ask(&r)
	}
}

func (b *bubble) newRequest(seq uint64, phase int, at time.Duration) record.Request {
	weights, entries := b.mix()
	return record.Request{Seq: seq, Entry: entries[arrival.PickEntry(weights, arrival.Identity(b.plan.Seed, seq))].Name,
		Phase: b.plan.Scenario.Phases[phase].Name, Intended: at, Sent: at}
}

// mix is the scenario's, beside the entries that it names.
func (b *bubble) mix() (weights []float64, entries []topologies.EntryPoint) {
	for _, e := range b.plan.Graph.Entries {
		if len(b.plan.Scenario.Mix) == 0 {
			weights, entries = append(weights, 1), append(entries, e)
		}
	}
	for _, m := range b.plan.Scenario.Mix {
		at := slices.IndexFunc(b.plan.Graph.Entries, func(e topologies.EntryPoint) bool { return e.Name == m.Entry })
		weights, entries = append(weights, m.Weight), append(entries, b.plan.Graph.Entries[at])
	}
	return weights, entries
}

// ask has a request answered and records it, as runner/load does.
func (b *bubble) ask(r *record.Request) {
	entry := b.plan.Graph.Entries[slices.IndexFunc(b.plan.Graph.Entries, func(e topologies.EntryPoint) bool { return e.Name == r.Entry })]
	slots := b.nodes[slices.IndexFunc(b.nodes, func(n *bubbleNode) bool { return n.spec.Name == entry.Node })].slots
	b.mu.Lock()
	to := slots[r.Seq%uint64(len(slots))].instance
	b.mu.Unlock()
	reply := b.exchange(to, live.Request{Method: entry.Request.Method, Path: entry.Request.Path, Identity: arrival.Identity(b.plan.Seed, r.Seq)},
		&b.costs.EntryHop, b.plan.Scenario.Generator.Timeout)
	r.Done, r.Cause = b.now(), reply.Cause
	if reply.Status != 0 {
		r.FirstByte, r.Status, r.Bytes = r.Done, reply.Status, int64(len(reply.Body))
		r.Attempts, r.Calls, r.Path = int(reply.Trail.Attempts), int(reply.Trail.Calls), reply.Trail.Path
	}
	b.seen.Request(*r)
	b.enter(-1)
}
