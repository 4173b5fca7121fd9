package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// By hand, and R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm").
func TestHolmByHand(t *testing.T) {
	for _, c := range []struct{ ps, want []float64 }{
		{[]float64{0.01, 0.02, 0.03, 0.04, 0.05}, []float64{0.05, 0.08, 0.09, 0.09, 0.09}},
		{[]float64{0.05, 0.01}, []float64{0.05, 0.02}},
		{[]float64{0.8, 0.9}, []float64{1, 1}},
		{[]float64{0.03}, []float64{0.03}},
		{nil, []float64{}},
	} {
		got := Holm(c.ps)
		if len(got) != len(c.want) {
			t.Fatalf("%v: %v", c.ps, got)
		}
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 1e-12 {
				t.Errorf("%v: %v, want %v", c.ps, got, c.want)
			}
		}
	}
}

// Holm's is the closed test of Bonferroni's (Marcus, Peritz and Gabriel 1976):
// a hypothesis is as doubtful as the most doubtful set that it is in.
func TestHolmIsClosed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 8).Draw(t, "ps")
		got := Holm(ps)
		for i := range ps {
			want := 0.0
			for set := range 1 << len(ps) {
				if set>>i&1 == 0 {
					continue
				}
				var in []float64
				for k, p := range ps {
					if set>>k&1 == 1 {
						in = append(in, p)
					}
				}
				want = max(want, min(float64(len(in))*slices.Min(in), 1))
			}
			if math.Abs(got[i]-want) > 1e-12 {
				t.Fatalf("%v: %v, and the closed test has %v for %d", ps, got, want, i)
			}
		}
	})
}
