package arrival

import (
	"fmt"
	"iter"
	"math"
	"time"

	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// MaxRate bounds every declared rate, per second: far above what one generator
// sends, it catches a slip of the pen.
const MaxRate = 10_000_000

// profile is a rate that changes linearly within each of its segments. The
// processes differ in their profile alone; how arrivals come from one is here.
//
//	rate
//	 |      ____
//	 |     /    |        Λ(t) is the area up to t: the expected number of
//	 |____/     |___     arrivals. Arrival k comes where Λ(t) is its due.
//	 +-------------- t
type profile []segment

// segment is a stretch of seconds with a rate per second at each end.
type segment struct{ length, from, to float64 }

// level is a segment of one rate.
func level(length time.Duration, rate unit.Rate) segment {
	return segment{length.Seconds(), float64(rate), float64(rate)}
}

// rate returns the rate at t; past the end it is the last one.
func (p profile) rate(t time.Duration) float64 {
	at, last := t.Seconds(), 0.0
	for _, s := range p {
		if at < s.length {
			return s.from + (s.to-s.from)*at/s.length
		}
		at -= s.length
		last = s.to
	}
	return last
}

// highest is the highest rate that comes within the length.
func (p profile) highest(length time.Duration) float64 {
	left, most := length.Seconds(), 0.0
	for _, s := range p {
		if s.length <= 0 || left <= 0 {
			continue
		}
		end := s.to
		if s.length > left {
			end = s.from + (s.to-s.from)*left/s.length
		}
		most = max(most, s.from, end)
		left -= s.length
	}
	return most
}

// area returns the arrivals that the segment expects.
func (s segment) area() float64 { return (s.from + s.to) / 2 * s.length }

// after returns how many seconds into the segment its area reaches a, which is
// at most the whole area: the root of slope/2·x² + from·x = a, in the form that
// stays exact for a flat segment.
func (s segment) after(a float64) float64 {
	slope := (s.to - s.from) / s.length
	root := math.Sqrt(max(0, s.from*s.from+2*slope*a))
	if s.from+root == 0 {
		return 0
	}
	return min(2*a/(s.from+root), s.length)
}

// even yields arrivals without chance: arrival k where Λ reaches k+½. The half
// leaves the same gap on both sides of a phase's border, and makes the count
// the expected one rounded.
func (p profile) even(length time.Duration) iter.Seq[time.Duration] {
	return p.arrivals(length, func(k uint64, _ float64) float64 { return float64(k) + 0.5 })
}

// poisson yields an inhomogeneous Poisson process by change of time (Çınlar,
// Introduction to Stochastic Processes, 1975): the dues are a Poisson process
// of rate 1, whose gap k is drawn from id.Child(k).
func (p profile) poisson(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return p.arrivals(length, func(k uint64, last float64) float64 { return last + id.Child(k).Exponential() })
}

// spaced is poisson or even, as asked.
func (p profile) spaced(random bool, length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	if random {
		return p.poisson(length, id)
	}
	return p.even(length)
}

// arrivals yields the instants at which Λ reaches each due. due gets the
// arrival's number and the due before it, and never decreases.
func (p profile) arrivals(length time.Duration, due func(k uint64, last float64) float64) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		begin, passed := 0.0, 0.0 // seconds and area before the segment
		k, next, last := uint64(0), due(0, 0), time.Duration(0)
		for _, s := range p {
			for area := s.area(); next-passed < area; {
				at := time.Duration((begin + s.after(next-passed)) * float64(time.Second))
				last = max(last, at) // rounding must not turn two arrivals round
				if last >= length || !yield(last) {
					return
				}
				k++
				next = due(k, next)
			}
			begin += s.length
			passed += s.area()
		}
	}
}

// checkRate says what is wrong with a declared rate.
func checkRate(name string, r unit.Rate) error {
	if v := float64(r); !(v >= 0 && v <= MaxRate) {
		return fmt.Errorf("%s is %s: it lies between 0/s and %d/s", name, r, MaxRate)
	}
	return nil
}
