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

// RatioOfMedians returns a bootstrap interval of the ratio of the median of a to
// that of b (Efron 1979, percentile method): each is drawn anew from itself, and
// the middle 95 % of the ratios are kept. It draws the same each time. Fewer than
// five samples on a side, or any that is not above 0 and finite, bound nothing.
func RatioOfMedians(a, b []float64) (low, high float64) {
	if len(a) < fewestSamples || len(b) < fewestSamples || !allPositive(a) || !allPositive(b) {
		return math.Inf(-1), math.Inf(1)
	}
	r := rand.New(rand.NewPCG(1, 2))
	ratios := make([]float64, resamples)
	over, under := make([]float64, len(a)), make([]float64, len(b))
	for i := range ratios {
		ratios[i] = redrawn(r, a, over) / redrawn(r, b, under)
	}
	slices.Sort(ratios)
	const tail = (1 - Level) / 2
	return Quantile(ratios, tail), Quantile(ratios, 1-tail)
}

func allPositive(samples []float64) bool {
	return !slices.ContainsFunc(samples, func(v float64) bool { return !(v > 0) || math.IsInf(v, 0) })
}

// redrawn is the median of as many draws from the samples as there are.
func redrawn(r *rand.Rand, samples, into []float64) float64 {
	for i := range into {
		into[i] = samples[r.IntN(len(samples))]
	}
	slices.Sort(into)
	n := len(into)
	return (into[(n-1)/2] + into[n/2]) / 2
}
