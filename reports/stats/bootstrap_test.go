package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The interval holds the ratio, and shrinks with its samples.
func TestRatioOfMedians(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	draw := func(n int, scale float64) []float64 {
		samples := make([]float64, n)
		for i := range samples {
			samples[i] = scale * math.Exp(0.2*r.NormFloat64())
		}
		return samples
	}
	covered, wide, narrow := 0, 0.0, 0.0
	const rounds = 100
	for range rounds {
		low, high := RatioOfMedians(draw(10, 3), draw(10, 2))
		if low <= 1.5 && 1.5 <= high {
			covered++
		}
		wide += high - low
		low, high = RatioOfMedians(draw(60, 3), draw(60, 2))
		narrow += high - low
	}
	if covered < 88 || narrow > 0.6*wide {
		t.Errorf("covered in %d of %d; %v wide with 10, %v with 60", covered, rounds, wide/rounds, narrow/rounds)
	}
	a, b := draw(10, 1), draw(10, 1)
	low, high := RatioOfMedians(a, b)
	if l, h := RatioOfMedians(a, b); l != low || h != high {
		t.Error("it draws differently each time")
	}
	for _, samples := range [][]float64{{1, 2, 3, 4}, {1, 2, 3, 4, 0}, {1, 2, 3, 4, math.Inf(1)}, {1, 2, 3, 4, math.NaN()}} {
		if low, high := RatioOfMedians(samples, a); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
			t.Errorf("%v bound something", samples)
		}
	}
}

// Against the distribution itself: of five samples the median of a redraw is at
// most the second smallest where at least three of five draws are among two of
// five. The ends of the interval follow from such sums.
func TestBootstrapAgainstItsDistribution(t *testing.T) {
	median := func(sides [][]float64) float64 { return Quantile(sides[0], 0.5) }
	samples := []float64{5, 1, 4, 2, 3}
	atMost := func(k int) float64 { // the chance that the median of a redraw is among the k smallest
		p, sum := float64(k)/5, 0.0
		for _, term := range []struct{ ways, of int }{{10, 3}, {5, 4}, {1, 5}} {
			sum += float64(term.ways) * math.Pow(p, float64(term.of)) * math.Pow(1-p, float64(5-term.of))
		}
		return sum
	}
	wantLow, wantHigh := 0.0, 0.0
	for k := 5; k > 0; k-- {
		if atMost(k) >= 0.025 {
			wantLow = float64(k)
		}
		if atMost(k) >= 0.975 {
			wantHigh = float64(k)
		}
	}
	if low, high := Bootstrap(1, median, samples); low != wantLow || high != wantHigh {
		t.Errorf("%v … %v, want %v … %v", low, high, wantLow, wantHigh)
	}
	if low, high := Bootstrap(1, median, samples[:4]); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Error("four samples bound something")
	}
}

// A seed gives one answer, another seed nearly the same.
func TestBootstrapIsSeeded(t *testing.T) {
	samples := []float64{1, 2, 3, 5, 8, 13, 21, 34}
	mean := func(sides [][]float64) float64 { return Mean(sides[0]) }
	low, high := Bootstrap(1, mean, samples)
	if l, h := Bootstrap(1, mean, samples); l != low || h != high {
		t.Error("the same seed draws differently")
	}
	l, h := Bootstrap(2, mean, samples)
	if l == low && h == high || math.Abs(l-low) > 1 || math.Abs(h-high) > 1.5 {
		t.Errorf("%v … %v, with another seed %v … %v", low, high, l, h)
	}
}
