package policy

import (
	"math"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// ewmaSpan is over how long a latency is forgotten: Finagle's decay time.
const ewmaSpan = 10 * time.Second

// unknownCost stands for an instance that has been asked and has not answered
// yet: dearer than any that has, so that a silent newcomer is not flooded.
const unknownCost = float64(time.Hour)

// peakEWMA draws two endpoints and takes the one whose expected wait is less,
// after Finagle's p2cPeakEwma. An endpoint's cost is a moving average of its
// latencies that jumps to a peak at once and comes down from it slowly:
//
//	latency > cost:   cost = latency
//	otherwise:        cost = cost·w + latency·(1−w),  w = e^(−Δt/10s)
//	expected wait   = cost·(in flight + 1) / weight
//
// The cost of an endpoint that is not asked decays, so that it is tried again. A
// failure never lowers a cost: what fails fast would look quick.
type peakEWMA struct{ costs roster[ewma] }

type ewma struct {
	cost     float64 // nanoseconds
	at       Instant // when cost was right
	flying   int
	answered bool
}

func (b *peakEWMA) Pick(now Instant, up []Endpoint, draw work.Identity) EndpointID {
	b.costs.tidy(up, func(c *ewma) bool { return c.flying > 0 })
	n := len(up)
	first := draw.Child(0).Intn(n)
	chosen := up[first]
	if n > 1 {
		other := up[(first+1+draw.Child(1).Intn(n-1))%n]
		if b.load(now, other) < b.load(now, chosen) {
			chosen = other
		}
	}
	c, _ := b.costs.enter(chosen.ID)
	c.flying++
	return chosen.ID
}

// load is the time that a request would wait, as far as can be told.
func (b *peakEWMA) load(now Instant, e Endpoint) float64 {
	c := b.costs.find(e.ID)
	if c == nil {
		return 0
	}
	cost := c.decayed(now)
	if !c.answered && c.flying > 0 {
		cost = unknownCost
	}
	return cost * float64(c.flying+1) / e.weight()
}

func (b *peakEWMA) Done(now Instant, id EndpointID, o Outcome) {
	c := b.costs.find(id)
	if c == nil || c.flying == 0 {
		return
	}
	c.flying--
	latency, was := float64(o.Latency), c.decayed(now)
	switch {
	case latency > was:
		was = latency
	case o.Cause == OK && !o.Lost:
		was = c.cost*c.kept(now) + latency*(1-c.kept(now))
	default:
		return
	}
	c.cost, c.at, c.answered = was, now, true
}

// kept is the part of a cost that is not yet forgotten.
func (c *ewma) kept(now Instant) float64 {
	return math.Exp(-float64(now.Sub(c.at)) / float64(ewmaSpan))
}

func (c *ewma) decayed(now Instant) float64 { return c.cost * c.kept(now) }

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "peak-ewma",
		Doc: "of two instances drawn at random the one with the shorter expected wait, by its latencies so far\n" +
			"The expected wait is a moving average of latencies, which a peak raises at once, times the\n" +
			"requests in flight (Finagle). It finds the slow instance that answers all the same.",
		New: func() Balancer { return &peakEWMA{} },
	})
}
