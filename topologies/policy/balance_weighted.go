package policy

import (
	"math"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// weighted is the smooth weighted round-robin of nginx
// (ngx_http_upstream_get_peer): at each pick every endpoint earns its weight,
// and the one with the most credit is taken and pays what all earned. So 5:1:1
// is a a b a c a a rather than five times a in a row.
//
//	credit before   pick   credit after
//	 5  1  1         a     -2  1  1
//	 3  2  2         a     -4  2  2
//	 1  3  3         b      1 -4  3
//
// An endpoint begins with a drawn part of its weight: callers that start
// together would otherwise all take the same turns.
type weighted struct{ credits roster[float64] }

func (b *weighted) Pick(_ Instant, up []Endpoint, draw work.Identity) EndpointID {
	b.credits.tidy(up, func(*float64) bool { return false })
	chosen, most, earned := up[0].ID, math.Inf(-1), 0.0
	for _, e := range up {
		credit, known := b.credits.enter(e.ID)
		if !known {
			*credit = e.weight() * draw.Child(uint64(e.ID)).Float64()
		}
		*credit += e.weight()
		earned += e.weight()
		if *credit > most {
			chosen, most = e.ID, *credit
		}
	}
	*b.credits.find(chosen) -= earned
	return chosen
}

func (b *weighted) Done(Instant, EndpointID, Outcome) {}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "weighted",
		Doc: "each instance in turn, as often as its weight says (smooth weighted round-robin)\n" +
			"The weights are the `weights:` of the node called, and with `slow_start` a new instance earns its own\n" +
			"little by little. It differs from round-robin in the order of the turns alone.",
		New: func() Balancer { return &weighted{} },
	})
}
