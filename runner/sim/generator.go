package sim

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/runner/tracing"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// generator is the load: it sends what the arrival processes say and records
// what becomes of it.
type generator struct {
	weights  []float64
	mix      []*target          // beside weights
	targets  map[string]*target // by name of the entry or timer
	timeout  time.Duration
	bound    int // requests in flight
	next     func() ([]arrival.Arriving, bool)
	stop     func()
	coming   []arrival.Arriving // what the schedule sends next
	drained  bool               // nothing of it is left
	users    int                // that may still ask
	inFlight int
	requests pool[request]
	cpu      cpu // of the generator's own process
	timeouts lane
	// For Little's law: the integral of the number in the system and what the
	// requests spent there, in nanoseconds. They are equal to the last one, and
	// stay so where they overflow.
	lastChange policy.Instant
	area       uint64
	sojourns   uint64
}

// target is one entry, or what one timer asks.
type target struct {
	entry    string
	node     *node
	path     string
	handler  *handler
	key      func(arrival work.Identity) uint64 // nil: its requests have none
	asked    gateway.Request
	expect   []int // the statuses of success; empty: below 400
	priority policy.Priority
	traced   *tracing.Entry
}

// request is one that was sent, as the outside sees it.
type request struct {
	record.Request
	user      *user
	serial    uint64
	target    *target
	id        work.Identity
	cause     policy.Cause // of the reply, while the generator takes it in
	log       *tracing.Log // of what nodes do for it; nil where nothing is traced
	connected *instance    // over one of its connections, where those are bounded
}

// The arguments of a request's events, above its serial.
const (
	requestExpires = iota << visitShift
	requestLeaves  // the generator comes to it
	requestSent    // and has spent the CPU of sending it
	requestEnds    // the reply's CPU is spent, too
)

// prepare lays the scenario's load out.
func (g *generator) prepare(w *world) error {
	s := w.plan.Scenario
	g.cpu = newCPU(&w.host, 0)
	g.timeout, g.bound = s.Generator.Timeout, s.Generator.MaxInFlight
	g.targets = map[string]*target{}
	for _, e := range w.plan.Graph.Doors() {
		n := w.byName[e.Node]
		asked := e.Request.Asked()
		g.targets[e.Name] = &target{entry: e.Name, node: n, path: asked.Path, handler: n.handle(asked.Path, &asked), asked: asked,
			expect: e.Request.Expect, key: e.Keys(), priority: e.Priority, traced: w.tracer.entry(e.Name)}
	}
	for _, m := range w.plan.Mix() {
		t, ok := g.targets[m.Entry]
		if !ok {
			return fmt.Errorf("the mix names entry %q, which the topology does not have", m.Entry)
		}
		g.weights, g.mix = append(g.weights, m.Weight), append(g.mix, t)
	}
	for i, p := range s.Phases {
		for _, entry := range arrival.EntriesOf(p.Load) {
			if g.targets[entry] == nil {
				return fmt.Errorf("phase %s asks entry %q, which the topology does not have", p.Name, entry)
			}
		}
		w.at(policy.Instant(s.Begin(i)), byFault, &phase{p.Name}, 0)
		if closed, ok := p.Load.(*arrival.Closed); ok {
			g.users += closed.Users
			for u := range closed.Users {
				made := &user{phase: i, number: u, load: closed, end: s.Begin(i) + p.For}
				w.at(policy.Instant(s.Begin(i)), byArrival, made, userThinks)
			}
		}
	}
	g.next, g.stop = iter.Pull(g.schedule(w))
	g.await(w)
	return nil
}

// schedule yields the plan's schedule, many requests at a time: to change over
// between the two sides of an iterator costs as much as to draw an arrival.
// Their memory is used again for those that follow.
func (g *generator) schedule(w *world) iter.Seq[[]arrival.Arriving] {
	return func(yield func([]arrival.Arriving) bool) {
		schedule := w.plan.Schedule()
		some := make([]arrival.Arriving, 0, 256)
		for a := range schedule.All() {
			if len(some) == cap(some) {
				if !yield(some) {
					return
				}
				some = some[:0]
			}
			some = append(some, a)
		}
		if len(some) > 0 {
			yield(some)
		}
	}
}

// await sets the alarm for what the schedule sends next.
func (g *generator) await(w *world) {
	if len(g.coming) == 0 {
		var ok bool
		if g.coming, ok = g.next(); !ok {
			g.drained = true
			return
		}
	}
	w.at(policy.Instant(g.coming[0].At), byArrival, g, 0)
}

// act sends the arrival that is due.
func (g *generator) act(w *world, _ uint64) {
	a := g.coming[0]
	g.coming = g.coming[1:]
	g.send(w, a, nil)
	g.await(w)
}

// over says whether the scenario's time is over and every request has ended.
func (g *generator) over(w *world) bool {
	return g.drained && g.users == 0 && g.inFlight == 0 && w.now >= policy.Instant(w.plan.Scenario.Length())
}

// asked returns what a request names, or draws it from the mix.
func (g *generator) asked(entry string, id work.Identity) *target {
	if entry != "" {
		return g.targets[entry]
	}
	return g.mix[arrival.PickEntry(g.weights, id)]
}

// send sends one request.
func (g *generator) send(w *world, a arrival.Arriving, u *user) {
	id := arrival.Identity(w.plan.Seed, a.Seq)
	t := g.asked(a.Entry, id)
	r := g.requests.get()
	r.serial++
	r.user, r.target, r.id = u, t, id
	r.Request = record.Request{Seq: a.Seq, Entry: t.entry, Phase: w.plan.Scenario.Phases[a.Phase].Name, Intended: a.At, Sent: a.At}
	w.offered++
	if u == nil && g.inFlight >= g.bound {
		r.Sent = 0
		g.record(w, r, policy.Unsent)
		return
	}
	r.log = w.tracer.open()
	g.change(w, 1)
	g.timeouts.alarm(w, policy.Instant(a.At).Add(g.timeout), byDue, r, requestExpires|r.serial)
	if late := drawn(&w.costs.Late, id, drawnLate); late > 0 {
		w.after(late, byArrival, r, requestLeaves|r.serial)
		return
	}
	r.leave(w)
}

// leave has the generator send the request. Half of what a request costs it is
// spent before, half on the reply.
func (r *request) leave(w *world) {
	r.Sent = time.Duration(w.now)
	if onWay, _ := w.costs.parted(w.costs.Generate); onWay > 0 {
		w.load.cpu.burn(w, onWay-onWay/2, r, requestSent|r.serial)
		return
	}
	r.ask(w)
}

func (r *request) ask(w *world) {
	slots := r.target.node.slots
	if len(slots) == 0 { // of a scaled service all instances are down
		r.answer(w, r.serial, &answer{cause: policy.Refused, bytes: noReply})
		return
	}
	r.connect(w, slots[r.Seq%uint64(len(slots))].instance)
}

func (r *request) exchange(w *world, i *instance) {
	c := carried{priority: r.target.priority, log: r.log}
	if r.target.key != nil {
		c.key = r.target.key(r.id)
	}
	w.ask(i, r.target.path, r.target.handler, &r.target.asked, r.id, c, 0, r, r.serial, true)
}

// change counts the requests in the system, and the area below their number.
func (g *generator) change(w *world, by int) {
	g.area += uint64(g.inFlight) * uint64(w.now.Sub(g.lastChange))
	g.lastChange = w.now
	g.inFlight += by
}

// answer is that to a request.
func (r *request) answer(w *world, tag uint64, a *answer) {
	if tag == r.serial {
		cause := a.cause
		if a.bytes != noReply {
			r.FirstByte, r.Status, r.Bytes = time.Duration(w.now), a.status(), a.bytes
			r.Cold = a.trail.cold
			r.Attempts, r.Calls, r.Path = int(a.trail.attempts), int(a.trail.calls), w.paths.text(a.trail.path)
			cause = r.target.judge(a)
		}
		if onWay, _ := w.costs.parted(w.costs.Generate); onWay > 1 {
			r.cause = cause
			w.load.cpu.burn(w, onWay/2, r, requestEnds|tag)
			return
		}
		w.load.end(w, r, cause)
	}
}

// judge is the cause that a reply counts by: none where its status is expected.
func (t *target) judge(a *answer) policy.Cause {
	switch {
	case len(t.expect) == 0:
		return a.cause
	case slices.Contains(t.expect, a.status()):
		return policy.OK
	}
	return cmp.Or(a.cause, policy.Status)
}

// stale says whether the request has ended.
func (r *request) stale(arg uint64) bool { return arg&visitMask != r.serial }

// act goes on with a request that has not ended.
func (r *request) act(w *world, arg uint64) {
	if r.stale(arg) {
		return
	}
	switch arg &^ visitMask {
	case requestExpires:
		w.load.end(w, r, policy.Timeout)
	case requestLeaves:
		r.leave(w)
	case requestSent:
		r.ask(w)
	case requestEnds:
		w.load.end(w, r, r.cause)
	}
}

func (g *generator) end(w *world, r *request, cause policy.Cause) {
	g.change(w, -1)
	_, aside := w.costs.parted(w.costs.Generate)
	g.cpu.spend(w, aside)
	g.sojourns += uint64(time.Duration(w.now) - r.Intended)
	r.hangUp(w)
	g.record(w, r, cause)
}

func (g *generator) record(w *world, r *request, cause policy.Cause) {
	r.Cause, r.Done = cause, time.Duration(w.now)
	w.recorder.Request(r.Request)
	w.tracer.ended(r)
	w.ended++
	u := r.user
	r.serial++
	r.user = nil
	g.requests.put(r)
	if u != nil {
		u.think(w)
	}
}

// status is the one that a node answers with.
func (a *answer) status() int {
	if a.code != 0 {
		return int(a.code)
	}
	switch a.cause {
	case policy.OK:
		return 200
	case policy.RejectedBreaker, policy.RejectedLimit, policy.RejectedQueue:
		return 503
	case policy.Timeout, policy.Deadline:
		return 504
	case policy.Refused, policy.Reset, policy.DNS:
		return 502
	default:
		return 500
	}
}

// user is one of a closed phase: thinks, asks, waits for the reply.
type user struct {
	phase, number int
	load          *arrival.Closed
	end           time.Duration
	k             uint64
	asked         time.Duration // its last request
}

// The arguments of a user's events.
const (
	userThinks = iota
	userAsks
)

func (u *user) act(w *world, what uint64) {
	if what == userThinks {
		u.think(w)
		return
	}
	seq := u.load.ClosedSeq(u.phase, u.number, u.k)
	u.k++
	u.asked = time.Duration(w.now)
	w.load.send(w, arrival.Arriving{Seq: seq, Phase: u.phase, At: time.Duration(w.now)}, u)
}

// haste is how soon a user may ask again. One who thinks for no time and is
// answered in none, by a node that is down as a rule, would else ask without end
// before any time has passed.
const haste = 100 * time.Microsecond

// think sets the alarm for the user's next request, or ends the user.
func (u *user) think(w *world) {
	id := work.Root(w.plan.Seed).Child(u.load.ClosedSeq(u.phase, u.number, u.k))
	at := time.Duration(w.now) + u.load.ThinkBefore(u.k, id)
	if u.k > 0 {
		at = max(at, u.asked+haste)
	}
	if at >= u.end {
		w.load.users--
		return
	}
	w.at(policy.Instant(at), byArrival, u, userAsks)
}
