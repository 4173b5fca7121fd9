package policy

import (
	"cmp"
	"math"
	"slices"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// pointsEach is how often an endpoint of weight 1 stands on the ring: with 160
// points (as in Ketama) shares differ by some 8 % of the mean, as 1/√160.
const pointsEach = 160

// ring is consistent hashing (Karger et al., 1997) with virtual nodes: a key
// belongs to the first point at or after its hash whose endpoint is up.
//
//	   a₁   b₁ b₂   a₂     c₁
//	───┴──┬──┴──┴────┴──────┴───▶ and around
//	     key → b₁; without b → a₂; the keys of a and c stay where they are
//
// Points of endpoints that have gone stay for a while, so that one which is
// held back by its breaker costs no new ring.
type ring struct {
	points []point // sorted by hash
	on     roster[struct{}]
}

type point struct {
	hash uint64
	id   EndpointID
}

func (b *ring) Pick(now Instant, up []Endpoint, draw work.Identity) EndpointID {
	return b.PickKey(now, up, uint64(draw))
}

// PickKey implements Keyed.
func (b *ring) PickKey(_ Instant, up []Endpoint, key uint64) EndpointID {
	b.join(up)
	hash := uint64(work.Root(key))
	at, _ := slices.BinarySearchFunc(b.points, hash, func(p point, hash uint64) int { return cmp.Compare(p.hash, hash) })
	for i := range b.points {
		p := b.points[(at+i)%len(b.points)]
		if _, isUp := find(up, p.id); isUp {
			return p.id
		}
	}
	return up[0].ID // not reached: whoever is up is on the ring
}

func (b *ring) Done(Instant, EndpointID, Outcome) {}

// join puts who is new on the ring, and takes off those that have gone once
// there are many of them.
func (b *ring) join(up []Endpoint) {
	known := len(b.points)
	for _, e := range up {
		if _, on := b.on.enter(e.ID); on {
			continue
		}
		for n := range int(math.Ceil(pointsEach * min(e.weight(), 100))) {
			b.points = append(b.points, point{uint64(work.Root(uint64(e.ID)).Child(uint64(n))), e.ID})
		}
	}
	if len(b.points) == known {
		return
	}
	b.on.tidy(up, func(*struct{}) bool { return false })
	b.points = slices.DeleteFunc(b.points, func(p point) bool { return b.on.find(p.id) == nil })
	slices.SortFunc(b.points, func(a, b point) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.id, b.id)) })
}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "consistent-hash",
		Doc: "the instance that a request's key belongs to (a ring with 160 points for each instance)\n" +
			"The key travels with a request and all that it causes: it is the one that its entry declares (`key:`),\n" +
			"or else the request's own identity. When an instance goes, its keys alone move.",
		New: func() Balancer { return &ring{} },
	})
}
