package policy

import (
	"sort"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// roundRobin takes the endpoints in the order of their ids, each after the one
// before it, also where that one has gone. The first pick is drawn: callers
// that start together would otherwise all begin at the same endpoint.
type roundRobin struct {
	last  EndpointID
	begun bool
}

func (b *roundRobin) Pick(_ Instant, up []Endpoint, draw work.Identity) EndpointID {
	at := 0
	if b.begun {
		at = sort.Search(len(up), func(i int) bool { return up[i].ID > b.last })
	} else {
		at = draw.Intn(len(up))
	}
	if at == len(up) {
		at = 0
	}
	b.last, b.begun = up[at].ID, true
	return b.last
}

func (b *roundRobin) Done(Instant, EndpointID, Outcome) {}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "round-robin",
		Doc: "each instance in turn\n" +
			"Every caller keeps its own turn and begins it at an instance drawn at random.\n" +
			"It is even in the number of requests, not in the work that they make.",
		New: func() Balancer { return &roundRobin{} },
	})
}
