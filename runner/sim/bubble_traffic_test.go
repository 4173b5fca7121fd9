package sim

import (
	"cmp"
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

// arrivals sends the requests of the open phases and of timers.
func (b *bubble) arrivals(all *sync.WaitGroup) {
	schedule := b.plan.Schedule()
	for a := range schedule.All() {
		b.pass(a.At-b.now(), byArrival)
		b.send(a, all)
	}
}

// send sends an open arrival, unless too many requests are in flight.
func (b *bubble) send(a arrival.Arriving, all *sync.WaitGroup) {
	b.mu.Lock()
	bounded := b.inFlight >= b.plan.Scenario.Generator.MaxInFlight
	b.mu.Unlock()
	r := b.newRequest(a)
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
		r := b.newRequest(arrival.Arriving{Seq: seq, Phase: phase, At: b.now()})
		b.enter(1)
		b.ask(&r)
	}
}

func (b *bubble) newRequest(a arrival.Arriving) record.Request {
	if a.Entry == "" {
		var weights []float64
		for _, m := range b.plan.Mix() {
			weights = append(weights, m.Weight)
		}
		a.Entry = b.plan.Mix()[arrival.PickEntry(weights, arrival.Identity(b.plan.Seed, a.Seq))].Entry
	}
	return record.Request{Seq: a.Seq, Entry: a.Entry, Phase: b.plan.Scenario.Phases[a.Phase].Name, Intended: a.At, Sent: a.At}
}

// ask has a request answered and records it, as runner/load does.
func (b *bubble) ask(r *record.Request) {
	doors := b.plan.Graph.Doors()
	entry := doors[slices.IndexFunc(doors, func(e topologies.EntryPoint) bool { return e.Name == r.Entry })]
	slots := b.nodes[slices.IndexFunc(b.nodes, func(n *bubbleNode) bool { return n.spec.Name == entry.Node })].slots
	b.mu.Lock()
	to := slots[r.Seq%uint64(len(slots))].instance
	b.mu.Unlock()
	looked := entry.Request.Asked()
	asked := live.Request{Method: looked.Method, Host: looked.Host, Path: looked.Path, Query: looked.Query, Fields: looked.Fields,
		Body: []byte(entry.Request.Body), Identity: arrival.Identity(b.plan.Seed, r.Seq)}
	asked.Priority = entry.Priority
	asked.Trace = traceContext(asked.Identity)
	if draw := entry.Keys(); draw != nil {
		asked.Key = draw(asked.Identity)
	}
	reply := b.exchange(to, asked,
		&b.costs.EntryHop, b.plan.Scenario.Generator.Timeout)
	r.Done, r.Cause = b.now(), reply.Cause
	if expect := entry.Request.Expect; len(expect) > 0 && slices.Contains(expect, reply.Status) {
		r.Cause = policy.OK
	} else if len(expect) > 0 {
		r.Cause = cmp.Or(r.Cause, policy.Status)
	}
	if reply.Status != 0 {
		r.FirstByte, r.Status, r.Bytes = r.Done, reply.Status, int64(len(reply.Body))
		r.Attempts, r.Calls, r.Path = int(reply.Trail.Attempts), int(reply.Trail.Calls), reply.Trail.Path
	}
	b.seen.Request(*r)
	b.tracer.ended(r, b.plan.Seed)
	b.enter(-1)
}
