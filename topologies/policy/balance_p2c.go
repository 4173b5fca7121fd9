package policy

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// p2c draws two different endpoints and takes the one with fewer attempts in
// flight for its weight (Mitzenmacher: The Power of Two Choices in Randomized
// Load Balancing, 2001). Of equals it takes the one drawn first.
type p2c struct{ flying inFlight }

func (b *p2c) Pick(_ Instant, up []Endpoint, draw work.Identity) EndpointID {
	b.flying.tidy(len(up))
	n := len(up)
	first := draw.Child(0).Intn(n)
	chosen := up[first]
	if n > 1 {
		// The second is drawn from the others: the distance from the first is 1 to n−1.
		other := up[(first+1+draw.Child(1).Intn(n-1))%n]
		if b.flying.load(other) < b.flying.load(chosen) {
			chosen = other
		}
	}
	b.flying.begin(chosen.ID)
	return chosen.ID
}

func (b *p2c) Done(_ Instant, id EndpointID, _ Outcome) { b.flying.end(id) }

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "p2c",
		Doc: "of two instances drawn at random the one with fewer requests in flight (power of two choices)\n" +
			"Nearly as even as least-request at a constant cost, and callers do not all run to the same\n" +
			"idle instance at once.",
		New: func() Balancer { return &p2c{} },
	})
}
