package sim

import (
	"strings"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// edge hosts the machine of one outgoing edge of one instance.
type edge struct {
	from    *instance
	to      *node
	machine *policy.Edge
	alarmAt policy.Instant
	dues    lane            // of its calls
	last    policy.Counters // at the last sample
}

// settle tells the transitions that are due and sets the alarm for the next.
func (e *edge) settle(w *world) {
	if e.machine.Deadline() == policy.Never {
		e.alarmAt = policy.Never
		return
	}
	w.changes = e.machine.Tick(w.now, w.changes[:0])
	for _, t := range w.changes {
		name := ""
		if i := e.to.byID(t.Endpoint); i != nil {
			name = i.name
		}
		w.recorder.Event(record.Event{At: time.Duration(t.At), Kind: record.BreakerState, Node: e.from.node.spec.Name,
			Instance: e.from.name, Edge: e.from.node.spec.Name + ">" + e.to.spec.Name, Name: name,
			From: t.From, To: t.To, Reason: t.Reason})
	}
	if next := e.machine.Deadline(); next != e.alarmAt {
		e.alarmAt = next
		if next != policy.Never {
			w.at(next, byDue, e, uint64(next))
		}
	}
}

// act is the alarm.
func (e *edge) act(w *world, at uint64) {
	if policy.Instant(at) != e.alarmAt || e.from.dead || e.from.hold(e, at) {
		return
	}
	e.alarmAt = policy.Never
	e.settle(w)
}

// call hosts one call along an edge, for a step or for a proxy.
type call struct {
	machine    policy.Call
	edge       *edge
	route      *route
	id         work.Identity
	task       *activity // of a call step
	taskSerial uint64
	proxied    *visit // of a proxy
	flying     int    // the number of the attempt that is not given up and not answered; 0: none
	path       string
	serial     uint64
	dueSet     policy.Instant
	trail      trail
	last       answer // to the latest attempt
	scratch    [4]policy.Action
}

func (c *call) begin(w *world, from *instance, r *route, id, draws work.Identity, deadline policy.Instant) {
	e := from.edges[r.edge]
	*c = call{edge: e, route: r, id: id, path: r.path, serial: c.serial + 1, dueSet: policy.Never}
	c.machine = e.machine.Begin(w.now, draws, deadline, r.idempotent)
}

// step tells the machine what happened and does what it asks for.
func (c *call) step(w *world, ev policy.Event) {
	actions := c.machine.Step(w.now, ev, c.scratch[:0])
	c.edge.settle(w)
	serial := c.serial
	for i := range actions {
		switch a := &actions[i]; a.Kind {
		case policy.Send:
			c.flying = a.Attempt
			c.send(w, a)
		case policy.Cancel:
			c.flying, c.last = 0, answer{bytes: noReply}
		case policy.Finish:
			c.finish(w, a.Cause)
		}
	}
	if serial != c.serial {
		return // it is over, and may be another call by now
	}
	if due := c.machine.Due(); due != policy.Never && due != c.dueSet {
		c.dueSet = due
		c.edge.dues.alarm(w, due, byDue, c, serial)
	}
}

// stale says whether the call has another due by now, or is over.
func (c *call) stale(serial uint64) bool { return serial != c.serial || c.dueSet == policy.Never }

// act is told when something may be due. What is early is the alarm of a due
// that is no more.
func (c *call) act(w *world, serial uint64) {
	if serial != c.serial || w.now < c.machine.Due() || c.edge.from.dead || c.edge.from.hold(c, serial) {
		return
	}
	c.step(w, policy.Event{Kind: policy.Due})
}

// attempt is one attempt on its way.
type attempt struct {
	call   *call
	serial uint64 // of the call
	edge   *edge
	path   string
	number int
	to     policy.EndpointID
	id     work.Identity
	until  policy.Instant
	began  policy.Instant
	toll   toll
	came   answer
	owed   time.Duration // CPU to be spent when it is over
}

// What an attempt is told, in the order in which it happens.
const (
	attemptPrepared = iota // the CPU time of sending it is spent
	attemptLeaves          // its delay in transit is over
	attemptEnds            // that of its reply is, too
)

func (c *call) send(w *world, a *policy.Action) {
	t := w.tries.get()
	*t = attempt{call: c, serial: c.serial, edge: c.edge, path: c.path, number: a.Attempt, to: a.Endpoint,
		until: a.Deadline, began: w.now, id: c.id.Child(uint64(a.Attempt))}
	if c.proxied != nil && a.Attempt == 1 {
		t.id = c.id
	}
	if len(w.effects) > 0 {
		t.toll = w.toll(t.id, c.edge.from.node, componentAt(c.path), c.edge.to)
	}
	onWay, aside := w.costs.parted(c.edge.from.node.costs.Send)
	t.owed = aside
	if onWay > 0 {
		c.edge.from.cpu.burn(w, onWay, t, attemptPrepared)
		return
	}
	t.prepared(w)
}

// componentAt is whose operation a path asks for.
func componentAt(path string) string {
	return work.Component(strings.TrimPrefix(path, wire.OperationPath("")))
}

// void says whether the call has gone on without the attempt.
func (t *attempt) void() bool { return t.serial != t.call.serial || t.number != t.call.flying }

func (t *attempt) drop(w *world) {
	if !t.edge.from.dead {
		t.edge.from.cpu.spend(w, t.owed)
	}
	t.call = nil
	w.tries.put(t)
}

// act goes on with the attempt, unless its caller is gone, or frozen.
func (t *attempt) act(w *world, what uint64) {
	switch {
	case t.edge.from.dead || t.void():
		t.drop(w)
	case t.edge.from.hold(t, what):
	case what == attemptPrepared:
		t.prepared(w)
	case what == attemptLeaves:
		t.leave(w)
	default:
		c, number, outcome := t.call, t.number, policy.Outcome{Cause: t.came.cause, Latency: w.now.Sub(t.began)}
		c.trail.join(w, t.came.trail)
		c.flying, c.last = 0, t.came
		t.drop(w)
		c.step(w, policy.Event{Kind: policy.Replied, Attempt: number, Outcome: outcome})
	}
}

// prepared spends what effects ask for on the way.
func (t *attempt) prepared(w *world) {
	if t.toll.delay > 0 {
		t.transit(w, t.toll.delay, attemptLeaves)
		return
	}
	t.leave(w)
}

// transit lets time pass on the way. What would be on its way until the
// attempt's deadline, or longer, comes to nothing: the call is told Due then.
func (t *attempt) transit(w *world, d time.Duration, then uint64) {
	if w.now.Add(d) >= t.until {
		t.drop(w)
		return
	}
	w.after(d, byMessage, t, then)
}

func (t *attempt) leave(w *world) {
	i, left := t.edge.to.byID(t.to), time.Duration(0)
	if t.until != policy.Never {
		left = leftOf(w.now, t.until)
	}
	switch {
	case t.toll.fail:
		t.fail(w, answer{cause: policy.Declared, bytes: int64(len("failed on the edge to ") + len(t.edge.to.spec.Name) + len("\n"))})
	case i == nil:
		t.fail(w, answer{cause: policy.Refused, bytes: noReply})
	case left < 0 || left == 0 && t.until != policy.Never:
		t.drop(w) // its time is up: the call is told Due now
	default:
		w.ask(i, t.path, t.call.route.handler, t.id, left, t, 0, false)
	}
}

// answer is the callee's.
func (t *attempt) answer(w *world, _ uint64, a answer) {
	t.came = a
	if d := t.toll.replyDelay; d > 0 {
		t.transit(w, d, attemptEnds)
		return
	}
	t.act(w, attemptEnds)
}

// fail is an answer that no callee gave. It is told as an event of its own, so
// that calls which end at once do not nest.
func (t *attempt) fail(w *world, a answer) {
	t.came = a
	t.transit(w, t.toll.replyDelay, attemptEnds)
}

// finish gives the call's outcome to who made it.
func (c *call) finish(w *world, cause policy.Cause) {
	task, serial, proxied, t := c.task, c.taskSerial, c.proxied, c.trail
	t.attempts += uint32(c.machine.Attempts())
	t.calls++
	passed := c.passedOn(cause)
	passed.trail = t
	c.serial++
	c.task, c.proxied = nil, nil
	w.calls.put(c)
	if proxied != nil {
		proxied.over(w, passed)
		return
	}
	if serial == task.serial {
		task.trail.join(w, t)
		task.resume(w, cause)
	}
}

// passedOn is what a proxy answers: the callee's own reply where the call ended
// with that, and otherwise what the proxy has to say.
func (c *call) passedOn(cause policy.Cause) answer {
	if c.last.bytes != noReply && c.last.cause == cause {
		return c.last
	}
	return refusal(c.edge.to.spec.Name, cause)
}

// forward passes a request on along the route's edge: what proxies do.
func (v *visit) forward(w *world) {
	r := v.handler.route
	c := w.calls.get()
	c.begin(w, v.instance, r, v.id, v.id.Named(r.draws), v.deadline)
	c.proxied = v
	if c.path == "" {
		c.path = v.path
	}
	c.step(w, policy.Event{Kind: policy.Begin})
}
