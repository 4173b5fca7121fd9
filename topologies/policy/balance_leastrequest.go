package policy

import (
	"cmp"
	"slices"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// leastRequest takes the endpoint with the fewest attempts in flight for its
// weight; the draw decides among equals.
type leastRequest struct{ flying inFlight }

func (b *leastRequest) Pick(_ Instant, up []Endpoint, draw work.Identity) EndpointID {
	b.flying.tidy(len(up))
	best, least, equals := up[0].ID, b.flying.load(up[0]), 1
	for _, e := range up[1:] {
		switch load := b.flying.load(e); {
		case load < least:
			best, least, equals = e.ID, load, 1
		case load == least:
			// The k-th equal takes over with probability 1/k, so each is as likely.
			if equals++; draw.Child(uint64(equals)).Intn(equals) == 0 {
				best = e.ID
			}
		}
	}
	b.flying.begin(best)
	return best
}

func (b *leastRequest) Done(_ Instant, id EndpointID, _ Outcome) { b.flying.end(id) }

// inFlight counts the attempts in flight by endpoint. It is a slice sorted by
// id, which beats a map for the few instances of a node and never allocates
// once all are in it.
type inFlight []flight

type flight struct {
	id EndpointID
	n  int
}

func (f inFlight) find(id EndpointID) (int, bool) {
	return slices.BinarySearchFunc(f, id, func(a flight, id EndpointID) int { return cmp.Compare(a.id, id) })
}

// load is the weight's share of the attempts in flight, with the one to come.
func (f inFlight) load(e Endpoint) float64 {
	n := 1
	if at, known := f.find(e.ID); known {
		n += f[at].n
	}
	return float64(n) / e.weight()
}

func (f *inFlight) begin(id EndpointID) {
	at, known := f.find(id)
	if !known {
		*f = slices.Insert(*f, at, flight{id: id})
	}
	(*f)[at].n++
}

func (f inFlight) end(id EndpointID) {
	if at, known := f.find(id); known && f[at].n > 0 {
		f[at].n--
	}
}

// tidy forgets the idle where the table has outgrown the endpoints that are up:
// ids are never reused, so those that have gone would pile up.
func (f *inFlight) tidy(up int) {
	if len(*f) > 2*up+16 {
		*f = slices.DeleteFunc(*f, func(a flight) bool { return a.n == 0 })
	}
}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "least-request",
		Doc: "the instance with the fewest requests in flight from this caller\n" +
			"It looks at all of them; equals are drawn. A caller sees its own requests only, and an instance\n" +
			"that fails fast looks idle: put a breaker `per: instance` beside it.",
		New: func() Balancer { return &leastRequest{} },
	})
}
