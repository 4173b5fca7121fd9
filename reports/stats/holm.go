package stats

import (
	"cmp"
	"slices"
)

// Holm returns the p values adjusted for there being so many of them (Holm
// 1979, step-down): rejecting those that are at most 5 % makes a false
// rejection among all of them in at most 5 % of families, however they depend
// on each other. The order is that of ps, each of which is from 0 to 1.
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ps[i], ps[j]) })
	adjusted := make([]float64, len(ps))
	largest := 0.0
	for k, i := range order {
		largest = max(largest, min(float64(len(ps)-k)*ps[i], 1))
		adjusted[i] = largest
	}
	return adjusted
}
