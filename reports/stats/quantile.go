package stats

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Rank returns which of n sorted samples, counted from 1, is the quantile p:
// the smallest k with k/n ≥ p, at least 1. This is the inverse of the empirical
// distribution (type 1 of Hyndman and Fan 1996): always a value that occurred.
func Rank(p float64, n int) int {
	// 0.07·100 is a little more than 7 in floating point and means 7.
	k := int(math.Ceil(p*float64(n) - 1e-9*float64(n)*p))
	return min(max(k, 1), n)
}

// Quantile returns the quantile p of sorted samples, NaN where there are none.
func Quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[Rank(p, len(sorted))-1]
}

// QuantileInterval returns the order statistics between which the true quantile
// p lies with a confidence of at least Level, whatever the distribution: the
// number of samples below it is binomial (David and Nagaraja, Order Statistics,
// 7.1). An end that the samples cannot bound, as the upper one of a p99.9 of
// 100 samples, is infinite.
func QuantileInterval(sorted []float64, p float64) (low, high float64) {
	return QuantileIntervalOf(len(sorted), p, func(k int) float64 { return sorted[k-1] })
}

// QuantileIntervalOf is QuantileInterval of n samples of which rank returns the
// k-th, from 1.
func QuantileIntervalOf(n int, p float64, rank func(k int) float64) (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if n == 0 || p <= 0 || p >= 1 {
		return low, high
	}
	below := distuv.Binomial{N: float64(n), P: p}
	const tail = (1 - Level) / 2
	// Fewer than k samples below with a probability of at most the tail: the
	// quantile is at least the k-th sample.
	if k := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > tail }); k > 0 {
		low = rank(k)
	}
	// At most k-1 samples below with at least 1 - tail: it is at most the k-th.
	if k := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) >= 1-tail }); k < n {
		high = rank(k + 1)
	}
	return low, high
}

// Mean returns the arithmetic mean, NaN where there are no samples.
func Mean(samples []float64) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += v
	}
	return sum / float64(len(samples))
}

// MeanInterval returns the mean with twice its standard error to each side,
// the normal approximation. Fewer than two samples bound nothing.
func MeanInterval(samples []float64) (low, high float64) {
	mean, squares := Mean(samples), 0.0
	for _, v := range samples {
		squares += (v - mean) * (v - mean)
	}
	return MeanIntervalOf(len(samples), mean, squares)
}

// MeanIntervalOf is MeanInterval of n samples by their mean and the sum of the
// squares of what they differ from it.
func MeanIntervalOf(samples int, mean, squares float64) (low, high float64) {
	n := float64(samples)
	if n < 2 {
		return math.Inf(-1), math.Inf(1)
	}
	half := z * math.Sqrt(squares/(n-1)/n)
	return mean - half, mean + half
}
