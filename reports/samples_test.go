package reports

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/scenarios/arrival"
)

// Numbers in any order: those below the largest open one that did not come are
// missing, and those that came before are repeated.
func TestNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		open := rapid.SliceOf(rapid.Uint64Range(0, 300)).Draw(t, "open")
		closed := rapid.SliceOf(rapid.Uint64Range(arrival.FirstClosedSeq, arrival.FirstClosedSeq+300)).Draw(t, "closed")
		n := numbers{seen: map[uint64]uint64{}}
		for _, seq := range rapid.Permutation(slices.Concat(open, closed)).Draw(t, "order") {
			n.add(seq)
		}
		distinct := func(of []uint64) int { return len(slices.Compact(slices.Sorted(slices.Values(of)))) }
		missing, repeated := 0, len(open)+len(closed)-distinct(open)-distinct(closed)
		if len(open) > 0 {
			missing = int(slices.Max(open)) + 1 - distinct(open)
		}
		if n.missing() != missing || n.repeated != repeated {
			t.Errorf("%d missing and %d repeated, want %d and %d", n.missing(), n.repeated, missing, repeated)
		}
	})
}
