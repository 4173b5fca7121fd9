package sim

import (
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// lateComers is how long an instance that retires goes on for callers that have
// to find that out by themselves, as the live engine has it.
const lateComers = time.Second

// question is what is asked of a registry or a DNS server. It is not changed
// once it was asked.
type question struct {
	what  questionKind
	about *node           // whose instances
	entry policy.Endpoint // to enter or to strike off
	had   uint64          // the index of the list that the caller has
	wait  time.Duration   // how long the answer may be held
}

type questionKind int

const (
	askList questionKind = iota
	askEnter
	askLeave
)

// asker is who asks, and is told the answer.
type asker interface {
	answered(w *world, cause policy.Cause, found *policy.Answer)
}

// discovery makes what the instance finds others with, and is found by.
func (i *instance) discovery(w *world) {
	c := i.node.config
	for at, e := range c.Edges {
		if e.Discovery == nil {
			continue
		}
		i.edges[at].machine.Track()
		i.edges[at].machine.Unresolved(e.Discovery.By == "dns")
		if d := e.Discovery; d.Node != "" {
			f := &finder{edge: i.edges[at], at: i.edges[i.node.edgeOf[d.Node]], machine: policy.NewView(d.View, w.now), reminder: newReminder(i)}
			i.edges[at].finder = f
			i.finders = append(i.finders, f)
		}
	}
	for _, r := range c.Registries {
		i.registrars = append(i.registrars, &registrar{instance: i, at: i.edges[i.node.edgeOf[r.Node]],
			machine: policy.NewRegistration(r.Heartbeat, w.now), reminder: newReminder(i)})
	}
	if c.Registry != nil {
		i.registry = newRegistry(w, i, *c.Registry)
	}
}

// newcomer is an instance's start, which is not over before the instance has
// asked for those that it must find by itself.
type newcomer interface{ met(w *world) }

// discover begins to ask for others, and has the start told once that has been
// done, whatever came of it: at once where there is nobody to ask for.
func (i *instance) discover(w *world, who newcomer) {
	i.unmet, i.start = len(i.finders), who
	for _, f := range i.finders {
		f.settle(w)
	}
	if i.unmet == 0 {
		who.met(w)
	}
}

// register begins to enter the instance in its registries.
func (i *instance) register(w *world) {
	for _, r := range i.registrars {
		r.settle(w)
	}
}

// acquaint has all instances that the run begins with know each other, as the
// live engine waits for that.
func (w *world) acquaint() {
	for _, n := range w.nodes {
		for _, s := range n.slots {
			for _, r := range s.instance.registrars {
				if _, send := r.machine.Send(w.now); send {
					at := r.at.to.slots[0].instance.registry
					at.machine.Register(w.now, n.spec.Name, r.entry())
					r.answered(w, policy.OK, nil)
				}
			}
		}
	}
	for _, n := range w.nodes {
		for _, s := range n.slots {
			for _, f := range s.instance.finders {
				if _, _, ask := f.machine.Ask(w.now); ask {
					found := f.at.to.slots[0].instance.look(w, f.edge.to)
					f.answered(w, policy.OK, &found)
				}
			}
			if r := s.instance.registry; r != nil {
				r.settle(w)
			}
		}
	}
}

// asked says whether any caller finds the node's instances by itself.
func (n *node) asked() bool {
	for _, c := range n.callers {
		if d := c.config.Edges[c.edgeOf[n.spec.Name]].Discovery; d != nil && d.By != "platform" {
			return true
		}
	}
	return false
}

// ask makes a call about instances along the edge.
func (e *edge) ask(w *world, q *question, purpose string, number uint64, who asker) {
	from := e.from.node
	id := wire.AskIdentity(w.plan.Seed, e.from.name, e.to.spec.Name, purpose).Child(number)
	c := w.calls.get()
	*c = call{edge: e, route: &route{edge: from.edgeOf[e.to.spec.Name], idempotent: true}, id: id, path: wire.NamesPath(q.about.spec.Name),
		serial: c.serial + 1, dueSet: policy.Never, asker: who, question: q}
	c.machine = e.machine.Begin(w.now, id, w.now.Add(policy.AskTimeout+q.wait), true)
	c.step(w, policy.Event{Kind: policy.Begin})
}

// look is what a registry or a DNS server knows of a node now.
func (i *instance) look(w *world, about *node) policy.Answer {
	if i.registry != nil {
		a, _ := i.registry.machine.List(w.now, about.spec.Name, 0)
		return a
	}
	a := policy.Answer{TTL: i.node.config.Zone[about.spec.Name]}
	for _, s := range about.slots {
		if in := s.instance; in != nil && !in.dead && !in.retiring {
			a.Found = append(a.Found, policy.Endpoint{ID: in.id, Weight: about.spec.Weight(s.number)})
		}
	}
	if len(a.Found) == 0 {
		a.TTL = min(a.TTL, policy.NegativeTTL)
	}
	return a
}

// names answers what is asked of a registry or a DNS server.
func (v *visit) names(w *world) {
	switch {
	case v.question == nil:
		v.refuse(w, policy.Status)
	case v.instance.registry != nil:
		v.instance.registry.take(w, v)
	default:
		found := v.instance.look(w, v.question.about)
		v.over(w, &answer{instances: &found})
	}
}

// viewAge is the greatest age, since it was last asked for, of what the caller knows.
func (e *edge) viewAge(w *world) time.Duration {
	if e.finder == nil {
		return 0
	}
	return e.finder.machine.TakeOldest(w.now)
}

// targets are the edge's attempts by instance since they were last asked for.
func (e *edge) targets(w *world) []record.TargetSample {
	w.targets = e.machine.TakeTargets(w.targets[:0])
	if len(w.targets) == 0 {
		return nil
	}
	samples := make([]record.TargetSample, 0, len(w.targets))
	for _, t := range w.targets {
		samples = append(samples, record.TargetSample{At: time.Duration(t.Begin), Instance: runner.EndpointName(e.to.spec.Name, t.Endpoint),
			Attempts: t.Attempts, Last: time.Duration(t.Last)})
	}
	return samples
}

// finder hosts the view that one instance has of one callee.
type finder struct {
	edge     *edge // whose instances it finds
	at       *edge // along which it asks
	machine  *policy.View
	asked    uint64
	tried    bool // a question has ended, with an answer or without
	reminder reminder
}

// settle tells what has become of the view and sets the alarm for the next question.
func (f *finder) settle(w *world) {
	w.changes = f.machine.Told(w.changes[:0])
	for _, t := range w.changes {
		f.edge.from.tell(w, t, "", f.edge.from.node.spec.Name+">"+f.edge.to.spec.Name)
	}
	f.reminder.set(w, f.machine.Deadline(), f)
}

// act is the alarm: it asks.
func (f *finder) act(w *world, at uint64) {
	if !f.reminder.due(f, at) {
		return
	}
	had, wait, ask := f.machine.Ask(w.now)
	if !ask {
		f.settle(w)
		return
	}
	f.asked++
	f.at.ask(w, &question{about: f.edge.to, had: had, wait: wait}, f.edge.to.spec.Name, f.asked, f)
}

func (f *finder) answered(w *world, cause policy.Cause, found *policy.Answer) {
	if cause == policy.OK && found != nil {
		f.edge.machine.Unresolved(false)
		if f.machine.Answered(w.now, *found) {
			f.edge.machine.SetEndpoints(w.now, f.machine.Known())
			f.edge.settle(w)
		}
	} else {
		f.machine.Failed(w.now, cause)
	}
	f.settle(w)
	if f.tried {
		return
	}
	f.tried = true
	if i := f.edge.from; i.start != nil {
		if i.unmet--; i.unmet == 0 {
			i.start.met(w)
		}
	}
}

// registrar keeps an instance entered in one registry.
type registrar struct {
	instance *instance
	at       *edge
	machine  *policy.Registration
	sent     uint64
	reminder reminder
}

func (r *registrar) entry() policy.Endpoint {
	return policy.Endpoint{ID: r.instance.id, Weight: r.instance.node.spec.Weight(r.instance.slot.number)}
}

// settle tells what has become of the registration and sets the alarm for the next message.
func (r *registrar) settle(w *world) {
	w.changes = r.machine.Told(w.changes[:0])
	for _, t := range w.changes {
		r.instance.tell(w, t, "", r.instance.node.spec.Name+">"+r.at.to.spec.Name)
	}
	r.reminder.set(w, r.machine.Deadline(), r)
}

// act is the alarm: it registers, says that the instance lives, or takes its leave.
func (r *registrar) act(w *world, at uint64) {
	if !r.reminder.due(r, at) {
		return
	}
	leave, send := r.machine.Send(w.now)
	if !send {
		r.settle(w)
		return
	}
	r.sent++
	q := &question{what: askEnter, about: r.instance.node, entry: r.entry()}
	if leave {
		q.what = askLeave
	}
	r.at.ask(w, q, "heartbeat", r.sent, r)
}

func (r *registrar) answered(w *world, cause policy.Cause, _ *policy.Answer) {
	r.machine.Answered(w.now, cause)
	r.settle(w)
}
