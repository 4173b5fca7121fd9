package reports

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Sorted by their digits they stand as comparing them would have it: many alike,
// a few far off, the least and the largest there are.
func TestSortTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		far := rapid.SampledFrom([]time.Duration{0, 1, 1 << 10, 1 << 11, 1 << 33, math.MaxInt64}).Draw(t, "range")
		some := rapid.SliceOfN(rapid.Int64Range(int64(-far), int64(far)), 1, 40).Draw(t, "times")
		times := make([]time.Duration, rapid.IntRange(1, 4*fewTimes).Draw(t, "count"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range times {
			if times[i] = time.Duration(some[r.IntN(len(some))]); r.IntN(2) == 0 {
				times[i] /= 1 + time.Duration(r.IntN(1000))
			}
		}
		want := slices.Clone(times)
		slices.Sort(want)
		if sortTimes(times); !slices.Equal(times, want) {
			t.Fatalf("%d times up to %d are not in their order", len(times), far)
		}
	})
}

// BenchmarkSortTimes are ten million lognormal times, by digits and by comparing.
func BenchmarkSortTimes(b *testing.B) {
	all := make([]time.Duration, 10_000_000)
	for i := range all {
		all[i] = time.Duration(4e6 * math.Exp(rand.NormFloat64()))
	}
	for name, sort := range map[string]func([]time.Duration){"digits": sortTimes, "comparing": slices.Sort[[]time.Duration]} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				times := slices.Clone(all)
				b.StartTimer()
				sort(times)
			}
		})
	}
}
