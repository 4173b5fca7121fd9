package work

import (
	"math"
	"testing"
)

func TestPickShares(t *testing.T) {
	for name, weights := range map[string][]float64{
		"one": {1}, "even": {1, 1, 1, 1}, "uneven": {8, 2}, "with a zero": {1, 0, 3}, "small": {1e-9, 3e-9}, "a zero last": {1, 1, 0},
	} {
		var branches []Branch
		total := 0.0
		for _, w := range weights {
			branches = append(branches, Branch{Weight: w})
			total += w
		}
		const n = 100_000
		counts := make([]float64, len(weights))
		for i := range uint64(n) {
			counts[Pick(branches, Root(9).Child(i))]++
		}
		for i, w := range weights {
			if got := counts[i] / n; math.Abs(got-w/total) > 0.005 || w == 0 && got != 0 {
				t.Errorf("%s: branch %d gets %.4f instead of %.4f", name, i, got, w/total)
			}
		}
	}
}

// Without any weight the last branch is taken: a mistake that the loader reports.
func TestPickWithoutWeights(t *testing.T) {
	if got := Pick(make([]Branch, 3), Root(1)); got != 2 {
		t.Errorf("branch %d", got)
	}
}

func TestComponent(t *testing.T) {
	for op, want := range map[string]string{"payments.charge": "payments", "payments": "payments", "a.b.c": "a", "": "", ".x": ""} {
		if got := Component(op); got != want {
			t.Errorf("%q: %q instead of %q", op, got, want)
		}
	}
}
