package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// mserByDefinition computes every score from the start.
func mserByDefinition(samples []float64) int {
	var z []float64
	for i := 0; i+5 <= len(samples); i += 5 {
		z = append(z, (samples[i]+samples[i+1]+samples[i+2]+samples[i+3]+samples[i+4])/5)
	}
	best, at := math.Inf(1), 0
	for d := 0; d <= len(z)-3; d++ {
		left, mean, squares := z[d:], 0.0, 0.0
		for _, v := range left {
			mean += v / float64(len(left))
		}
		for _, v := range left {
			squares += (v - mean) * (v - mean)
		}
		if score := squares / float64(len(left)*len(left)); score < best-1e-12 {
			best, at = score, d
		}
	}
	return at * 5
}

func TestWarmUpEndIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(20, 300).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		slope := rapid.Float64Range(0, 20).Draw(t, "slope")
		samples := make([]float64, n)
		for i := range samples {
			samples[i] = r.NormFloat64() + slope*math.Exp(-float64(i)/20)
		}
		end, ok := WarmUpEnd(samples)
		if want := mserByDefinition(samples); end != want || ok != (2*(want/5) <= n/5) {
			t.Fatalf("%d, %v; by the definition %d", end, ok, want)
		}
	})
}

// By hand: ten batches of which two are high end the warm-up after ten samples.
func TestWarmUpEndByHand(t *testing.T) {
	samples := make([]float64, 50)
	for i := range 10 {
		samples[i] = 9
	}
	if end, ok := WarmUpEnd(samples); end != 10 || !ok {
		t.Error(end, ok)
	}
	for i := range samples {
		samples[i] = 3
	}
	if end, ok := WarmUpEnd(samples); end != 0 || !ok {
		t.Error("what never changes needs warm-up:", end, ok)
	}
	for i := range samples {
		samples[i] = float64(i * i) // it never settles
	}
	if end, ok := WarmUpEnd(samples); ok {
		t.Error(end, ok)
	}
	if _, ok := WarmUpEnd(samples[:19]); ok {
		t.Error("three batches say something")
	}
}
