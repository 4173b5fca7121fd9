package arrival

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/topologies/work"
)

// An urn gives out what a list of all lots would, whatever ranks are asked for.
func TestUrnIsAListOfLots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u urn
		u.fill([]uint64{3, 1, 4}) // which the next must forget
		counts := rapid.SliceOfN(rapid.Uint64Range(0, 6), 1, 40).Draw(t, "counts")
		u.fill(counts)
		var lots []int
		for kind, n := range counts {
			lots = append(lots, slices.Repeat([]int{kind}, int(n))...)
		}
		for len(lots) > 0 {
			if u.left != uint64(len(lots)) {
				t.Fatalf("%d are left, not %d", u.left, len(lots))
			}
			rank := rapid.IntRange(0, len(lots)-1).Draw(t, "rank")
			if kind := u.take(uint64(rank)); kind != lots[rank] {
				t.Fatalf("lot %d is of kind %d, want %d", rank, kind, lots[rank])
			}
			lots = slices.Delete(lots, rank, rank+1)
		}
		if u.left != 0 {
			t.Fatalf("%d are left of none", u.left)
		}
	})
}

func TestUrnOfNothing(t *testing.T) {
	var u urn
	if u.fill(nil); u.left != 0 {
		t.Error("something is in it")
	}
}

func BenchmarkUrn(b *testing.B) {
	counts := make([]uint64, 1000)
	for i := range counts {
		counts[i] = 1 << 40
	}
	var u urn
	u.fill(counts)
	for k := range b.N {
		u.take(uint64(work.Identity(k).Float64() * float64(u.left)))
	}
}
