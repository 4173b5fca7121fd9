package policy

import (
	"sort"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// roundRobin takes the endpoints in the order of their ids, each after the one
// before it, also where that one has gone. The first pick is drawn: callers
// that start together would otherwise all begin at the same endpoint. While their
// weights differ, as in a slow start, each comes as often as its weight says.
type roundRobin struct {
	last   EndpointID
	begun  bool
	smooth weighted // while weights differ; kept while one pick sees equal ones alone, as a retry may
}

func (b *roundRobin) Pick(now Instant, up []Endpoint, draw work.Identity) EndpointID {
	if !alike(up) {
		b.last, b.begun = b.smooth.Pick(now, up, draw), true
		return b.last
	}
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

// alike says whether all have the same weight.
func alike(up []Endpoint) bool {
	for i := 1; i < len(up); i++ {
		if up[i].weight() != up[0].weight() {
			return false
		}
	}
	return true
}

func (b *roundRobin) Done(Instant, EndpointID, Outcome) {}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "round-robin",
		Doc: "each instance in turn, as often as its weight says\n" +
			"Every caller keeps its own turn and begins it at an instance drawn at random.\n" +
			"It is even in the number of requests, not in the work that they make. Where the node called has `weights:`,\n" +
			"or a new instance a `slow_start`, turns are shared out as by weighted.",
		New: func() Balancer { return &roundRobin{} },
	})
}
