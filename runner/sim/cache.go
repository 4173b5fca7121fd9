package sim

import (
	"strings"

	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// cache hosts the machine of one cache of one instance, and lets wait who joins
// another.
type cache struct {
	on      *instance
	machine *policy.Cache[answer]
	tickets uint64
	waiting map[uint64]*joiner
	last    policy.CacheCounters // at the last sample
}

func newCache(on *instance, cfg policy.CacheConfig) *cache {
	return &cache{on: on, machine: policy.NewCache[answer](cfg), waiting: map[uint64]*joiner{}}
}

// joiner is who waits for another's answer.
type joiner struct {
	cache    *cache
	item     policy.Item
	draw     work.Identity
	deadline policy.Instant
	ticket   uint64
	found    func(*world, policy.Found[answer])
	made     policy.Made[answer]
}

// look asks for an item and tells found, at once or when another's answer is
// there: that is then the Value, with the verdict Joined.
func (k *cache) look(w *world, item policy.Item, draw work.Identity, deadline policy.Instant, found func(*world, policy.Found[answer])) {
	j := joiner{cache: k, item: item, draw: draw, deadline: deadline, found: found}
	j.ask(w, false)
}

func (j *joiner) ask(w *world, again bool) {
	k := j.cache
	k.tickets++
	got := k.machine.Ask(w.now, j.item, k.tickets, again, j.draw)
	if got.Verdict != policy.Joined {
		j.found(w, got)
		return
	}
	waits := *j // the one before may still be told that its time is up
	waits.ticket = k.tickets
	k.waiting[waits.ticket] = &waits
	w.at(min(got.Until, j.deadline), byDue, &waits, joinExpires)
}

// What a joiner is told.
const (
	joinExpires = iota
	joinEnds
)

func (j *joiner) act(w *world, what uint64) {
	k := j.cache
	if k.on.dead || what == joinExpires && k.waiting[j.ticket] != j || k.on.hold(j, what) {
		return
	}
	switch {
	case what == joinExpires:
		delete(k.waiting, j.ticket)
		k.machine.Leave(j.item, j.ticket)
	case !j.made.Again:
		j.found(w, policy.Found[answer]{Verdict: policy.Joined, Value: j.made.Value})
		return
	}
	if w.now >= j.deadline {
		j.found(w, policy.Found[answer]{Verdict: policy.Joined, Value: refusal(j.item.Asked, policy.Deadline)})
		return
	}
	j.ask(w, true)
}

// done says how it ended that somebody had an item made, tells those that wait,
// and returns what to answer with.
func (k *cache) done(w *world, item policy.Item, lead uint64, m policy.Made[answer]) answer {
	m.Value.trail, m.Value.took = trail{}, 0
	m.Value.verdict, m.Value.lead = policy.Miss, 0
	m.Bytes = m.Value.bytes
	end := k.machine.Done(w.now, item, lead, m)
	for _, ticket := range end.Waiting {
		if j := k.waiting[ticket]; j != nil {
			delete(k.waiting, ticket)
			j.made = end.Made
			w.at(w.now, byExpiry, j, joinEnds)
		}
	}
	return end.Value
}

// cached is a call along an edge with a cache, its own or aside.
type cached struct {
	from     *instance
	edge     *edge
	route    *route
	path     string
	asked    *gateway.Request
	carried  carried
	most     int           // tries; 0: as the edge says
	id       work.Identity // of what is asked
	draws    work.Identity
	deadline policy.Instant
	proxied  bool
	trail    trail
	then     func(*world, answer)
}

func newCached(v *visit, e *edge, r *route, id, draws work.Identity) *cached {
	return &cached{from: v.instance, edge: e, route: r, path: r.path, asked: r.asked, carried: v.causes(v.id), id: id, draws: draws, deadline: v.deadline}
}

// caches says whether calls along the edge may be answered from a cache. Where
// nothing is said of what is asked, it is an operation that nodes ask for.
func (e *edge) caches(r *route, path string, asked *gateway.Request) bool {
	return (e.cache != nil || e.aside != nil) && (r.idempotent || e.always) &&
		(asked == nil || wire.Cacheable(asked.Method, path, asked.Body))
}

// item is what the call's reply is kept under.
func (c *cached) item() policy.Item {
	item := policy.Item{Method: "POST", Asked: c.path, Key: work.DeclaredKey(c.carried.key)}
	if c.asked == nil {
		return item
	}
	item.Method = c.asked.Method
	switch {
	case c.asked.Query == "":
	case strings.Contains(item.Asked, "?"):
		item.Asked += "&" + c.asked.Query
	default:
		item.Asked += "?" + c.asked.Query
	}
	return item
}

// keepable says whether an answer is one to keep: a success.
func (a *answer) keepable() bool { return a.cause == policy.OK && a.status() == 200 }

// begin has the call answered: then is told, at once or later.
func (c *cached) begin(w *world) {
	if c.edge.aside != nil {
		c.lookAside(w)
		return
	}
	item := c.item()
	c.edge.cache.look(w, item, c.draws, c.deadline, func(w *world, found policy.Found[answer]) {
		if found.Verdict == policy.Miss {
			c.fill(w, item, found.Lead)
			return
		}
		if found.Lead != 0 {
			c.anew(w).fill(w, item, found.Lead)
		}
		c.then(w, found.Value)
	})
}

// fill makes the call and keeps what it answers, unless the fallback did.
func (c *cached) fill(w *world, item policy.Item, lead uint64) {
	c.make(w, func(w *world, a answer, stoodIn bool) {
		m := policy.Made[answer]{Value: a, Cause: a.cause, Again: a.cause == policy.Deadline, Unkept: a.cause == policy.OK && !a.keepable()}
		if stoodIn {
			m.Cause = policy.Other
		}
		end := c.edge.cache.done(w, item, lead, m)
		end.trail, end.took = a.trail, a.took
		c.then(w, end)
	})
}

// make makes the call itself.
func (c *cached) make(w *world, then func(w *world, a answer, stoodIn bool)) {
	made := w.calls.get()
	made.begin(w, c.from, c.carried, c.deadline, c.route, c.id, c.draws)
	made.path, made.asked, made.proxy, made.trail, made.then = c.path, c.asked, c.proxied, c.trail, then
	made.machine.Most = c.most
	made.step(w, policy.Event{Kind: policy.Begin})
}

// anew is the call that has a reply made anew beside the caller's own answer.
func (c *cached) anew(w *world) *cached {
	made := *c
	made.id, made.draws, made.deadline = c.id.Named("refresh"), c.draws.Named("refresh"), w.now.Add(c.edge.lease)
	made.carried.log = nil // it is no part of what its caller waits for
	made.trail, made.then = trail{}, func(*world, answer) {}
	return &made
}
