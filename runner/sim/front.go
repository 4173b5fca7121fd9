package sim

import (
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// front hosts the machine of one instance of a function's front.
type front struct {
	instance *instance
	to       *node // the function
	machine  *policy.Front
	turns    []policy.Turn // scratch
	expired  []uint64
	count    policy.Counters
}

// newFront returns the front that an instance is; nil where it is none.
func (i *instance) newFront(w *world) (*front, error) {
	c := i.node.config.Front
	if c == nil {
		return nil, nil
	}
	machine, err := policy.NewFront(c.Policy)
	if err != nil {
		return nil, err
	}
	return &front{instance: i, to: w.byName[c.To], machine: machine,
		count: policy.Counters{Failed: map[policy.Cause]uint64{}}}, nil
}

// meet makes the function's instances known.
func (f *front) meet(w *world) {
	for _, s := range f.to.slots {
		f.add(w, s.instance)
	}
}

// refuse turns away the requests that came last.
func (f *front) refuse(w *world, n int) {
	for _, ticket := range f.machine.Refuse(w.now, n, nil) {
		w.visitors[ticket-1].turnAway(w, policy.RejectedLimit)
	}
}

// add makes an instance known that is ready.
func (f *front) add(w *world, i *instance) {
	f.turns, f.expired = f.machine.Add(w.now, i.id, f.turns[:0], f.expired[:0])
	f.handOut(w)
}

// invoke has the front find an instance for a request.
func (v *visit) invoke(w *world) {
	f := v.instance.front
	turn, until, became := f.machine.Arrive(w.now, v.ticket, v.deadline)
	switch became {
	case policy.Started:
		v.send(w, turn)
	case policy.Expired:
		v.refuse(w, policy.Deadline)
	case policy.Rejected:
		v.turnAway(w, policy.RejectedQueue)
	case policy.Queued:
		v.queue(w, until)
	}
}

// queue has the request wait for an instance until its wait ends.
func (v *visit) queue(w *world, until policy.Instant) {
	v.waits, v.until, v.served = true, until, w.now
	v.waited++
	if until != policy.Never {
		v.instance.deadlines.alarm(w, until, byExpiry, v, visitUnplaced|v.serial)
	}
	v.instance.front.to.fleet.stir(w)
}

// unplaced ends a request whose wait for an instance has ended.
func (v *visit) unplaced(w *world) {
	if !v.waits || v.until != w.now || !v.instance.front.machine.Cancel(w.now, v.ticket) {
		return
	}
	v.waitedOut(w)
}

// waitedOut tells whose wait has ended which bound ended it: its own deadline,
// or that on waiting here.
func (v *visit) waitedOut(w *world) {
	v.waits = false
	cause := policy.RejectedQueue
	if v.until == v.deadline {
		cause = policy.Deadline
	}
	v.traceWait(w, policy.Turn{}, cause)
	v.gone(w, cause)
	v.refuse(w, cause)
}

// gone writes down a request whose own patience ended while it waited and an
// instance was starting.
func (v *visit) gone(w *world, cause policy.Cause) {
	to := v.instance.front.to
	if to.fleet.starting() == 0 {
		return
	}
	w.recorder.Invocation(record.Invocation{At: time.Duration(v.begun), Node: to.spec.Name, Cold: w.now.Sub(v.begun),
		Memory: to.spec.Memory, Cause: cause, Left: true})
}

// turnAway answers 429.
func (v *visit) turnAway(w *world, cause policy.Cause) {
	if v.waits {
		v.traceWait(w, policy.Turn{}, cause)
	}
	v.waits = false
	a := v.refusal(cause)
	a.code = 429
	v.over(w, &a)
}

// handOut carries out what the machine has decided.
func (f *front) handOut(w *world) {
	turns, expired := f.turns, f.expired
	f.turns, f.expired = nil, nil // what follows may come back here
	for _, t := range turns {
		v := w.visitors[t.Ticket-1]
		v.waits = false
		v.traceWait(w, t, policy.OK)
		v.send(w, t)
	}
	for _, ticket := range expired {
		w.visitors[ticket-1].waitedOut(w)
	}
	f.turns, f.expired = turns, expired
}

// send asks the instance whose turn it is.
func (v *visit) send(w *world, turn policy.Turn) {
	e := w.errands.get()
	*e = errand{serial: e.serial + 1, visit: v, visitSerial: v.serial, front: v.instance.front, to: turn.Endpoint, ticket: turn.Ticket, began: w.now}
	if turn.Cold {
		e.cold = max(w.now.Sub(v.begun), time.Microsecond) // none would say that it was not cold
	}
	if len(w.effects) > 0 {
		e.toll = w.toll(v.id, v.instance, componentAt(v.path), e.front.to)
	}
	if v.deadline != policy.Never {
		v.instance.deadlines.alarm(w, v.deadline, byDue, e, errandExpires|e.serial)
	}
	onWay, aside := w.costs.parted(v.instance.node.costs.Send)
	e.owed = aside
	if onWay > 0 {
		v.instance.cpu.burn(w, onWay, e, errandPrepared|e.serial)
		return
	}
	e.prepared(w)
}

// errand is a request on its way from a front to an instance and back.
type errand struct {
	serial      uint64
	visit       *visit
	visitSerial uint64
	front       *front
	to          policy.EndpointID
	ticket      uint64
	began       policy.Instant
	cold        time.Duration
	toll        toll
	came        answer
	owed        time.Duration
}

// The arguments of an errand's events, above its serial.
const (
	errandPrepared = iota << visitShift
	errandLeaves
	errandEnds
	errandExpires
)

func (e *errand) stale(arg uint64) bool { return arg&visitMask != e.serial }

func (e *errand) act(w *world, arg uint64) {
	if e.stale(arg) {
		return
	}
	switch arg &^ visitMask {
	case errandPrepared:
		e.prepared(w)
	case errandLeaves:
		e.leave(w)
	case errandEnds:
		e.end(w, e.came)
	case errandExpires:
		a := refusal(e.front.to.spec.Name, policy.Deadline)
		a.unasked = true
		e.end(w, a)
	}
}

func (e *errand) prepared(w *world) {
	if e.toll.delay > 0 {
		w.after(e.toll.delay, byMessage, e, errandLeaves|e.serial)
		return
	}
	e.leave(w)
}

func (e *errand) leave(w *world) {
	v, i, left := e.visit, e.front.to.byID(e.to), time.Duration(0)
	if v.deadline != policy.Never {
		left = leftOf(w.now, v.deadline)
	}
	switch {
	case e.toll.fail:
		e.answer(w, e.serial, &answer{cause: policy.Declared, unasked: true, bytes: int64(len("failed on the edge to ") + len(e.front.to.spec.Name) + len("\n"))})
	case i == nil:
		e.answer(w, e.serial, &answer{cause: policy.Refused, bytes: noReply})
	case v.deadline != policy.Never && left <= 0:
		return // its time is up: the alarm of its deadline rings now
	default:
		w.ask(i, v.path, nil, nil, v.id, v.carried, left, e, e.serial, false)
	}
}

// answer is the instance's.
func (e *errand) answer(w *world, tag uint64, a *answer) {
	if tag != e.serial {
		return
	}
	e.came = *a
	w.after(e.toll.replyDelay, byMessage, e, errandEnds|e.serial)
}

// end frees the instance's place and answers the request. One whose instance
// turned out to be gone before it was asked is handed to another.
func (e *errand) end(w *world, a answer) {
	f, v, id, began, cold := e.front, e.visit, e.to, e.began, e.cold
	f.instance.cpu.spend(w, e.owed)
	stale := v.serial != e.visitSerial
	e.serial++
	e.visit = nil
	w.errands.put(e)
	if stale {
		return
	}
	if a.cause == policy.Refused && a.bytes == noReply {
		f.again(w, v, id)
		return
	}
	v.traceInvoked(w, id, began, a)
	f.bill(w, id, began, cold, a)
	a.took = 0
	a.trail.attempts++
	a.trail.calls++
	a.trail.cold += cold
	f.turns, f.expired = f.machine.Done(w.now, id, f.turns[:0], f.expired[:0])
	f.handOut(w)
	f.freed(w, id)
	if a.bytes == noReply {
		trail := a.trail
		a = refusal(f.to.spec.Name, a.cause)
		a.trail = trail
	}
	v.over(w, &a)
}

// again puts a request back whose instance is gone.
func (f *front) again(w *world, v *visit, id policy.EndpointID) {
	f.machine.Remove(id)
	f.machine.Done(w.now, id, nil, nil)
	turn, until, became := f.machine.Return(w.now, v.ticket, v.deadline)
	if became == policy.Started {
		v.send(w, turn)
		return
	}
	v.queue(w, until)
}

// freed goes on with an instance that has one request less.
func (f *front) freed(w *world, id policy.EndpointID) {
	i := f.to.byID(id)
	switch {
	case i == nil:
	case i.retiring:
		i.act(w, instanceDrains)
	case f.to.fleet.alarmAt == policy.Never:
		f.to.fleet.stir(w) // it may be idle, and nothing waits for the end of that
	}
}

// bill writes the invocation down.
func (f *front) bill(w *world, id policy.EndpointID, began policy.Instant, cold time.Duration, a answer) {
	took := w.now.Sub(began)
	f.count.Calls++
	f.count.Attempts++
	f.count.Latency += took
	if a.cause != policy.OK {
		f.count.Failed[a.cause]++
	}
	if a.took > 0 {
		took = a.took
	}
	billed := record.Invocation{At: time.Duration(began), Node: f.to.spec.Name, Duration: took, Cold: cold,
		Memory: f.to.spec.Memory, Cause: a.cause}
	if i := f.to.byID(id); i != nil {
		billed.Instance = i.name
		billed.Init, i.init = i.init, 0
	}
	w.recorder.Invocation(billed)
}
