package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// exactUpTo is how many samples of both sides together the exact distributions
// are counted for: the choices of 25 out of 50 are still a whole number that a
// float64 holds.
const exactUpTo = 50

// UTest is the outcome of a test of Mann and Whitney.
type UTest struct {
	// U counts the pairs in which the first side is larger; a tie is half of one.
	U float64
	// P is how likely a U at least as far to one side or the other is where both
	// sides are alike, at most 1. NaN where a side has no samples.
	P     float64
	Exact bool // P is counted, and not taken from the normal distribution
}

// MannWhitney tests whether two sides could be from one distribution (Mann and
// Whitney 1947). Up to 50 samples together it counts in how many of all ways to
// part them U would be as far out, with ties where they are (Streitberg and
// Röhmel 1986); beyond that it takes the normal distribution, with the variance
// corrected for ties and half a pair for continuity. Infinities are in order.
func MannWhitney(a, b []float64) UTest {
	n, m := len(a), len(b)
	if n == 0 || m == 0 {
		return UTest{U: 0, P: math.NaN()}
	}
	ranks, ties := doubledRanks(a, b)
	sum := 0
	for _, r := range ranks[:n] {
		sum += r
	}
	t := UTest{U: float64(sum)/2 - float64(n)*float64(n+1)/2}
	if n+m <= exactUpTo {
		t.P, t.Exact = exactP(ranks, n, sum, ties > 0), true
		return t
	}
	N := float64(n + m)
	mean, variance := float64(n)*float64(m)/2, float64(n)*float64(m)/12*(N+1-ties/(N*(N-1)))
	if variance <= 0 {
		t.P = 1 // all are the same
		return t
	}
	far := max(math.Abs(t.U-mean)-0.5, 0) / math.Sqrt(variance)
	t.P = min(2*distuv.UnitNormal.Survival(far), 1)
	return t
}

// doubledRanks returns twice the rank of each sample among all, those of a
// first; samples that are equal share the mean of their ranks, so that twice of
// it is whole. The ties are the sum of t³-t over groups of t equal samples.
func doubledRanks(a, b []float64) (ranks []int, ties float64) {
	all := slices.Concat(a, b)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(all[i], all[j]) })
	ranks = make([]int, len(all))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && all[order[to]] == all[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + 1 + to // first rank + last rank
		}
		t := float64(to - from)
		ties += t*t*t - t
		from = to
	}
	return ranks, ties
}

// exactP counts the choices of n ranks whose sum is at most, and at least, the
// sum seen, and doubles the smaller share.
func exactP(ranks []int, n, sum int, ties bool) float64 {
	var ways []float64
	if ties {
		ways = waysToSum(ranks, n)
	} else {
		ways, sum = uWays(n, len(ranks)-n), sum/2-n*(n+1)/2
	}
	below, above, all := 0.0, 0.0, 0.0
	for s, w := range ways {
		all += w
		if s <= sum {
			below += w
		}
		if s >= sum {
			above += w
		}
	}
	return min(2*min(below, above)/all, 1)
}

// waysToSum returns in how many ways n of the values, which are whole and not
// negative, have each sum.
func waysToSum(values []int, n int) []float64 {
	total := 0
	for _, v := range values {
		total += v
	}
	ways := make([][]float64, n+1) // by how many are chosen
	for k := range ways {
		ways[k] = make([]float64, total+1)
	}
	ways[0][0] = 1
	so := 0
	for i, v := range values {
		so += v
		for k := min(n, i+1); k > 0; k-- {
			from, to := ways[k-1], ways[k]
			for s := so; s >= v; s-- {
				to[s] += from[s-v]
			}
		}
	}
	return ways[n]
}

// uWays returns in how many ways to part n+m different samples U is 0, 1, 2 … :
// the coefficients of the Gaussian binomial, which is the product of
// (1-qᵐ⁺ⁱ)/(1-qⁱ) over i from 1 to n.
func uWays(n, m int) []float64 {
	ways := make([]float64, n*m+1)
	ways[0] = 1
	for i := 1; i <= n; i++ {
		for u := len(ways) - 1; u >= m+i; u-- {
			ways[u] -= ways[u-m-i]
		}
		for u := i; u < len(ways); u++ {
			ways[u] += ways[u-i]
		}
	}
	return ways
}
