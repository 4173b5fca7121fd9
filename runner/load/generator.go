package load

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"windtunnel/runner/record"
)

// waitingRecords is how many records may wait for the sink before requests do.
const waitingRecords = 4096

// generator is one run of load.
type generator struct {
	Options
	weights []float64 // of mix
	mix     []*target
	targets map[string]*target
	pools   *pools
	records chan record.Request

	puzzles                          puzzles
	offered, sent, unsent, abandoned atomic.Uint64
	inFlight, most                   atomic.Int64
}

func newGenerator(o Options) (*generator, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	g := &generator{
		Options: o,
		pools:   newPools(o.MaxConnections),
		records: make(chan record.Request, waitingRecords),
		targets: map[string]*target{},
	}
	for _, entry := range slices.Sorted(maps.Keys(o.Targets)) {
		made, err := newTarget(o.Targets[entry], entry)
		if err != nil {
			return nil, fmt.Errorf("load: entry %s: %w", entry, err)
		}
		g.targets[entry] = made
	}
	for _, s := range o.Mix {
		g.mix = append(g.mix, g.targets[s.Entry])
		g.weights = append(g.weights, s.Weight)
	}
	return g, nil
}

// since returns the time since the run's begin.
func (g *generator) since() time.Duration { return time.Since(g.Began) }

// enter counts a request in, unless it is bounded and too many are in flight.
func (g *generator) enter(bounded bool) bool {
	now := g.inFlight.Add(1)
	if bounded && now > int64(g.MaxInFlight) {
		g.inFlight.Add(-1)
		return false
	}
	for most := g.most.Load(); now > most && !g.most.CompareAndSwap(most, now); {
		most = g.most.Load()
	}
	return true
}

func (g *generator) stats() Stats {
	return Stats{
		Offered: g.offered.Load(), Sent: g.sent.Load(), Unsent: g.unsent.Load(), Abandoned: g.abandoned.Load(),
		Connections: g.pools.opened.Load(), InFlight: int(g.most.Load()),
		Puzzles: g.puzzles.all(),
	}
}
