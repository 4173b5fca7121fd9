package load

import (
	"context"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
)

// ask sends one request, waits for its end and records it. bounded requests
// are not sent where too many are in flight. It returns when the request
// ended, since the run's begin.
func (g *generator) ask(ctx context.Context, a arrival.Arriving, bounded bool) time.Duration {
	t := g.asked(a)
	r := record.Request{Seq: a.Seq, Entry: t.entry, Phase: g.Phases[a.Phase].Name, Intended: a.At, Sent: g.since()}
	g.offered.Add(1)
	entered := g.enter(bounded)
	if entered {
		defer g.inFlight.Add(-1)
	}
	if !entered || r.Sent >= a.At+g.Timeout {
		r.Cause = policy.Unsent
	} else if address := t.Address(a.Seq); address == "" {
		r.Cause = policy.Refused
	} else {
		g.exchange(ctx, t, address, &r)
	}
	if r.Done == 0 {
		r.Done = g.since()
	}
	switch {
	case r.Cause == policy.Unsent:
		r.Sent = 0
		g.unsent.Add(1)
	case r.Cause != policy.OK && ctx.Err() != nil:
		g.sent.Add(1)
		g.abandoned.Add(1)
		return r.Done
	default:
		g.sent.Add(1)
	}
	g.records <- r
	return r.Done
}

// asked returns the entry that a request names, or draws it from the mix.
func (g *generator) asked(a arrival.Arriving) *target {
	if a.Entry != "" {
		return g.targets[a.Entry]
	}
	return g.mix[arrival.PickEntry(g.weights, arrival.Identity(g.Seed, a.Seq))]
}

// exchange has the request answered and fills in what became of it.
func (g *generator) exchange(ctx context.Context, t *target, address string, r *record.Request) {
	deadline := g.Began.Add(r.Intended + g.Timeout)
	request := t.request(address)
	pool := g.pools.at(address, t.tls)
	c, err := pool.get(ctx, deadline)
	if err != nil {
		r.Cause = g.fault(err)
		return
	}
	reply, err := c.exchange(request, arrival.Identity(g.Seed, r.Seq), deadline)
	r.Done = g.since()
	pool.put(c, err == nil && reply.keep)
	if reply.status != 0 {
		r.FirstByte, r.Status, r.Bytes = reply.first.Sub(g.Began), reply.status, reply.bytes
		tell(r, reply.header)
	}
	switch {
	case err != nil:
		r.Cause = g.fault(err)
	case !t.expects(reply.status):
		r.Cause = declaredCause(reply.header)
	}
}

// fault returns the cause of an error, and keeps its words where they are needed.
func (g *generator) fault(err error) policy.Cause {
	cause := causeOf(err)
	g.puzzles.add(cause, err)
	return cause
}
