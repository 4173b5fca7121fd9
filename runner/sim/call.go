package sim

import (
	"slices"
	"strings"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// edge hosts the machine of one outgoing edge of one instance.
type edge struct {
	from     *instance
	to       *node
	machine  *policy.Edge
	cache    *cache        // where replies are kept on this side; nil: nowhere
	aside    *route        // to the cache node that keeps them instead; nil: none does
	always   bool          // cache what is not idempotent, too
	lease    time.Duration // how long a reply may take to be made anew
	reminder reminder
	dues     lane             // of its calls
	waiting  map[uint64]*call // those that wait for their turn, by ticket
	last     policy.Counters  // at the last sample
	finder   *finder          // of one whose instances are asked for
}

// settle has calls go on whose turn has come, tells the transitions and sends the
// probes that are due, and sets the alarm for the next.
func (e *edge) settle(w *world) {
	w.turns = e.machine.Turns(w.turns[:0])
	for _, ticket := range w.turns {
		if c := e.waiting[ticket]; c != nil {
			c.turn = true
			w.at(w.now, byExpiry, c, c.serial)
		}
	}
	if e.machine.Deadline() == policy.Never {
		e.reminder.at = policy.Never
		return
	}
	w.changes = e.machine.Tick(w.now, w.changes[:0])
	for _, t := range w.changes {
		name := ""
		if i := e.to.byID(t.Endpoint); i != nil {
			name = i.name
		}
		e.from.tell(w, t, name, e.from.node.spec.Name+">"+e.to.spec.Name)
	}
	w.due = e.machine.Probes(w.now, w.due[:0])
	for _, p := range w.due {
		e.probe(w, p)
	}
	e.reminder.set(w, e.machine.Deadline(), e)
}

// tell records a machine's transition. The name is that of the instance called,
// where the machine is one for each.
func (i *instance) tell(w *world, t policy.Transition, name, edge string) {
	kind, name := record.StateOf(t.Machine, name)
	w.recorder.Event(record.Event{At: time.Duration(t.At), Kind: kind, Node: i.node.spec.Name,
		Instance: i.name, Edge: edge, Name: name, From: t.From, To: t.To, Reason: t.Reason})
}

// act is the alarm.
func (e *edge) act(w *world, at uint64) {
	if e.reminder.due(e, at) {
		e.settle(w)
	}
}

// call hosts one call along an edge, for a step or for a proxy.
type call struct {
	machine    policy.Call
	edge       *edge
	route      *route
	id         work.Identity
	task       *activity // of a call step
	taskSerial uint64
	proxied    *visit                                 // of a proxy
	then       func(w *world, a answer, stoodIn bool) // of a cache
	proxy      bool                                   // its first attempt bears the identity that came in
	filling    *filling
	joint      *joint // of an aggregate
	part       int    // then: which of its parts
	asked      *gateway.Request
	carried
	turn     bool // it need no longer wait
	path     string
	serial   uint64
	dueSet   policy.Instant
	trail    trail
	last     answer         // to the latest attempt
	landed   policy.Instant // when that came
	scratch  [4]policy.Action
	traced   tracedCall
	asker    asker     // of a question about instances
	question *question // that one
}

func (c *call) begin(w *world, from *instance, brings carried, deadline policy.Instant, r *route, id, draws work.Identity) {
	e := from.edges[r.edge]
	*c = call{edge: e, route: r, id: id, carried: brings, path: r.path, asked: r.asked, serial: c.serial + 1, dueSet: policy.Never}
	c.machine = e.machine.Begin(w.now, draws, deadline, r.idempotent)
	c.machine.Key = brings.key
	c.traced.began = w.now
}

// step tells the machine what happened and does what it asks for.
func (c *call) step(w *world, ev policy.Event) {
	waited := c.machine.Ticket()
	actions := c.machine.Step(w.now, ev, c.scratch[:0])
	c.line(waited)
	c.edge.settle(w)
	if c.log != nil {
		c.trace(w, ev, actions)
	}
	serial := c.serial
	for i := range actions {
		switch a := &actions[i]; a.Kind {
		case policy.Send:
			c.send(w, a)
		case policy.Cancel:
			if a.Cause != policy.OK {
				c.last = answer{bytes: noReply}
			}
		case policy.Finish:
			c.finish(w, *a)
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

// line keeps the call among those that wait for their turn, while it does.
func (c *call) line(waited uint64) {
	waits := c.machine.Ticket()
	if waits == waited {
		return
	}
	if c.edge.waiting == nil {
		c.edge.waiting = map[uint64]*call{}
	}
	delete(c.edge.waiting, waited)
	if waits != 0 {
		c.edge.waiting[waits] = c
	}
}

// stale says whether the call has another due by now, or is over.
func (c *call) stale(serial uint64) bool { return serial != c.serial || c.dueSet == policy.Never }

// act is told when something may be due. What is early is the alarm of a due
// that is no more.
func (c *call) act(w *world, serial uint64) {
	if serial != c.serial || !c.turn && w.now < c.machine.Due() || c.edge.from.dead || c.edge.from.hold(c, serial) {
		return
	}
	kind := policy.Due
	if c.turn {
		c.turn, kind = false, policy.Granted
	}
	c.step(w, policy.Event{Kind: kind})
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
	if c.proxy && a.Attempt == 1 {
		t.id = c.id
	}
	if len(w.effects) > 0 {
		t.toll = w.toll(t.id, c.edge.from, componentAt(c.path), c.edge.to)
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

// askedFor is the name of what a path asks for: an operation, or an entry.
func askedFor(path string) string {
	if op, ok := strings.CutPrefix(path, wire.OperationPath("")); ok {
		return op
	}
	return strings.TrimPrefix(path, "/")
}

// void says whether the call has gone on without the attempt.
func (t *attempt) void() bool { return t.serial != t.call.serial || !t.call.machine.Flies(t.number) }

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
		if t.began < c.landed { // it flew beside the one before
			c.trail.beside(w, t.came.trail)
		} else {
			c.trail.join(w, t.came.trail)
		}
		c.landed = w.now
		c.last, c.traced.to = t.came, t.to
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
		t.fail(w, answer{cause: policy.Declared, unasked: true, bytes: int64(len("failed on the edge to ") + len(t.edge.to.spec.Name) + len("\n"))})
	case i == nil:
		t.fail(w, answer{cause: policy.Refused, bytes: noReply})
	case left < 0 || left == 0 && t.until != policy.Never:
		t.drop(w) // its time is up: the call is told Due now
	default:
		v := w.ask(i, t.path, t.call.route.handler, t.call.asked, t.id, t.call.carried, left, t, 0, false)
		v.filling, v.question = t.call.filling, t.call.question
	}
}

// answer is the callee's.
func (t *attempt) answer(w *world, _ uint64, a *answer) {
	t.came = *a
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
func (c *call) finish(w *world, end policy.Action) {
	task, serial, proxied, then, joint, part, t := c.task, c.taskSerial, c.proxied, c.then, c.joint, c.part, c.trail
	t.attempts += uint32(c.machine.Attempts())
	t.calls++
	passed := c.passedOn(end)
	passed.trail = t
	who, instances := c.asker, c.last.instances
	c.serial++
	c.task, c.proxied, c.then, c.filling, c.joint, c.asker, c.question = nil, nil, nil, nil, nil, nil, nil
	w.calls.put(c)
	switch {
	case who != nil:
		who.answered(w, end.Cause, instances)
		return
	case then != nil:
		then(w, passed, end.Fallback)
		return
	case proxied != nil:
		proxied.over(w, &passed)
		return
	case joint != nil:
		joint.take(w, part, passed)
		return
	}
	if serial == task.serial {
		task.trail.join(w, t)
		task.resume(w, end.Cause)
	}
}

// passedOn is what a proxy answers: the callee's own reply where the call ended
// with that, and otherwise what the proxy has to say.
func (c *call) passedOn(end policy.Action) answer {
	switch {
	case end.Fallback:
		return answer{bytes: int64(c.edge.machine.Fallback())}
	case c.last.bytes != noReply && c.last.cause == end.Cause:
		return c.last
	}
	return refusal(c.edge.to.spec.Name, end.Cause)
}

// forward passes a request on along the route's edge: what proxies do. most
// bounds its tries; 0: it does not.
func (v *visit) forward(w *world, r *route, most int) {
	id, draws := v.id, v.id.Named(v.instance.node.spec.Name)
	path, asked := v.passing(r)
	if e := v.instance.edges[r.edge]; e.caches(r, path, asked) && (asked == nil || asked.Header("Authorization") == "") {
		c := newCached(v, e, r, id, draws)
		c.path, c.asked = path, asked
		c.proxied, c.most, c.then = true, most, func(w *world, a answer) { v.over(w, &a) }
		c.begin(w)
		return
	}
	c := w.calls.get()
	c.begin(w, v.instance, v.causes(v.id), v.deadline, r, id, draws)
	c.path, c.asked = path, asked
	c.proxied, c.proxy, c.machine.Most = v, true, most
	c.step(w, policy.Event{Kind: policy.Begin})
}

// passing is what a proxy asks of its callee: what it was asked itself, or what
// its route says, with the client's query and credentials.
func (v *visit) passing(r *route) (path string, asked *gateway.Request) {
	if r.path == "" {
		return v.path, withoutHost(v.asked)
	}
	if v.asked == nil || r.asked == nil || v.asked.Query == "" && v.asked.Header("Authorization") == "" {
		return r.path, r.asked
	}
	made := *r.asked
	made.Query = v.asked.Query
	if theirs := v.asked.Header("Authorization"); theirs != "" && made.Header("Authorization") == "" {
		made.Fields = append(slices.Clip(made.Fields), gateway.Field{Name: "Authorization", Value: theirs})
	}
	return r.path, &made
}

// withoutHost is a request that a proxy passes on: the Host is that of its callee.
func withoutHost(r *gateway.Request) *gateway.Request {
	if r == nil || r.Host == "" {
		return r
	}
	passed := *r
	passed.Host = ""
	return &passed
}
