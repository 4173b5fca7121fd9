package arrival

import (
	"iter"
	"time"
)

// Schedule is everything of a run that is sent whatever the replies are: the
// arrivals of the open phases, and what timers ask. Every engine sends it as
// it is, so that all meet the same requests.
type Schedule struct {
	Seed      uint64
	Stretches []Stretch // the phases in order, none of them overlapping; closed ones have no arrivals here
	Timers    []Timer
}

// Stretch is when a process has its turn.
type Stretch struct {
	Begin, For time.Duration // Begin is since the run's begin
	Load       Process
}

// Arriving is one request that is meant to be sent.
type Arriving struct {
	Seq   uint64
	Phase int           // the index of its stretch
	At    time.Duration // since the run's begin
	Entry string        // that it asks; empty: PickEntry draws one of the mix
}

// All yields the requests in the order of their instants. Open arrivals are
// numbered 0, 1, 2, … over the whole run, those of timers as TimerSeq says; at
// one instant timers come first. Nothing is held, so hours of load take no more
// memory than seconds.
func (s *Schedule) All() iter.Seq[Arriving] {
	return func(yield func(Arriving) bool) {
		timers := newFirings(s)
		seq := uint64(0)
		for i, stretch := range s.Stretches {
			open, ok := stretch.Load.(Open)
			if !ok {
				continue
			}
			for at, entry := range routed(open, stretch.For, PhaseIdentity(s.Seed, i)) {
				at += stretch.Begin
				if !timers.until(at, yield) || !yield(Arriving{seq, i, at, entry}) {
					return
				}
				seq++
			}
		}
		timers.until(never, yield)
	}
}
