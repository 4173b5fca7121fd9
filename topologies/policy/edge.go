package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"windtunnel/topologies/work"
)

// Edge is what one calling instance knows of one edge: its breakers, its
// balancer, its bounds and budgets, and the endpoints that are up. Calls are
// begun on it. It is not safe for concurrent use: a host puts one lock around an
// Edge and all its calls, and takes the time inside it, so that instants never go back.
type Edge struct {
	// Caller is the number of the calling instance among its node's, from 1: a
	// subset is dealt out by it. It is set before the first SetEndpoints.
	Caller int
	// Self is the identity of the calling instance, from which its probes draw. It
	// is set before the first SetEndpoints.
	Self work.Identity

	cfg      EdgeConfig
	nameless bool       // see Unresolved
	targets  *targets   // nil: attempts are not counted by instance
	up       []Endpoint // sorted by id
	since    []Instant  // beside up: when each came; nil without slow start
	grown    Instant    // when the youngest has all its weight
	balancer Balancer
	keyed    Keyed // the balancer, where it goes by keys; nil: it does not
	retry    *Retry
	hedge    *Hedge // nil without, as are the next
	rate     *Bucket
	bulkhead *Bulkhead
	throttle *Throttle
	limit    *Limit
	ejector  *Ejector
	health   *Health
	whole    *Breaker     // per: edge
	guards   []*Breaker   // per: instance, beside up
	usable   []Endpoint   // scratch of candidates
	parting  []Transition // of endpoints that have gone
	changes  uint64       // how often the endpoints were set
	tickets  uint64       // handed out to calls that wait for the bulkhead
	turns    []uint64     // of those whose turn has come
	count    Counters
}

// Counters count what happened on an edge, from its start.
type Counters struct {
	Calls     uint64
	Attempts  uint64           // sent; no try that was held back on this side
	Hedges    uint64           // of the attempts, those sent beside others in flight
	Denied    uint64           // retries that the budget or the throttle refused
	Rejected  uint64           // calls that ended since a breaker, limit or bulkhead of this edge held them back
	Fallbacks uint64           // calls that failed and were answered by the fallback
	Failed    map[Cause]uint64 // calls that failed and were not, by cause
	Latency   time.Duration    // sum over the attempts that ended, cancelled ones included
}

// NewEdge returns an edge that knows no endpoint yet. Its errors are names in
// cfg that do not exist; an empty name is the default.
func NewEdge(cfg EdgeConfig) (*Edge, error) {
	if cfg.Balance == "" {
		cfg.Balance = "round-robin"
	}
	balancer, known := Balancers.Lookup(cfg.Balance)
	if !known {
		return nil, fmt.Errorf("make edge: no balancer %q", cfg.Balance)
	}
	if r := cfg.Retry; r != nil && !slices.Contains([]string{"", "full", "equal", "decorrelated", "none"}, r.Backoff.Jitter) {
		return nil, fmt.Errorf("make edge: no jitter %q", r.Backoff.Jitter)
	}
	e := &Edge{cfg: cfg, balancer: balancer.New(), retry: NewRetry(cfg.Retry), count: Counters{Failed: map[Cause]uint64{}}}
	e.keyed, _ = e.balancer.(Keyed)
	e.bounds()
	if b := cfg.Breaker; b != nil {
		switch b.Per {
		case "", "edge":
			e.whole = NewBreaker(*b, 0)
		case "instance":
			e.guards = []*Breaker{}
		default:
			return nil, fmt.Errorf("make edge: no breaker per %q", b.Per)
		}
	}
	return e, nil
}

// bounds makes the machines that cfg asks for by a section of its own.
func (e *Edge) bounds() {
	if c := e.cfg.Hedge; c != nil {
		e.hedge = NewHedge(*c)
	}
	if c := e.cfg.RateLimit; c != nil {
		e.rate = NewBucket(*c)
	}
	if c := e.cfg.Bulkhead; c != nil {
		e.bulkhead = NewBulkhead(*c)
	}
	if c := e.cfg.Throttle; c != nil {
		e.throttle = NewThrottle(*c)
	}
	if c := e.cfg.Limit; c != nil {
		e.limit = NewLimit(*c)
	}
	if c := e.cfg.Ejection; c != nil {
		e.ejector = NewEjector(*c)
	}
}

// SetEndpoints replaces the endpoints that are up, in any order. An endpoint
// that stays keeps its breaker and its age; attempts in flight to one that goes
// still count.
func (e *Edge) SetEndpoints(now Instant, up []Endpoint) {
	before, guarded, since := e.up, e.guards, e.since
	e.up = slices.SortedFunc(slices.Values(up), func(a, b Endpoint) int { return cmp.Compare(a.ID, b.ID) })
	e.up = slices.CompactFunc(e.up, func(a, b Endpoint) bool { return a.ID == b.ID })
	e.up = subset(e.up, e.Caller, e.cfg.Subset)
	e.usable = make([]Endpoint, 0, len(e.up))
	if hosted, ok := e.balancer.(Hosted); ok {
		hosted.SetHosts(e.up)
	}
	if c := e.cfg.Health; c != nil {
		if e.health == nil {
			e.health = NewHealth(*c, e.Self)
		}
		e.health.SetHosts(now, e.up)
	}
	if e.ejector != nil {
		e.ejector.SetHosts(e.up)
	}
	if e.cfg.SlowStart > 0 {
		e.age(now, before, since)
	}
	if e.guards != nil {
		e.guard(before, guarded)
	}
}

// Unresolved says whether the callee's name has yet to resolve: while that is so
// there is no endpoint since there is no answer, and calls end with DNS.
func (e *Edge) Unresolved(yet bool) { e.nameless = yet }

// age notes when each endpoint came.
func (e *Edge) age(now Instant, before []Endpoint, since []Instant) {
	e.since = make([]Instant, len(e.up))
	for i, p := range e.up {
		e.since[i] = now
		if at, stays := find(before, p.ID); stays {
			e.since[i] = since[at]
		}
		e.grown = max(e.grown, e.since[i].Add(e.cfg.SlowStart))
	}
}

// guard gives each endpoint its breaker.
func (e *Edge) guard(before []Endpoint, guarded []*Breaker) {
	e.changes++
	e.guards = make([]*Breaker, len(e.up))
	for i, p := range e.up {
		if at, stays := find(before, p.ID); stays {
			e.guards[i], guarded[at] = guarded[at], nil
		} else {
			e.guards[i] = NewBreaker(*e.cfg.Breaker, p.ID)
			e.guards[i].serial = e.changes << 32 // voids the permits of an endpoint that went and is back
		}
	}
	for _, gone := range guarded {
		if gone != nil {
			e.parting = append(e.parting, gone.unreported...)
		}
	}
}

// Begin returns a call on this edge, to be started with Step(now, Event{Kind: Begin}, …).
// The identity is the call's own: its draws come from it. The deadline is the
// caller's, Never where it has none. Nothing is kept of a call that is dropped
// before it is started.
func (e *Edge) Begin(now Instant, id work.Identity, deadline Instant, idempotent bool) Call {
	if e.cfg.Deadline > 0 {
		deadline = min(deadline, now.Add(e.cfg.Deadline))
	}
	return Call{edge: e, id: id, deadline: deadline, due: Never, hedgeAt: Never, idempotent: idempotent}
}

// Turns appends the tickets of the calls whose turn has come since it was last
// asked. A host asks after each step of any call, and steps those calls with Granted.
func (e *Edge) Turns(out []uint64) []uint64 {
	out = append(out, e.turns...)
	e.turns = e.turns[:0]
	return out
}

// Probes appends the probes that are to be sent by now. A host asks after each
// Tick, and tells what became of them with Probed, but for those without an
// answer by their time: they have failed then, and no word of it is needed.
func (e *Edge) Probes(now Instant, out []Probe) []Probe {
	if e.health == nil {
		return out
	}
	return e.health.Probes(now, out)
}

// Probed tells how a probe ended; see Health.Probed.
func (e *Edge) Probed(now Instant, p Probe, cause Cause) {
	if e.health != nil && e.health.Probed(now, p.Endpoint, p.Number, cause) && e.ejector != nil {
		e.ejector.Passed(now, p.Endpoint)
	}
}

// Fallback returns how many bytes the fallback answers with.
func (e *Edge) Fallback() int { return int(e.cfg.Fallback.Respond) }

// Deadline is when Tick is next due, Never where nothing waits.
func (e *Edge) Deadline() Instant {
	due := Never
	if len(e.parting) > 0 {
		due = e.parting[0].At
	}
	if e.whole != nil {
		due = min(due, e.whole.Deadline())
	}
	for _, g := range e.guards {
		due = min(due, g.Deadline())
	}
	if e.ejector != nil {
		due = min(due, e.ejector.Deadline())
	}
	if e.health != nil {
		due = min(due, e.health.Deadline())
	}
	if t := e.retry.throttle; t != nil {
		due = min(due, t.Deadline())
	}
	return due
}

// Tick appends the transitions that were due by now and were not yet reported,
// in the order of their instants.
func (e *Edge) Tick(now Instant, out []Transition) []Transition {
	from := len(out)
	out = append(out, e.parting...)
	e.parting = e.parting[:0]
	if e.whole != nil {
		out = e.whole.Tick(now, out)
	}
	for _, g := range e.guards {
		out = g.Tick(now, out)
	}
	if e.ejector != nil {
		out = e.ejector.Tick(now, out)
	}
	if e.health != nil {
		out = e.health.Tick(now, out)
	}
	if t := e.retry.throttle; t != nil {
		out = t.Tick(out)
	}
	slices.SortStableFunc(out[from:], func(a, b Transition) int { return cmp.Compare(a.At, b.At) })
	return out
}

// State returns the worst state among the edge's breakers as of the last Tick:
// Open, HalfOpen or Closed; "" where it has no breaker.
func (e *Edge) State() string {
	if e.whole != nil {
		return e.whole.State()
	}
	if e.guards == nil {
		return ""
	}
	worst := Closed
	for _, g := range e.guards {
		if s := g.State(); s == Open || s == HalfOpen && worst == Closed {
			worst = s
		}
	}
	return worst
}

// Counters returns the counts so far; they are the caller's to keep.
func (e *Edge) Counters() Counters {
	c := e.count
	c.Failed = maps.Clone(c.Failed)
	c.Denied = e.retry.Denied()
	return c
}
