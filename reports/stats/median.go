package stats

import (
	"math"
	"slices"
)

// Median returns the middle one of the samples, the mean of the middle two
// where their number is even, and NaN where there are none. The samples need
// not be sorted. It may be infinite.
func Median(samples []float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	return middle(slices.Sorted(slices.Values(samples)))
}

// MedianInterval returns the order statistics between which the true median
// lies with a confidence of at least Level. Fewer than six samples bound
// nothing: both ends are infinite.
func MedianInterval(samples []float64) (low, high float64) {
	return QuantileInterval(slices.Sorted(slices.Values(samples)), 0.5)
}

// middle is the median of sorted samples.
func middle(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
