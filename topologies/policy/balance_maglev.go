package policy

import (
	"slices"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// maglevSize is how many places the table has: a prime far above the number of
// endpoints, so that their shares differ by little, and Envoy's default. The
// paper takes 65,537, too.
const maglevSize = 65_537

// maglev is consistent hashing by a table (Eisenbud et al.: Maglev, NSDI 2016,
// section 3.4). Every endpoint has an order of its own in which it would like
// the places, and they take turns, each taking the first of its own that is free:
//
//	wants of a: 3 0 4 1 …      a takes 3, b takes 0, c takes 4,
//	wants of b: 0 2 4 1 …      a (0 is gone, 4 is gone) takes 1, …
//	wants of c: 3 4 0 2 …
//
// A key belongs to whoever has the place of its hash. Shares are equal to one
// place in each turn, which no ring can say of itself. In return a few places of
// others change hands too when one endpoint goes: the turns are others then.
// By weight an endpoint takes part in fewer turns, as in Envoy.
//
// The table is made of the endpoints that there are. One that is held back for
// now, by a breaker, a health check or a retry, keeps its places: who comes
// after them in the table stands in.
type maglev struct {
	hosts []Endpoint // that the table is made of, sorted by id
	table []uint16   // place → index into hosts
}

// SetHosts implements Hosted.
func (b *maglev) SetHosts(all []Endpoint) {
	if !slices.Equal(b.hosts, all) {
		b.hosts, b.table = slices.Clone(all), nil
	}
}

func (b *maglev) Pick(now Instant, up []Endpoint, draw work.Identity) EndpointID {
	return b.PickKey(now, up, uint64(draw))
}

// PickKey implements Keyed.
func (b *maglev) PickKey(_ Instant, up []Endpoint, key uint64) EndpointID {
	for _, e := range up {
		if _, known := find(b.hosts, e.ID); !known {
			b.SetHosts(up)
			break
		}
	}
	if b.table == nil {
		b.fill()
	}
	at := int(uint64(work.Root(key)) % maglevSize)
	for i := range maglevSize {
		id := b.hosts[b.table[(at+i)%maglevSize]].ID
		if len(up) == len(b.hosts) {
			return id
		}
		if _, isUp := find(up, id); isUp {
			return id
		}
	}
	return up[0].ID // of weights so uneven that none of those that are up has a place
}

func (b *maglev) Done(Instant, EndpointID, Outcome) {}

// fill hands the places out.
func (b *maglev) fill() {
	wants, heaviest := b.wants(), 0.0
	for _, e := range b.hosts {
		heaviest = max(heaviest, e.weight())
	}
	b.table = make([]uint16, maglevSize)
	taken := make([]bool, maglevSize)
	for left := maglevSize; ; {
		for i := range wants {
			w := &wants[i]
			if w.credit += b.hosts[i].weight() / heaviest; w.credit < 1-1e-9 {
				continue
			}
			w.credit--
			for taken[w.next] {
				w.step()
			}
			taken[w.next], b.table[w.next] = true, uint16(i)
			if left--; left == 0 {
				return
			}
		}
	}
}

// want is how far one endpoint has got in its order of the places: every so
// many from where it begins, which meets each once as their number is prime.
type want struct {
	next, skip uint32
	credit     float64 // a whole one buys a place
}

func (w *want) step() { w.next = (w.next + w.skip) % maglevSize }

func (b *maglev) wants() []want {
	wants := make([]want, len(b.hosts))
	for i, e := range b.hosts {
		id := work.Root(uint64(e.ID)).Named("maglev")
		wants[i] = want{next: uint32(uint64(id.Child(0)) % maglevSize), skip: uint32(uint64(id.Child(1))%(maglevSize-1)) + 1}
	}
	return wants
}

func init() {
	Balancers.Register(def.Def[Balancer]{
		Name: "maglev",
		Doc: "the instance that a request's key belongs to (Google's Maglev, a table of 65,537 places)\n" +
			"Shares are more even than those of consistent-hash and a pick costs one look. When an instance\n" +
			"goes, its keys move and a few others with them; the table is then made anew.",
		New: func() Balancer { return &maglev{} },
	})
}
