package live

import (
	"time"

	"windtunnel/topologies/policy"
)

// gauges adds up what the instances of a service told last: a scaler has no
// front to ask there.
type gauges map[string]gauge

type gauge struct {
	inFlight, queued int
	load             time.Duration // integral of both until at
	at               policy.Instant
}

// gone is the name under which the load of instances that have ended is kept.
const gone = ""

// set takes in what an instance tells of itself.
func (g gauges) set(now policy.Instant, instance string, inFlight, queued int) {
	was := g[instance]
	g[instance] = gauge{inFlight, queued, was.until(now), now}
}

// drop forgets an instance but for what it has carried.
func (g gauges) drop(now policy.Instant, instance string) {
	was, known := g[instance]
	if !known {
		return
	}
	delete(g, instance)
	g[gone] = gauge{load: g[gone].load + was.until(now), at: now}
}

// now adds all of them up.
func (g gauges) now(now policy.Instant) (inFlight, queued int, load time.Duration) {
	for _, one := range g {
		inFlight += one.inFlight
		queued += one.queued
		load += one.until(now)
	}
	return inFlight, queued, load
}

func (g gauge) until(now policy.Instant) time.Duration {
	return g.load + now.Sub(g.at)*time.Duration(g.inFlight+g.queued)
}
