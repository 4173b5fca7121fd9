package reports

import (
	"math"
	"slices"

	"windtunnel/reports/stats"
)

// Search looks for the highest load at which something holds. It says what to
// try next, and is told what came of it; it runs nothing itself.
//
//	s := reports.Search{From: 100, Least: 1, Most: 1e5, Precision: 0.05, Repetitions: 6}
//	for p, ok := s.Next(); ok; p, ok = s.Next() {
//		s.Tell(try(p))
//	}
//
// Each repetition is a search of its own, with a seed of its own, and finds an
// edge: a load that holds with one above that does not, no further apart than
// the precision. The first goes from the start in steps of two and then halves
// the gap; each further one begins where the one before ended and steps away
// from there, so that it repeats near the boundary. A repetition takes it that
// what holds at a load holds at any lower one; that it need not is why there are several.
//
// Noise breaks what would hold, and hardly the reverse. A load that breaks, and so
// gives up all above it, is therefore looked at again, and the majority of three
// counts; unless an earlier repetition ended at a load as low or lower.
type Search struct {
	From, Least, Most float64 // of the loads
	Precision         float64 // relative, above 0
	Repetitions       int
	Whole             bool // loads are whole numbers

	edges  []float64 // one a repetition: the highest that held, 0 where Least did not
	tops   []float64 // the lowest that did not, +Inf where Most did
	held   float64   // in this repetition; 0: nothing did yet
	broke  float64   // +Inf: nothing did yet
	stride float64   // factor of the next step outwards
	load   float64   // that was asked for last
	looks  int       // at it, in this repetition
	breaks int       // of those
}

// Probe is one load to be tried.
type Probe struct {
	Load       float64
	Repetition int // from 0
	Again      int // looks at this load that came before, in this repetition
}

// mostLooks is how often a repetition looks at a load, at most: the majority counts.
const mostLooks = 3

// Next returns what to try, and no where the search is over.
func (s *Search) Next() (Probe, bool) {
	if s.load == 0 {
		s.begin(s.From, 2)
	}
	for len(s.edges) < s.Repetitions {
		if s.looks > 0 {
			return Probe{Load: s.load, Repetition: len(s.edges), Again: s.looks}, true
		}
		if load, more := s.next(); more {
			s.load = load
			return Probe{Load: load, Repetition: len(s.edges)}, true
		}
		s.edges, s.tops = append(s.edges, s.held), append(s.tops, s.broke)
		at := s.held
		if at == 0 {
			at = s.Least
		}
		s.begin(at, 1+s.Precision)
	}
	return Probe{}, false
}

// begin starts a repetition at a load.
func (s *Search) begin(at, stride float64) {
	s.held, s.broke, s.stride, s.load = 0, math.Inf(1), stride, s.fit(at)
}

// next is the load to try in this repetition.
func (s *Search) next() (load float64, more bool) {
	switch {
	case s.held == 0 && math.IsInf(s.broke, 1):
		return s.load, true
	case math.IsInf(s.broke, 1): // it holds: further up
		return s.fit(s.held * s.step()), s.held < s.Most
	case s.held == 0: // it does not: further down
		return s.fit(s.broke / s.step()), s.broke > s.Least
	}
	between := s.fit(math.Sqrt(s.held * s.broke))
	// A step by the precision may come out a little longer by the rounding of loads.
	return between, s.broke > s.held*(1+s.Precision)*1.001 && between > s.held && between < s.broke
}

// step widens with each step in the same direction.
func (s *Search) step() float64 {
	step := s.stride
	s.stride = min(s.stride*s.stride, 2)
	return step
}

// fit rounds a load to what a reader can read, within the bounds.
func (s *Search) fit(load float64) float64 {
	if s.Whole {
		load = math.Round(load)
	} else {
		load = round(load, 3-int(math.Floor(math.Log10(load))))
	}
	return min(max(load, s.Least), s.Most)
}

// Tell says whether the load that was asked for last holds.
func (s *Search) Tell(held bool) {
	s.looks++
	if !held {
		s.breaks++
	}
	holds := s.looks - s.breaks
	switch {
	case s.breaks == 0 || holds > mostLooks/2:
		s.held = max(s.held, s.load)
	case s.breaks > mostLooks/2 || s.looks == 1 && s.expected(s.load):
		s.broke = min(s.broke, s.load)
	default:
		return // it is looked at again
	}
	s.looks, s.breaks = 0, 0
}

// expected says that a load breaks as one did in a repetition before this.
func (s *Search) expected(load float64) bool {
	return slices.ContainsFunc(s.tops, func(top float64) bool { return top <= load })
}

// Edge is what was found: the median of the highest loads that held in each
// repetition. Its interval, where there are six or more, goes from the lower end
// for those to the upper end for the lowest that did not: the edge lies between.
// Open says that in most repetitions the highest load of all held, and that it
// may be beyond; a median of 0 that no load did.
func (s *Search) Edge() (median, low, high float64, open bool) {
	low, _ = stats.MedianInterval(s.edges)
	_, high = stats.MedianInterval(s.tops)
	if len(s.edges) == 0 {
		return 0, low, high, false
	}
	median = stats.Quantile(slices.Sorted(slices.Values(s.edges)), 0.5) // one that was tried
	return median, low, high, median >= s.Most
}

// above is the lowest load beyond one at which a repetition ended; +Inf: none.
func (s *Search) above(load float64) float64 {
	lowest := math.Inf(1)
	for _, top := range s.tops {
		if top > load {
			lowest = min(lowest, top)
		}
	}
	return lowest
}

// Edges are those of the repetitions that are over.
func (s *Search) Edges() []float64 { return s.edges }
