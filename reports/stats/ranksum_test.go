package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

// Permeability of the placenta, from Hollander and Wolfe, Nonparametric
// Statistical Methods, 1973, p. 69: at term, and at 12 to 26 weeks.
var (
	atTerm = []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early  = []float64{1.15, 0.88, 0.90, 0.74, 1.21}
)

// R prints W = 35 and p = 0.1272 for the one-sided test of the same data; in
// full it is 382 of 3,003 ways.
func TestMannWhitneyByTheBook(t *testing.T) {
	got := MannWhitney(atTerm, early)
	if got.U != 35 || !got.Exact || math.Abs(got.P-2*382./3003) > 1e-12 {
		t.Errorf("%+v", got)
	}
	if other := MannWhitney(early, atTerm); other.U != 15 || other.P != got.P {
		t.Errorf("%+v", other)
	}
}

// pairs is U by its definition.
func pairs(a, b []float64) float64 {
	u := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				u++
			case x == y:
				u += 0.5
			}
		}
	}
	return u
}

// Against all ways to part the samples, one by one, with ties.
func TestMannWhitneyAgainstAllWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 6).Draw(t, "n"), rapid.IntRange(1, 6).Draw(t, "m")
		levels := rapid.IntRange(1, 12).Draw(t, "levels") // few of them make ties
		all := make([]float64, n+m)
		for i := range all {
			all[i] = float64(rapid.IntRange(1, levels).Draw(t, "sample"))
		}
		got := MannWhitney(all[:n], all[n:])
		if got.U != pairs(all[:n], all[n:]) {
			t.Fatalf("U of %v and %v: %v", all[:n], all[n:], got.U)
		}
		below, above, ways := 0, 0, combin.Combinations(n+m, n)
		for _, chosen := range ways {
			var a, b []float64
			in := map[int]bool{}
			for _, i := range chosen {
				in[i] = true
				a = append(a, all[i])
			}
			for i, v := range all {
				if !in[i] {
					b = append(b, v)
				}
			}
			u := pairs(a, b)
			if u <= got.U {
				below++
			}
			if u >= got.U {
				above++
			}
		}
		want := min(2*float64(min(below, above))/float64(len(ways)), 1)
		if math.Abs(got.P-want) > 1e-12 || !got.Exact {
			t.Fatalf("%v and %v: %+v, want p %v", all[:n], all[n:], got, want)
		}
	})
}

// Beyond the exact sizes the normal distribution comes near the exact answer,
// with ties and without.
func TestMannWhitneyBeyondCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for levels, near := range map[int]float64{5: 0.06, 1 << 30: 0.01} {
		for range 20 {
			side := func(n, shift int) []float64 {
				samples := make([]float64, n)
				for i := range samples {
					samples[i] = float64(r.IntN(levels) + shift)
				}
				return samples
			}
			a, b := side(26, levels/8), side(26, 0)
			got := MannWhitney(a, b)
			ranks, _ := doubledRanks(a, b)
			sum := 0
			for _, v := range ranks[:26] {
				sum += v
			}
			if want := exactP(ranks, 26, sum, levels == 5); got.Exact || math.Abs(got.P-want) > near {
				t.Fatalf("%v levels: %+v, exactly %v", levels, got, want)
			}
		}
	}
	same := make([]float64, 30)
	if got := MannWhitney(same, same); got.P != 1 {
		t.Errorf("%+v", got)
	}
}

func TestMannWhitneyOfInfinitiesAndNothing(t *testing.T) {
	inf := math.Inf(1)
	if got := MannWhitney([]float64{inf, inf, inf}, []float64{1, 2, 3}); got.U != 9 || math.Abs(got.P-0.1) > 1e-12 {
		t.Errorf("%+v", got)
	}
	if got := MannWhitney([]float64{inf}, []float64{inf}); got.U != 0.5 || got.P != 1 {
		t.Errorf("%+v", got)
	}
	if got := MannWhitney(nil, []float64{1}); !math.IsNaN(got.P) {
		t.Errorf("%+v", got)
	}
}

// A p value of two sides that are alike is at most 5 % in at most 5 %.
func TestMannWhitneyHoldsItsLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	for _, n := range []int{4, 7, 30} {
		low := 0
		const rounds = 2000
		for range rounds {
			a, b := make([]float64, n), make([]float64, n)
			for i := range n {
				a[i], b[i] = r.ExpFloat64(), r.ExpFloat64()
			}
			if MannWhitney(a, b).P <= 0.05 {
				low++
			}
		}
		if low > rounds*6/100 {
			t.Errorf("%d a side: %d of %d", n, low, rounds)
		}
	}
}

// The two ways of counting are the same where nothing is tied.
func TestUWays(t *testing.T) {
	for n := 1; n <= 9; n++ {
		for m := 1; m <= 9; m++ {
			ranks := make([]int, n+m)
			for i := range ranks {
				ranks[i] = i + 1
			}
			for u, want := range waysToSum(ranks, n)[n*(n+1)/2:][:n*m+1] {
				if got := uWays(n, m)[u]; got != want {
					t.Fatalf("%d and %d: U %d in %v ways, want %v", n, m, u, got, want)
				}
			}
		}
	}
}
