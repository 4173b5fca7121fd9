package sim

import (
	"fmt"
	"slices"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// fleet keeps as many instances of a node as its scaler wants, as the live
// engine's does. What the live one is told over control connections it knows at once.
type fleet struct {
	node     *node
	front    *node // of a function; nil of a service
	scaler   policy.Scaler
	births   []*birth
	pool     []*birth // initialised and frozen
	ready    int      // instances that serve and do not retire
	byCPU    bool     // the scaler looks at it
	number   int      // of the next slot
	asked    bool     // the scaler is about to be asked, at this instant
	alarmAt  policy.Instant
	load     time.Duration // integral of what a service's instances have
	loadAt   policy.Instant
	loadNow  int
	cpuGone  time.Duration // of instances that have ended
	idle     []policy.Idle // scratch
	instants []policy.Instant
}

// The arguments of a fleet's events.
const (
	fleetStirred = iota
	fleetAlarm
)

// newFleet returns the fleet of a node; nil where the number of instances is fixed.
func newFleet(n *node) *fleet {
	if n.spec.Scaler == nil {
		return nil
	}
	f := &fleet{node: n, scaler: n.spec.Scaler.New(), alarmAt: policy.Never}
	if c, looks := n.spec.Scaler.(interface{ ByCPU() bool }); looks {
		f.byCPU = c.ByCPU()
	}
	return f
}

// function returns the node's settings where it is a function; nil elsewhere.
func (f *fleet) function() *topologies.Function {
	fn, _ := f.node.spec.Spec.(*topologies.Function)
	return fn
}

// launch has everything stand that the scaler wants at first, before the run begins.
func (f *fleet) launch(w *world) error {
	d := f.scaler.Decide(w.now, f.observe(w))
	f.tell(w, 0, d)
	for range d.Desired {
		s := f.slot()
		i, err := f.node.newInstance(w, s)
		if err != nil {
			return err
		}
		i.init = f.initial(w, i)
		s.instance = i
		f.node.slots = append(f.node.slots, s)
		f.ready++
	}
	f.setAlarm(w, d.Next)
	if fn := f.function(); fn != nil {
		for range fn.Paused {
			b := &birth{fleet: f, pooled: true}
			if err := b.create(w); err != nil {
				return err
			}
			b.instance.init = f.initial(w, b.instance)
			b.instance.paused++
			b.instance.cpu.frozen = true
			f.pool = append(f.pool, b)
		}
	}
	return nil
}

// initial is what the initialisation of an instance took that is there before
// the run begins; 0 where it has none.
func (f *fleet) initial(w *world, i *instance) time.Duration {
	return w.alone(f.node.config.Init, initIdentity(w, i), float64(f.node.spec.CPU))
}

// initIdentity is what the draws of an instance's initialisation are made from.
func initIdentity(w *world, i *instance) work.Identity {
	return work.Root(w.plan.Seed).Named(i.name).Named("init")
}

func (f *fleet) slot() *slot {
	f.number++
	return &slot{node: f.node, number: f.number - 1}
}

// stir has the scaler asked, once for all that happens at an instant.
func (f *fleet) stir(w *world) {
	if !f.asked {
		f.asked = true
		w.at(w.now, byWork, f, fleetStirred)
	}
}

func (f *fleet) setAlarm(w *world, at policy.Instant) {
	if at == f.alarmAt {
		return
	}
	if f.alarmAt = at; at != policy.Never {
		f.alarmAt = max(at, w.now)
		w.at(f.alarmAt, byDue, f, fleetAlarm)
	}
}

func (f *fleet) act(w *world, what uint64) {
	if what == fleetAlarm {
		if w.now != f.alarmAt {
			return // it was set anew
		}
		f.alarmAt = policy.Never
	} else {
		f.asked = false
	}
	f.follow(w)
}

// follow asks the scaler and does what it says.
func (f *fleet) follow(w *world) {
	if f.node.held > 0 {
		return // whoever releases the node stirs the fleet
	}
	o := f.observe(w)
	d := f.scaler.Decide(w.now, o)
	have := o.Ready + o.Starting
	f.tell(w, have, d)
	if d.Refuse > 0 {
		f.invoker().refuse(w, d.Refuse)
	}
	for ; have < d.Desired; have++ {
		f.grow(w)
	}
	if have > d.Desired {
		f.shrink(w, have-d.Desired, d.Idle)
	}
	f.fillPool(w)
	f.setAlarm(w, d.Next)
}

// tell records a decision that changes something.
func (f *fleet) tell(w *world, from int, d policy.Decision) {
	if d.Desired == from && d.Refuse == 0 {
		return
	}
	reason := d.Reason
	if d.Refuse > 0 {
		reason = fmt.Sprintf("%s; %d requests turned away", reason, d.Refuse)
	}
	w.emit(record.Event{Kind: record.Scale, Node: f.node.spec.Name, From: fmt.Sprint(from), To: fmt.Sprint(d.Desired), Reason: reason})
}

// observe is what the scaler is told.
func (f *fleet) observe(w *world) policy.Observation {
	o := policy.Observation{Ready: f.ready, Concurrency: f.node.config.Concurrency, Cores: float64(f.node.spec.CPU), Front: f.front != nil}
	if f.byCPU { // it has all instances looked at
		o.CPU = f.cpu(w)
	}
	o.Starting = f.starting()
	d := policy.Demand{Idle: f.idle[:0]}
	if f.front == nil {
		d = f.gauged(w)
	} else if front := f.invoker(); front != nil {
		d = front.machine.Demand(w.now, f.idle)
	}
	f.idle, f.instants = d.Idle, f.instants[:0]
	for _, i := range d.Idle {
		f.instants = append(f.instants, i.Since)
	}
	o.InFlight, o.Queued, o.Load, o.Idle = d.InFlight, d.Queued, d.Load, f.instants
	return o
}

// invoker returns the front that holds the function's requests; nil of a
// service, and where the fleet is launched before its front stands.
func (f *fleet) invoker() *front {
	if f.front == nil || len(f.front.slots) == 0 {
		return nil
	}
	return f.front.slots[0].instance.front
}

// gauged is what the instances of a service have, which no front stands before.
func (f *fleet) gauged(w *world) policy.Demand {
	f.gauge(w)
	d := policy.Demand{Load: f.load, Idle: f.idle[:0]}
	for _, i := range f.node.up() {
		d.InFlight += i.workers.InFlight()
		d.Queued += i.workers.Waiting()
		if i.workers.InFlight() == 0 && !i.retiring {
			d.Idle = append(d.Idle, policy.Idle{Endpoint: i.id, Since: i.rested})
		}
	}
	slices.SortFunc(d.Idle, policy.Idle.Compare)
	return d
}

// gauge brings the integral of a service's load up to now.
func (f *fleet) gauge(w *world) {
	f.load += w.now.Sub(f.loadAt) * time.Duration(f.loadNow)
	f.loadAt, f.loadNow = w.now, 0
	for _, i := range f.node.up() {
		f.loadNow += i.workers.InFlight() + i.workers.Waiting()
	}
}

// cpu is what all instances have used.
func (f *fleet) cpu(w *world) time.Duration {
	used := f.cpuGone
	for _, s := range f.node.slots {
		s.instance.cpu.advance(w)
		used += time.Duration(s.instance.cpu.spent * float64(time.Second))
	}
	return used
}

// grow adds an instance: a frozen one where there is any, else a new one.
func (f *fleet) grow(w *world) {
	if len(f.pool) > 0 {
		b := f.pool[0]
		f.pool = f.pool[1:]
		b.pooled = false
		f.births = append(f.births, b)
		w.at(w.now, byWork, b, birthWoken)
		return
	}
	f.begin(w, false)
}

// begin starts a new instance, for the pool or to serve.
func (f *fleet) begin(w *world, pooled bool) {
	b := &birth{fleet: f, pooled: pooled, scheduled: w.now}
	f.births = append(f.births, b)
	took := time.Duration(0)
	if fn := f.function(); fn != nil {
		took = fn.Fetch()
	}
	b.fetched = took
	id := work.Root(w.plan.Seed).Named(runner.EndpointName(f.node.spec.Name, policy.EndpointID(len(f.node.known)+len(f.births))))
	w.after(took+drawn(&w.costs.Start, id, 0), byWork, b, birthCreated)
}

// shrink takes so many instances away: so many of them as have idled, then those
// that start, then others that are idle, then those that came last.
func (f *fleet) shrink(w *world, n, idled int) {
	n -= f.retireIdle(w, min(n, idled))
	n -= f.cancel(w, n)
	n -= f.retireIdle(w, n)
	for at := len(f.node.slots) - 1; at >= 0 && n > 0; at-- {
		if i := f.node.slots[at].instance; !i.retiring {
			f.retire(w, i)
			n--
		}
	}
}

// retireIdle retires up to so many idle instances, the longest idle first, and
// returns how many.
func (f *fleet) retireIdle(w *world, n int) int {
	retired := 0
	for _, idle := range f.idle {
		if i := f.node.byID(idle.Endpoint); i != nil && !i.retiring && retired < n {
			f.retire(w, i)
			retired++
		}
	}
	return retired
}

// cancel ends up to so many instances that are on their way to serve, those that
// began last first, and returns how many.
func (f *fleet) cancel(w *world, n int) int {
	cancelled := 0
	for at := len(f.births) - 1; at >= 0 && cancelled < n; at-- {
		if b := f.births[at]; !b.pooled {
			b.kill(w)
			cancelled++
		}
	}
	return cancelled
}

// retire takes an instance out of service; it ends when it has nothing to do.
func (f *fleet) retire(w *world, i *instance) {
	i.retiring = true
	f.ready--
	for _, r := range i.registrars {
		r.machine.Leave(w.now)
		r.settle(w)
	}
	if front := f.invoker(); front != nil {
		front.machine.Retire(i.id, false)
	} else if !f.node.news {
		f.node.news = true
		w.at(w.now, byWork, f.node, 0)
	}
	w.at(w.now.Add(f.grace()), byWork, i, instanceDrains)
}

// grace is how long an instance of a service waits for what its callers have
// sent and what is still on its way, once they know that it retires.
func (f *fleet) grace() time.Duration {
	if f.front != nil {
		return 0
	}
	if f.node.asked() {
		return lateComers
	}
	return 10 * time.Millisecond
}

// lost is told of an instance that has ended, by itself or as it was told.
func (f *fleet) lost(w *world, i *instance) {
	f.forget(w, i)
	if !i.retiring {
		f.ready--
	}
	f.node.slots = slices.DeleteFunc(f.node.slots, func(s *slot) bool { return s.instance == i })
	if front := f.invoker(); front != nil {
		front.machine.Remove(i.id)
	} else if !f.node.news {
		f.node.news = true
		w.at(w.now, byWork, f.node, 0)
	}
	f.stir(w)
}

// forget lets go of an instance that has ended, but for the CPU time that it used.
func (f *fleet) forget(w *world, i *instance) {
	i.cpu.advance(w)
	f.cpuGone += time.Duration(i.cpu.spent * float64(time.Second))
	f.node.known[i.id-1] = nil
}

// fillPool starts what the node should have of paused instances.
func (f *fleet) fillPool(w *world) {
	fn := f.function()
	if fn == nil || fn.Paused == 0 {
		return
	}
	for have := len(f.pool) + f.pooledBirths(); have < fn.Paused; have++ {
		f.begin(w, true)
	}
}

func (f *fleet) pooledBirths() int { return len(f.births) - f.starting() }

// starting is how many instances are on their way to serve.
func (f *fleet) starting() int {
	n := 0
	for _, b := range f.births {
		if !b.pooled {
			n++
		}
	}
	return n
}
