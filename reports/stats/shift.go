package stats

import (
	"math"
	"slices"
)

// Shift is by how much one side is above another, with its interval.
type Shift struct {
	Estimate  float64
	Low, High float64 // infinite where there are too few samples to bound it
}

// HodgesLehmann returns the shift of a against b: the median of all differences
// of one and the other, and the differences between which the true shift lies
// with a confidence of at least Level, whatever the distribution (Hodges and
// Lehmann 1963; Hollander and Wolfe, Nonparametric Statistical Methods, 4.2 and
// 4.3). Up to 50 samples together the interval is exact, beyond that from the
// normal distribution; ties only widen it. Three samples a side bound nothing,
// four do. The samples must be finite; where a side has none the estimate is NaN.
func HodgesLehmann(a, b []float64) Shift {
	differences := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, x-y)
		}
	}
	slices.Sort(differences)
	s := Shift{Estimate: Median(differences), Low: math.Inf(-1), High: math.Inf(1)}
	if k := shiftRank(len(a), len(b)); k > 0 {
		s.Low, s.High = differences[k-1], differences[len(differences)-k]
	}
	return s
}

// shiftRank returns which difference, counted from either end, bounds the
// shift: the largest k for which U is below k with a probability of at most
// half of what the interval leaves out. 0: there is none.
func shiftRank(n, m int) int {
	const tail = (1 - Level) / 2
	if n == 0 || m == 0 {
		return 0
	}
	if n+m > exactUpTo {
		pairs := float64(n) * float64(m)
		return max(0, int(math.Floor(pairs/2-z*math.Sqrt(pairs*float64(n+m+1)/12))))
	}
	ways := uWays(n, m)
	all := distinctChoices(n, m)
	below := 0.0
	for k, w := range ways {
		if below += w / all; below > tail {
			return k
		}
	}
	return len(ways) - 1
}

// distinctChoices is the number of ways to choose n of n+m.
func distinctChoices(n, m int) float64 {
	ways := 1.0
	for i := 1; i <= n; i++ {
		ways = math.Round(ways * float64(m+i) / float64(i))
	}
	return ways
}

// SmallestP is the smallest P that MannWhitney can find with n samples on one side
// and m on the other, all different: 2 in the number of ways to part them. 1 where
// a side has none.
func SmallestP(n, m int) float64 { return min(2/distinctChoices(n, m), 1) }
