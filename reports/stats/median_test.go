package stats

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		samples []float64
		want    float64
	}{{[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}, {[]float64{7}, 7}, {[]float64{1, math.Inf(1), 2}, 2},
		{[]float64{math.Inf(1), math.Inf(1), 0}, math.Inf(1)}} {
		before := slices.Clone(c.samples)
		if got := Median(c.samples); got != c.want || !slices.Equal(before, c.samples) {
			t.Errorf("%v: %v, want %v", before, got, c.want)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("nothing has a median")
	}
}

// The ranks of the interval of the median, from the table of binomial sums that
// the books print (Conover, Practical Nonparametric Statistics, table A3): the
// largest k with P(B < k) ≤ 2.5 % for n fair coins.
func TestMedianIntervalByTheTable(t *testing.T) {
	for n, k := range map[int]int{6: 1, 8: 1, 9: 2, 11: 2, 12: 3, 14: 3, 15: 4, 17: 5, 20: 6, 25: 8, 30: 10} {
		var samples []float64
		for i := range n {
			samples = append(samples, float64(n-i)) // the k-th smallest is k
		}
		if low, high := MedianInterval(samples); low != float64(k) || high != float64(n+1-k) {
			t.Errorf("%d: %v … %v, want %d … %d", n, low, high, k, n+1-k)
		}
	}
}

// The interval of any quantile against sums of binomial terms, counted here.
func TestQuantileIntervalAgainstSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		p := rapid.Float64Range(0.01, 0.99).Draw(t, "p")
		below := func(k int) float64 { // at most k of n
			sum := 0.0
			for i := 0; i <= k; i++ {
				sum += float64(combin.Binomial(n, i)) * math.Pow(p, float64(i)) * math.Pow(1-p, float64(n-i))
			}
			return sum
		}
		wantLow, wantHigh := math.Inf(-1), math.Inf(1)
		for k := 1; k <= n; k++ {
			// The k-th is a lower bound unless fewer than k lie below too often.
			if below(k-1) <= 0.025 {
				wantLow = float64(k)
			}
			if below(k-1) >= 0.975 && math.IsInf(wantHigh, 1) {
				wantHigh = float64(k)
			}
		}
		samples := make([]float64, n)
		for i := range samples {
			samples[i] = float64(i + 1)
		}
		if low, high := QuantileInterval(samples, p); low != wantLow || high != wantHigh {
			t.Fatalf("p %v of %d: %v … %v, want %v … %v", p, n, low, high, wantLow, wantHigh)
		}
	})
}
