package load

import (
	"iter"

	"windtunnel/scenarios/arrival"
)

// schedule yields the arrivals of all open phases, numbered from 0. It is never
// held as a whole, so hours of load take no more memory than seconds.
func (g *generator) schedule() iter.Seq[arriving] {
	return func(yield func(arriving) bool) {
		seq := uint64(0)
		for i, p := range g.Phases {
			open, ok := p.Load.(arrival.Open)
			if !ok {
				continue
			}
			for at := range open.Arrivals(p.For, arrival.PhaseIdentity(g.Seed, i)) {
				if !yield(arriving{seq, i, p.Begin + at}) {
					return
				}
				seq++
			}
		}
	}
}
