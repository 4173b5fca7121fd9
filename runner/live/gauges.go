package live

import (
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// gauges adds up what the instances of a service told last: a scaler has no
// front to ask there.
type gauges map[string]gauge

type gauge struct {
	inFlight, queued int
	load             time.Duration // integral of both until at
	at               policy.Instant
	worked           uint64         // operations that it has done
	since            policy.Instant // it is told to be idle since then, in which it has done none
}

// gone is the name under which the load of instances that have ended is kept.
const gone = ""

// set takes in what an instance tells of itself.
func (g gauges) set(now policy.Instant, instance string, m wire.Metrics) {
	was, known := g[instance]
	is := gauge{inFlight: m.InFlight, queued: m.Queued, load: was.until(now), at: now, since: was.since}
	for _, o := range m.Operations {
		is.worked += o.Count
	}
	if !known || !was.idle() || is.worked != was.worked {
		is.since = now
	}
	g[instance] = is
}

func (g gauge) idle() bool { return g.inFlight+g.queued == 0 }

// idle says whether an instance told no request last, and since when it has had
// none: up to a second late, as it tells once in one.
func (g gauges) idle(instance string) (since policy.Instant, idle bool) {
	one, known := g[instance]
	return one.since, known && one.idle()
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
