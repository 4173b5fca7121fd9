package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

const (
	// Power is how often a difference that Detectable names is found.
	Power = 0.8
	// rankEfficiency is how many of its samples Mann and Whitney's test makes
	// use of against the t test where those are normal: 3/π (Hodges and Lehmann 1956).
	rankEfficiency = 3 / math.Pi
	// mostRuns bounds what RunsFor advises.
	mostRuns = 1000
)

// Detectable returns the smallest difference between two sides of n samples
// each that a two-sided test at the level alpha finds with Power, where the
// samples vary by the standard deviation spread: that of log values for a log
// ratio. It is infinite where n samples cannot reach the level at all. The
// formula is that of the t test, corrected for the efficiency of ranks.
func Detectable(n int, spread, alpha float64) float64 {
	if n < 2 || SmallestP(n, n) > alpha {
		return math.Inf(1)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(2*n - 2)}
	return (t.Quantile(1-alpha/2) + t.Quantile(Power)) * spread * math.Sqrt(2/(rankEfficiency*float64(n)))
}

// RunsFor returns how many samples a side find a difference with Power, at
// least those that reach the level alpha at all; at most 1,000.
func RunsFor(difference, spread, alpha float64) int {
	n := 2
	for n < mostRuns && Detectable(n, spread, alpha) > math.Abs(difference) {
		n++
	}
	return n
}

// PooledSpread returns the standard deviation within two sides, from both. NaN
// where both have a sample at most.
func PooledSpread(a, b []float64) float64 {
	squares := 0.0
	for _, side := range [][]float64{a, b} {
		if len(side) > 1 {
			squares += stat.Variance(side, nil) * float64(len(side)-1)
		}
	}
	freedom := max(len(a)-1, 0) + max(len(b)-1, 0)
	if freedom == 0 {
		return math.NaN()
	}
	return math.Sqrt(squares / float64(freedom))
}
