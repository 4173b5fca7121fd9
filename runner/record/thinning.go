package record

import "math"

// mostSampled is how many requests a sample may have: one of about KeepAll,
// which a run was planned with, is not halved because it came out a little larger.
const mostSampled = KeepAll + KeepAll/4

// thinning decides which requests a record keeps. Whenever there are more than
// it may hold, half of them fall out, and of those that come only half are taken:
// samples lie within each other, and the last one hangs on nothing but the
// requests, in whichever order they came.
//
//	draw × first   1        1/2       1/4     1/8        0
//	               ├─ first ─┼─ next ──┼───────┼── … ─────┤   fall out, from the left
type thinning struct {
	first   float64 // the one in so many that it began with
	oneIn   uint64
	doubled int // how often it has
	most    int
	kept    int                    // of the sample of now
	falling [mostDoublings + 1]int // of those that were kept at first, when they fall out
}

// mostDoublings bounds oneIn, which begins with at most 1e9.
const mostDoublings = 30

func newThinning(oneIn uint64) thinning {
	t := thinning{first: float64(oneIn), oneIn: oneIn, most: KeepAll}
	if oneIn > 1 {
		t.most = mostSampled
	}
	return t
}

// add takes a request in by its draw from 0 to 1, and says whether it is kept.
func (t *thinning) add(draw float64) bool {
	scaled := draw * t.first
	if scaled >= 1 {
		return false
	}
	at := mostDoublings
	if _, exponent := math.Frexp(scaled); scaled > 0 {
		at = min(-exponent, mostDoublings)
	}
	t.falling[at]++
	if at < t.doubled {
		return false
	}
	t.kept++
	for t.kept > t.most && t.doubled < mostDoublings {
		t.kept -= t.falling[t.doubled]
		t.doubled++
		t.oneIn *= 2
	}
	return at >= t.doubled
}
