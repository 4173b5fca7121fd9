package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

const (
	resamples     = 4000
	fewestSamples = 5
)

// Bootstrap returns the interval of a statistic of some sides (Efron 1979,
// percentile method): each side is drawn anew from itself, and the middle 95 %
// of what the statistic then is are kept. The statistic is handed each side
// sorted, in memory that it must not keep. One seed gives one answer. A side
// with fewer than five samples bounds nothing. The method is rough for few
// samples, where its intervals are too narrow: it is for what has no exact one,
// as a ratio of two medians. A quantile has, QuantileInterval.
func Bootstrap(seed uint64, statistic func(sides [][]float64) float64, sides ...[]float64) (low, high float64) {
	drawn := make([][]float64, len(sides))
	for i, side := range sides {
		if len(side) < fewestSamples {
			return math.Inf(-1), math.Inf(1)
		}
		drawn[i] = make([]float64, len(side))
	}
	r := rand.New(rand.NewPCG(seed, 2))
	found := make([]float64, resamples)
	for i := range found {
		for k, side := range sides {
			redraw(r, side, drawn[k])
		}
		found[i] = statistic(drawn)
	}
	slices.Sort(found)
	const tail = (1 - Level) / 2
	return Quantile(found, tail), Quantile(found, 1-tail)
}

// redraw fills into with as many draws from the samples, sorted.
func redraw(r *rand.Rand, samples, into []float64) {
	for i := range into {
		into[i] = samples[r.IntN(len(samples))]
	}
	slices.Sort(into)
}

// RatioOfMedians returns a bootstrap interval of the ratio of the median of a to
// that of b. It draws the same each time. Fewer than five samples on a side, or
// any that is not above 0 and finite, bound nothing.
func RatioOfMedians(a, b []float64) (low, high float64) {
	if !allPositive(a) || !allPositive(b) {
		return math.Inf(-1), math.Inf(1)
	}
	return Bootstrap(1, func(sides [][]float64) float64 { return middle(sides[0]) / middle(sides[1]) }, a, b)
}

func allPositive(samples []float64) bool {
	return !slices.ContainsFunc(samples, func(v float64) bool { return !(v > 0) || math.IsInf(v, 0) })
}
