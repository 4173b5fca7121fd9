package sim

import (
	"maps"
	"slices"
	"time"

	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// askedBy is what a node asks of another, as a gateway looks at it; nil where a
// proxy passes on what it was asked.
func askedBy(r wire.Remote) *gateway.Request {
	if r.Path == "" {
		return nil
	}
	asked := gateway.Request{Method: r.Method, Path: r.Path, Body: len(r.Body)}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		asked.Fields = append(asked.Fields, gateway.Field{Name: name, Value: r.Headers[name]})
	}
	return &asked
}

// load makes the routes of a reload ready. Those that cannot be, which no file
// with them gets past, change nothing.
func (e *effect) load() {
	if e.Kind == wire.Reload {
		e.table, _ = gateway.NewTable(e.Routes)
	}
}

// table returns the routes of a gateway as they are now.
func (i *instance) table(w *world) *gateway.Table {
	latest := i.gate.Table()
	for _, e := range w.effects {
		if e.table != nil && e.Node == i.node.spec.Name {
			latest = e.table
		}
	}
	return latest
}

// wall is the time that tokens speak of.
func (w *world) wall() time.Time { return w.plan.Wall.Add(time.Duration(w.now)) }

// admit has the gateway decide about a request that has come, and says whether
// it passes. One that does not is answered.
func (v *visit) admit(w *world) bool {
	g := v.instance.gate
	if v.asked == nil {
		v.asked = &gateway.Request{Method: "POST", Path: v.path}
	}
	verdict := g.Decide(v.instance.table(w), w.wall(), v.asked)
	if verdict.Passes() && g.Limited() {
		verdict = g.Limit(w.now, verdict)
	}
	if !verdict.Passes() {
		v.end(w, &answer{cause: verdict.Cause, code: uint16(verdict.Status), bytes: int64(len(verdict.Why))})
		return false
	}
	v.choice = verdict.Route
	if within := v.choice.Timeout; within > 0 {
		v.deadline = min(v.deadline, w.now.Add(within))
	}
	return true
}

// choose has the request answered by what its route leads to.
func (v *visit) choose(w *world) {
	n := v.instance.node
	target := v.choice.Pick(n.spec.Name, v.id)
	switch r := n.remotes[target]; {
	case target == "":
		v.aggregate(w)
	case r == nil:
		v.refuse(w, policy.Other)
	default:
		v.forward(w, r, v.choice.Attempts)
	}
}

// joint is an aggregate under way.
type joint struct {
	visit   *visit
	serial  uint64 // of the visit
	choice  *gateway.Choice
	pending int
	came    []answer
}

// aggregate asks for all parts at once. What part i is asked with is what the
// i-th step of an operation would be.
func (v *visit) aggregate(w *world) {
	parts := v.choice.Aggregate
	j := &joint{visit: v, serial: v.serial, choice: v.choice, pending: len(parts) + 1, came: make([]answer, len(parts))}
	for i, p := range parts {
		r := v.instance.node.remotes[p.Call]
		if r == nil {
			j.take(w, i, v.refusal(policy.Other))
			continue
		}
		id := v.id.Child(uint64(i))
		if e := v.instance.edges[r.edge]; e.caches(r, r.path, r.asked) {
			c := newCached(v, e, r, id, id)
			c.most, c.then = v.choice.Attempts, func(w *world, a answer) { j.take(w, i, a) }
			c.begin(w)
			continue
		}
		c := w.calls.get()
		c.begin(w, v.instance, v.causes(v.id), v.deadline, r, id, id)
		c.joint, c.part, c.machine.Most = j, i, v.choice.Attempts
		c.step(w, policy.Event{Kind: policy.Begin})
	}
	j.done(w)
}

// take takes the answer to a part.
func (j *joint) take(w *world, part int, a answer) {
	j.came[part] = a
	j.done(w)
}

// done answers the request once every part has been.
func (j *joint) done(w *world) {
	if j.pending--; j.pending > 0 || j.serial != j.visit.serial {
		return
	}
	a := j.join(w)
	j.visit.over(w, &a)
}

// join makes one answer of several. A part that is required and failed fails the
// whole, with the first such cause in the order of the route.
func (j *joint) join(w *world) answer {
	var all trail
	bytes, failed := gateway.JoinedEnd, -1
	for i := range j.came {
		a, p := &j.came[i], &j.choice.Aggregate[i]
		all.beside(w, a.trail)
		size := a.bytes
		if a.cause != policy.OK {
			if size = 0; !p.Optional && failed < 0 {
				failed = i
			}
		}
		bytes += gateway.JoinedSize(p.Call, a.status(), size)
	}
	joined := answer{bytes: bytes}
	if failed >= 0 {
		joined = refusal(j.visit.instance.name+": "+j.choice.Aggregate[failed].Call, j.came[failed].cause)
	}
	joined.trail = all
	return joined
}
