package sim

import (
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// filling is what a request to a cache node brings, where it is not one that looks.
type filling struct {
	lead    uint64
	value   answer
	release bool // nothing will come
}

// keep is what a cache node does for those that look aside in it.
func (v *visit) keep(w *world) {
	k := v.instance.kept
	method, path, about := wire.CachedRequest(v.path)
	if !about {
		v.refuse(w, policy.Status)
		return
	}
	item := policy.Item{Method: method, Asked: path, Key: work.DeclaredKey(v.key)}
	if f := v.filling; f != nil {
		m := policy.Made[answer]{Value: f.value}
		if f.release {
			m.Cause, m.Again = policy.Other, true
		}
		k.done(w, item, f.lead, m)
		v.over(w, &answer{code: 204})
		return
	}
	k.look(w, item, v.id.Named(v.instance.node.spec.Name), v.deadline, func(w *world, found policy.Found[answer]) {
		a := found.Value
		a.found, a.verdict, a.lead = true, found.Verdict, found.Lead
		if found.Verdict == policy.Miss {
			a.code = 204
		}
		v.over(w, &a)
	})
}

// lookAside asks the cache node first, and tells it what the callee answered
// where it had nothing. A cache node that does not answer is passed by.
func (c *cached) lookAside(w *world) {
	c.errand(w, "GET", nil, func(w *world, got answer) {
		c.trail = got.trail
		switch {
		case got.cause != policy.OK || !got.found:
			c.make(w, func(w *world, a answer, _ bool) { c.then(w, a) })
		case got.verdict == policy.Miss:
			c.fillAside(w, got.lead)
		default:
			if got.lead != 0 {
				c.anew(w).fillAside(w, got.lead)
			}
			got.found, got.verdict, got.lead = false, policy.Miss, 0
			c.then(w, got)
		}
	})
}

// fillAside makes the call and has the cache node keep what it answers.
func (c *cached) fillAside(w *world, lead uint64) {
	c.make(w, func(w *world, a answer, stoodIn bool) {
		f, method := &filling{lead: lead, value: a}, "PUT"
		switch {
		case a.keepable() && !stoodIn:
		case lead != 0:
			f, method = &filling{lead: lead, release: true}, "DELETE"
		default:
			c.then(w, a)
			return
		}
		c.errand(w, method, f, func(w *world, told answer) {
			a.trail.join(w, told.trail)
			c.then(w, a)
		})
	})
}

// errand asks something of the cache node about the call's item.
func (c *cached) errand(w *world, method string, f *filling, then func(*world, answer)) {
	id := c.draws.Named(method)
	made := w.calls.get()
	made.begin(w, c.from, c.carried, c.deadline, c.edge.aside, id, id)
	item := c.item()
	made.path, made.filling, made.then = wire.CachePath(item.Method, item.Asked), f, func(w *world, a answer, _ bool) { then(w, a) }
	made.step(w, policy.Event{Kind: policy.Begin})
}
