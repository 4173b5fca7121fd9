package keys

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

const draws = 400_000

// counts draws many keys and counts each.
func counts(s Source, of int) []float64 {
	draw, seen := s.Sampler(), make([]float64, of+1)
	for i := range uint64(draws) {
		seen[draw(work.Root(1).Child(i).Named("key"))]++
	}
	return seen
}

// judge compares counts of keys with their probabilities by a chi-square test.
// Neighbours are taken together where fewer than 20 are expected. Draws are
// fixed, so that it fails always or never.
func judge(t *testing.T, seen []float64, p func(key int) float64) {
	t.Helper()
	square, cells, have, want := 0.0, 0, 0.0, 0.0
	for key := 1; key < len(seen); key++ {
		have, want = have+seen[key], want+draws*p(key)
		if want >= 20 || key == len(seen)-1 && want > 0 {
			square += (have - want) * (have - want) / want
			cells, have, want = cells+1, 0, 0
		}
	}
	if cells < 2 {
		return
	}
	if chance := (distuv.ChiSquared{K: float64(cells - 1)}).Survival(square); chance < 0.001 {
		t.Errorf("χ² = %.1f over %d cells: by chance in %.2g of cases", square, cells, chance)
	}
}

func TestUniform(t *testing.T) {
	judge(t, counts(&Uniform{Of: 1000}, 1000), func(int) float64 { return 1.0 / 1000 })
}

// The sampler is exact: its draws have the probabilities k^-s / Σ i^-s, below,
// at and above the exponent at which the integral is a logarithm.
func TestZipf(t *testing.T) {
	for _, z := range []Zipf{
		{S: 0, Of: 50}, {S: 0.6, Of: 1000}, {S: 0.99, Of: 10_000}, {S: 1, Of: 10_000}, {S: 1.0000001, Of: 100},
		{S: 1.1, Of: 10_000}, {S: 2, Of: 1000}, {S: 6, Of: 10}, {S: 1.1, Of: 1}, {S: 1.1, Of: 2},
	} {
		sum := 0.0
		for k := z.Of; k > 0; k-- {
			sum += math.Pow(float64(k), -z.S)
		}
		judge(t, counts(&z, z.Of), func(k int) float64 { return math.Pow(float64(k), -z.S) / sum })
	}
}

func TestZipfStaysInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := Zipf{S: rapid.Float64Range(0, 20).Draw(t, "s"), Of: rapid.IntRange(1, 1_000_000_000).Draw(t, "of")}
		draw := z.Sampler()
		for i := range uint64(100) {
			id := work.Root(rapid.Uint64().Draw(t, "seed")).Child(i)
			if key := draw(id); key < 1 || key > uint64(z.Of) || key != draw(id) {
				t.Fatalf("key %d of %d", key, z.Of)
			}
		}
	})
}

func TestEachIsDocumented(t *testing.T) {
	for _, d := range Sources.All() {
		if d.Summary() == "" || def.Nearest(d.Name, Sources.Names()) != d.Name {
			t.Errorf("%s", d.Name)
		}
	}
}

func BenchmarkZipf(b *testing.B) {
	draw := (&Zipf{S: 1.1, Of: 10_000}).Sampler()
	for i := range b.N {
		draw(work.Root(1).Child(uint64(i)))
	}
}
