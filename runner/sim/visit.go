package sim

import (
	"time"

	"windtunnel/runner/tracing"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// answered is who sent a request and waits for its reply.
type answered interface {
	// answer gets what came, which is another's as soon as it returns.
	answer(w *world, tag uint64, a *answer)
}

// visit is one request at one instance: from its arrival until its reply is on
// its way.
type visit struct {
	instance *instance
	path     string
	handler  *handler         // nil until it is known
	asked    *gateway.Request // as a gateway looks at it; nil: by its path alone
	choice   *gateway.Choice  // the route that a gateway has found
	id       work.Identity
	carried
	left     time.Duration // until its deadline, when it was sent; 0: it has none
	deadline policy.Instant
	arrived  policy.Instant
	begun    policy.Instant // has a worker since
	sender   answered
	tag      uint64
	hop      bool           // the outside's: EntryHop
	listed   int            // place in instance.visits
	number   uint64         // of its arrival at the instance
	ticket   uint64         // by which the workers know it: see world.visitors
	serial   uint64         // counts the lives of this struct
	waits    bool           // for a worker
	tolled   policy.Cause   // of a proxy: what effects have ended it with
	owed     time.Duration  // CPU to be spent when it is over
	until    policy.Instant // at a front: when its wait for an instance ends
	served   policy.Instant // when its operation began
	filling  *filling       // at a cache node: what it brings; nil: it looks
	worked   bool           // it has had a worker
	waited   uint16         // at a front: waits for an instance
	begins   *birth         // of an initialisation, which nobody has asked for
	question *question      // about instances; nil of any other request
}

// carried is what a request brings along, for itself and for all that it causes.
type carried struct {
	key      uint64 // what it is about; 0: not known
	priority policy.Priority
	log      *tracing.Log  // nil: it is not traced
	within   work.Identity // of the operation or request that has caused it
}

// causes is what a request brings along that the visit makes, within an
// operation or as the visit itself.
func (v *visit) causes(within work.Identity) carried {
	c := v.carried
	c.within = within
	return c
}

// The arguments of a visit's events, above its serial.
const (
	visitArrives = iota << visitShift
	visitExpires
	visitServes
	visitForwards
	visitUnplaced
	visitTells
)

const (
	visitShift = 60
	visitMask  = 1<<visitShift - 1
)

// ask sends a request to an instance; its answer comes to sender with tag. Its
// handler is nil where the path alone tells it, and asked where no gateway is to
// look at it. A deadline travels as the time left until then, 0 for none.
func (w *world) ask(i *instance, path string, h *handler, asked *gateway.Request, id work.Identity, c carried, left time.Duration, sender answered, tag uint64, outside bool) *visit {
	v := w.visits.get()
	if v.ticket == 0 {
		w.visitors = append(w.visitors, v)
		v.ticket = uint64(len(w.visitors))
	}
	serial := v.serial + 1
	*v = visit{instance: i, path: path, handler: h, asked: asked, id: id, carried: c, left: left, sender: sender, tag: tag, hop: outside,
		ticket: v.ticket, serial: serial, listed: -1}
	w.tracer.share(v.log)
	w.after(v.way(w, drawnThere), byMessage, v, visitArrives|serial)
	return v
}

// way is how long a message takes, in one direction. A proxy passes requests on
// with the identity that they came with, so the node is part of the draw.
func (v *visit) way(w *world, direction uint64) time.Duration {
	if w.near {
		return 0
	}
	hop := &w.costs.Hop
	if v.hop {
		hop = &w.costs.EntryHop
	}
	return w.costs.woken(hop, v.id, direction+uint64(v.instance.node.index))
}

// act goes on with the visit.
func (v *visit) act(w *world, arg uint64) {
	if arg&visitMask != v.serial {
		return
	}
	if v.instance.dead {
		if arg&^visitMask == visitArrives {
			v.answer(w, &answer{cause: policy.Refused, bytes: noReply}) // by the machine: no node has seen it
		}
		return
	}
	if v.instance.hold(v, arg) {
		return
	}
	switch arg &^ visitMask {
	case visitArrives:
		v.arrive(w)
	case visitExpires:
		if v.waits && v.instance.workers.Cancel(w.now, v.ticket) {
			v.waits = false
			v.turnDown(w, policy.Deadline)
		}
	case visitServes:
		v.serve(w)
	case visitForwards:
		v.pass(w)
	case visitUnplaced:
		v.unplaced(w)
	case visitTells:
		v.instance.registry.tell(w, v)
	}
}

// arrive takes the request in at its instance.
func (v *visit) arrive(w *world) {
	i := v.instance
	v.arrived, v.deadline = w.now, policy.Never
	if v.left > 0 {
		v.deadline = w.now.Add(v.left)
	}
	v.listed = len(i.visits)
	i.visits = append(i.visits, v)
	if i.gate != nil && v.path != wire.HealthPath && !v.admit(w) {
		return
	}
	if v.handler == nil {
		v.handler = i.node.handle(v.path, v.asked)
	}
	if v.handler == nil {
		v.turnDown(w, policy.Status)
		return
	}
	i.arrivals++
	v.number = i.arrivals
	if v.handler.health {
		v.start(w) // at once, whatever waits for the workers
		return
	}
	if v.key == 0 && i.node.config.Keyed {
		v.key = v.id.StandIn()
	}
	came := i.workers.Arrive(w.now, v.ticket, v.deadline, policy.Asked{Name: askedFor(v.path), Priority: v.priority})
	i.settle(w)
	switch came {
	case policy.Started:
		v.start(w)
	case policy.Expired:
		v.turnDown(w, policy.Deadline)
	case policy.Rejected:
		i.count.rejected++
		a := v.refusal(policy.RejectedQueue)
		v.leave(w, &a)
	case policy.Limited:
		v.turnDown(w, policy.RejectedLimit)
	case policy.Queued:
		v.waits = true
		if v.deadline != policy.Never {
			i.deadlines.alarm(w, v.deadline, byExpiry, v, visitExpires|v.serial)
		}
	}
}

// settle tells what has become of the machine of the incoming side.
func (i *instance) settle(w *world) {
	w.changes = i.workers.Told(w.changes[:0])
	for _, t := range w.changes {
		i.tell(w, t, "", "")
	}
}

// stale says whether the request no longer waits for a worker.
func (v *visit) stale(arg uint64) bool { return arg&visitMask != v.serial || !v.waits }

// start gives the request its worker.
func (v *visit) start(w *world) {
	v.waits = false
	v.begun, v.worked = w.now, true
	onWay, aside := w.costs.parted(v.instance.node.costs.Serve)
	v.owed = aside
	if onWay > 0 {
		v.instance.cpu.burn(w, onWay, v, visitServes|v.serial)
		return
	}
	v.serve(w)
}

// serve has the request's handler answer it.
func (v *visit) serve(w *world) {
	switch {
	case v.handler.health:
		v.leave(w, &answer{bytes: okBytes})
		return
	case v.handler.op == nil:
		v.payToll(w)
		return
	}
	v.served = w.now
	v.instance.count.operations[v.handler.op.index].wait += v.begun.Sub(v.arrived)
	a := w.tasks.get()
	a.begin(v, nil, 0)
	a.enter(w, v.handler.op, v.id)
	a.run(w)
}

// performed answers with what an operation came to.
func (v *visit) performed(w *world, e ended) {
	a := v.outcome(e)
	if v.instance.node.fleet != nil && v.instance.node.fleet.front != nil {
		a.took = max(w.now.Sub(v.served), time.Microsecond)
	}
	v.over(w, &a)
}

func (v *visit) outcome(e ended) answer {
	switch {
	case e.cause != policy.OK:
		a := refusal(v.handler.op.Name, e.cause)
		a.trail = e.trail
		return a
	case e.size < 0:
		return answer{bytes: okBytes, trail: e.trail}
	}
	return answer{bytes: e.size, trail: e.trail}
}

// payToll spends what effects on a whole proxy ask for.
func (v *visit) payToll(w *world) {
	if len(w.effects) > 0 {
		t := w.toll(v.id, v.instance, "", nil)
		if t.fail {
			v.tolled = policy.Declared
		}
		if end := w.now.Add(t.delay); t.delay > 0 {
			if end >= v.deadline {
				end, v.tolled = v.deadline, policy.Deadline
			}
			w.at(end, byWork, v, visitForwards|v.serial)
			return
		}
	}
	v.pass(w)
}

// pass has a proxy pass the request on, unless effects have ended it.
func (v *visit) pass(w *world) {
	if v.tolled != policy.OK {
		v.refuse(w, v.tolled)
		return
	}
	switch {
	case v.handler.invokes:
		v.invoke(w)
	case v.handler.keeps:
		v.keep(w)
	case v.handler.names:
		v.names(w)
	case v.choice != nil:
		v.choose(w)
	default:
		v.forward(w, v.handler.route, 0)
	}
}

// refusal is the instance's own answer.
func (v *visit) refusal(cause policy.Cause) answer { return refusal(v.instance.name, cause) }

// over takes the answer of the handler with the trail of what it asked of
// others, frees the worker and sends it.
func (v *visit) over(w *world, a *answer) {
	i := v.instance
	if i.dead {
		return
	}
	var next uint64
	var ok bool
	next, ok, w.expired, w.limited = i.workers.Done(w.now, v.ticket, w.expired[:0], w.limited[:0])
	i.settle(w)
	i.rested = w.now
	expired, limited := w.expired, w.limited
	w.expired, w.limited = nil, nil
	v.end(w, a)
	for _, ticket := range expired {
		late := w.visitors[ticket-1]
		late.waits = false
		late.turnDown(w, policy.Deadline)
	}
	for _, ticket := range limited {
		shed := w.visitors[ticket-1]
		shed.waits = false
		shed.turnDown(w, policy.RejectedLimit)
	}
	w.expired, w.limited = expired, limited
	if ok {
		i.handOver(w, w.visitors[next-1])
	}
}

// handOver gives a worker that has become free to who waited for it. Those that
// end at once hand it on in turn: one after the other, and not one within the other.
func (i *instance) handOver(w *world, to *visit) {
	i.next = append(i.next, to)
	if len(i.next) > 1 {
		return
	}
	for n := 0; n < len(i.next); n++ {
		i.next[n].start(w)
	}
	clear(i.next)
	i.next = i.next[:0]
}

// refuse is over with a refusal of the instance's own.
func (v *visit) refuse(w *world, cause policy.Cause) {
	a := v.refusal(cause)
	v.over(w, &a)
}

// turnDown ends a request that has no worker with a refusal of the instance's own.
func (v *visit) turnDown(w *world, cause policy.Cause) {
	a := v.refusal(cause)
	v.end(w, &a)
}

// end counts the request and sends its reply.
func (v *visit) end(w *world, a *answer) {
	if a.cause == policy.OK {
		v.instance.count.served++
		if l := v.instance.latencies; l != nil {
			l.Add(w.now.Sub(v.arrived))
		}
	} else {
		v.instance.count.failed++
	}
	v.leave(w, a)
}

// leave sends the reply; the visit is over.
func (v *visit) leave(w *world, a *answer) {
	v.leaveList()
	if i := v.instance; i.retiring && len(i.visits) == 0 {
		w.at(w.now.Add(i.node.fleet.grace()), byWork, i, instanceDrains)
	}
	v.instance.cpu.spend(w, v.owed)
	a.trail.path = w.paths.join(w, v.instance.node.path, a.trail.path)
	v.traceServed(w, a.cause)
	v.answer(w, a)
}

// answer tells the sender after the way back.
func (v *visit) answer(w *world, a *answer) {
	v.tell(w, a)
	w.tracer.leave(&v.log)
	v.serial++ // what is still told to this life of it is void
	w.visits.put(v)
}

func (v *visit) tell(w *world, a *answer) {
	r := w.replies.get()
	r.to, r.tag, r.answer = v.sender, v.tag, *a
	w.after(v.way(w, drawnBack), byMessage, r, 0)
}

// breakOff ends the visit of an instance that died. Its activities may still be
// told things, and know by the visit that it is dead: so it is not used again.
func (v *visit) breakOff(w *world) {
	v.serial++
	v.tell(w, &answer{cause: policy.Reset, bytes: noReply})
	w.tracer.leave(&v.log)
}

// leaveList takes the visit off its instance's list.
func (v *visit) leaveList() {
	if v.listed < 0 {
		return
	}
	list := v.instance.visits
	last := len(list) - 1
	list[last].listed = v.listed
	list[v.listed] = list[last]
	list[last] = nil
	v.instance.visits = list[:last]
	v.listed = -1
}

// reply is an answer on its way back.
type reply struct {
	to     answered
	tag    uint64
	answer answer
}

func (r *reply) act(w *world, _ uint64) {
	r.to.answer(w, r.tag, &r.answer)
	r.to = nil
	w.replies.put(r)
}
