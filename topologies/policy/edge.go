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
// balancer, its retry budget and the endpoints that are up. Calls are begun on
// it. It is not safe for concurrent use: a host puts one lock around an Edge and
// all its calls, and takes the time inside it, so that instants never go back.
type Edge struct {
	cfg      EdgeConfig
	up       []Endpoint // sorted by id
	balancer Balancer
	retry    *Retry
	whole    *Breaker     // per: edge; nil without
	guards   []*Breaker   // per: instance, beside up; nil without
	usable   []Endpoint   // scratch of choose
	parting  []Transition // of endpoints that have gone
	changes  uint64       // how often the endpoints were set
	count    Counters
}

// Counters count what happened on an edge, from its start.
type Counters struct {
	Calls    uint64
	Attempts uint64           // sent; no try that a breaker or a want of endpoints held back
	Denied   uint64           // retries that the budget refused
	Failed   map[Cause]uint64 // calls that failed, by cause
	Latency  time.Duration    // sum over the attempts that ended, cancelled ones included
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

// SetEndpoints replaces the endpoints that are up, in any order. An endpoint
// that stays keeps its breaker; attempts in flight to one that goes still count.
func (e *Edge) SetEndpoints(up []Endpoint) {
	before, guarded := e.up, e.guards
	e.up = slices.SortedFunc(slices.Values(up), func(a, b Endpoint) int { return cmp.Compare(a.ID, b.ID) })
	e.up = slices.CompactFunc(e.up, func(a, b Endpoint) bool { return a.ID == b.ID })
	e.usable = make([]Endpoint, 0, len(e.up))
	if e.guards == nil {
		return
	}
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
	return Call{edge: e, id: id, deadline: deadline, due: Never, idempotent: idempotent}
}

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

// admit takes an attempt through breaker and balance. A breaker is asked before
// it is known whether any endpoint is up, and is told when none is: that, too,
// is a callee that does not answer.
func (e *Edge) admit(now Instant, draw work.Identity, avoid EndpointID, avoiding bool) (EndpointID, Admission) {
	var a Admission
	if e.whole != nil {
		if a = e.whole.Admit(now); a.Cause != OK {
			return 0, a
		}
	}
	id, cause := e.choose(now, draw, avoid, avoiding)
	if cause != OK {
		if e.whole != nil {
			e.whole.Release(now, a.Permit, Outcome{Cause: cause})
		}
		return 0, Admission{Cause: cause}
	}
	if g := e.guard(id); g != nil {
		a = g.Admit(now)
	}
	return id, a
}

// choose balances among the endpoints that are up and whose own breaker admits,
// and leaves out the one to avoid where there is another.
func (e *Edge) choose(now Instant, draw work.Identity, avoid EndpointID, avoiding bool) (EndpointID, Cause) {
	up := e.up
	if len(up) == 0 {
		return 0, Refused
	}
	if e.guards != nil || avoiding {
		up = e.usable[:0]
		for i, p := range e.up {
			if e.guards == nil || e.guards[i].Admits(now) {
				up = append(up, p)
			}
		}
	}
	if len(up) == 0 {
		return 0, RejectedBreaker
	}
	if avoiding && len(up) > 1 {
		up = slices.DeleteFunc(up, func(p Endpoint) bool { return p.ID == avoid })
	}
	return e.balancer.Pick(now, up, draw), OK
}

// settle returns an attempt that was sent to breaker and balance.
func (e *Edge) settle(now Instant, id EndpointID, p Permit, o Outcome) {
	e.count.Latency += o.Latency
	e.balancer.Done(now, id, o)
	if e.whole != nil {
		e.whole.Release(now, p, o)
	} else if g := e.guard(id); g != nil {
		g.Release(now, p, o)
	}
}

// guard returns the breaker of one endpoint, nil where it has none or is gone.
func (e *Edge) guard(id EndpointID) *Breaker {
	if e.guards == nil {
		return nil
	}
	if at, up := find(e.up, id); up {
		return e.guards[at]
	}
	return nil
}

func find(up []Endpoint, id EndpointID) (int, bool) {
	return slices.BinarySearchFunc(up, id, func(p Endpoint, id EndpointID) int { return cmp.Compare(p.ID, id) })
}
