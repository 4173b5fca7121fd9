package policy

import (
	"cmp"
	"slices"

	"windtunnel/topologies/work"
)

// grant is an edge's answer to a call that wants to send an attempt.
type grant struct {
	endpoint EndpointID
	permit   Permit // of the breaker
	cause    Cause  // why not; OK grants
	final    bool   // a no that is there to stop retries, too
}

// admit takes an attempt through breaker, throttle, concurrency limit and
// balance. The edge's own breaker is asked before it is known whether any
// endpoint is up, and is told when none is: that, too, is a callee that does not answer.
func (e *Edge) admit(now Instant, try work.Identity, key uint64, avoid []EndpointID) grant {
	switch {
	case e.whole != nil && !e.whole.Admits(now):
		return grant{cause: RejectedBreaker, final: true}
	case e.throttle != nil && !e.throttle.Admit(now, try.Child(drawThrottle)),
		e.limit != nil && e.limit.Full():
		return grant{cause: RejectedLimit, final: true}
	}
	var g grant
	if e.whole != nil {
		g.permit = e.whole.Admit(now).Permit
	}
	g.endpoint, g.cause = e.choose(now, try.Child(drawPick), key, avoid)
	if g.cause != OK {
		if e.whole != nil {
			e.whole.Release(now, g.permit, Outcome{Cause: g.cause})
		}
		return g
	}
	if own := e.guardOf(g.endpoint); own != nil {
		g.permit = own.Admit(now).Permit
	}
	if e.limit != nil {
		e.limit.Begin()
	}
	return g
}

// choose balances among the endpoints that an attempt may go to.
func (e *Edge) choose(now Instant, draw work.Identity, key uint64, avoid []EndpointID) (EndpointID, Cause) {
	if len(e.up) == 0 && e.nameless {
		return 0, DNS
	}
	if len(e.up) == 0 || e.health != nil && e.health.Left(now) == 0 {
		return 0, Refused
	}
	up := e.candidates(now, avoid)
	switch {
	case len(up) == 0:
		return 0, RejectedBreaker
	case e.keyed != nil && key != 0:
		return e.keyed.PickKey(now, up, key), OK
	default:
		return e.balancer.Pick(now, up, draw), OK
	}
}

// candidates are the endpoints that are up, healthy and whose own breaker admits.
// Those that are ejected or to be avoided are left out, unless there is no other.
func (e *Edge) candidates(now Instant, avoid []EndpointID) []Endpoint {
	ejected, young := e.ejector != nil && e.ejector.Any(now), now < e.grown && e.keyed == nil
	sick := e.health != nil && e.health.Left(now) < len(e.up)
	if e.guards == nil && len(avoid) == 0 && !ejected && !young && !sick {
		return e.up
	}
	up := e.usable[:0]
	for i, p := range e.up {
		if e.guards != nil && !e.guards[i].Admits(now) || sick && !e.health.Serves(p.ID) {
			continue
		}
		if young {
			p.Weight = p.weight() * e.growth(now, i)
		}
		up = append(up, p)
	}
	if ejected {
		up = without(up, func(p Endpoint) bool { return e.ejector.Out(p.ID) })
	}
	if len(avoid) > 0 {
		up = without(up, func(p Endpoint) bool { return slices.Contains(avoid, p.ID) })
	}
	return up
}

// without leaves out some, unless that are all.
func without(up []Endpoint, some func(Endpoint) bool) []Endpoint {
	for i := range up {
		if !some(up[i]) {
			return slices.DeleteFunc(up, some)
		}
	}
	return up
}

// growth is the part of its weight that an endpoint has: in proportion to its
// age and a tenth at least, as Envoy's slow start with an aggression of 1.
func (e *Edge) growth(now Instant, i int) float64 {
	return max(0.1, min(1, float64(now.Sub(e.since[i]))/float64(e.cfg.SlowStart)))
}

// settle tells the machines how an attempt that was sent has ended.
func (e *Edge) settle(now Instant, t attempt, o Outcome) {
	e.count.Latency += o.Latency
	e.balancer.Done(now, t.endpoint, o)
	if e.whole != nil {
		e.whole.Release(now, t.permit, o)
	} else if own := e.guardOf(t.endpoint); own != nil {
		own.Release(now, t.permit, o)
	}
	if e.throttle != nil {
		e.throttle.Done(now, o)
	}
	if e.limit != nil {
		e.limit.Done(o.Latency, Timed(o.Cause) && !o.Lost)
	}
	if e.ejector != nil {
		e.ejector.Done(now, t.endpoint, o)
	}
	if o.Lost {
		return
	}
	e.retry.Ended(now, o.Cause)
	if e.hedge != nil && o.Cause == OK {
		e.hedge.Seen(o.Latency)
	}
}

// guardOf returns the breaker of one endpoint, nil where it has none or is gone.
func (e *Edge) guardOf(id EndpointID) *Breaker {
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
