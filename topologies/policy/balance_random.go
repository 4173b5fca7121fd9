package policy

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// random draws an endpoint, each in proportion to its weight.
type random struct{}

func (random) Pick(_ Instant, up []Endpoint, draw work.Identity) EndpointID {
	total := 0.0
	for i := range up {
		total += up[i].weight()
	}
	at := draw.Float64() * total
	for i := range up {
		if at -= up[i].weight(); at < 0 {
			return up[i].ID
		}
	}
	return up[len(up)-1].ID
}

func (random) Done(Instant, EndpointID, Outcome) {}

// weight is the endpoint's relative share.
func (e Endpoint) weight() float64 {
	if e.Weight <= 0 {
		return 1
	}
	return e.Weight
}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "random",
		Doc: "an instance drawn at random, by weight\n" +
			"It needs no state and never goes in step with other callers, but some instances get\n" +
			"more than others for a while.",
		New: func() Balancer { return random{} },
	})
}
