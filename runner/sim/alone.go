package sim

import (
	"math"
	"time"

	"windtunnel/topologies/work"
)

// alone is how long steps that call nobody take an instance with so many cores
// (0: no limit) that has the host to itself: the initialisation of one that
// stands before the run begins, and with it the virtual time.
func (w *world) alone(steps []work.Step, id work.Identity, cores float64) time.Duration {
	took := time.Duration(0)
	for at := range steps {
		took += w.aloneStep(&steps[at], id.Child(uint64(at)), cores)
	}
	return took
}

func (w *world) aloneStep(s *work.Step, id work.Identity, cores float64) time.Duration {
	took := time.Duration(0)
	switch s.Kind {
	case work.Compute:
		onWay, _ := w.costs.compute(s.For.Draw(id))
		return w.costs.throttled(onWay, cores)
	case work.Wait:
		if d := s.For.Draw(id); d > 0 {
			return d + w.costs.woken(&w.costs.Wait, id, drawnWait)
		}
	case work.Parallel:
		for at, b := range s.Branches {
			took = max(took, w.alone(b.Steps, id.Child(uint64(at)), cores))
		}
	case work.Choose:
		at := work.Pick(s.Branches, id)
		return w.alone(s.Branches[at].Steps, id.Child(uint64(at)), cores)
	case work.Repeat:
		for n := range s.Times {
			took += w.alone(s.Branches[0].Steps, id.Child(uint64(n)), cores)
		}
	}
	return took
}

// throttled is how long so much CPU time takes under a quota that is full at
// the begin: it is spent as fast as there are cores, and then filled up once in
// each period.
func (c *Costs) throttled(d time.Duration, cores float64) time.Duration {
	if cores <= 0 || cores >= 1 || d <= 0 {
		return d
	}
	budget := cores * c.period().Seconds()
	waits := math.Ceil(d.Seconds()/budget) - 1
	return time.Duration(waits)*c.period() + d - time.Duration(waits*budget*float64(time.Second))
}
