package arrival_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/work"
)

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

func TestPickEntrySharesByWeight(t *testing.T) {
	weights := []float64{8, 0, 2, 10}
	const n = 100_000
	counts := make([]float64, len(weights))
	for seq := range uint64(n) {
		counts[arrival.PickEntry(weights, arrival.Identity(1, seq))]++
	}
	for i, w := range weights {
		share := w / 20
		if sd := math.Sqrt(share * (1 - share) / n); math.Abs(counts[i]/n-share) > 4*sd {
			t.Errorf("entry %d got %.4f of the arrivals, its share is %.4f", i, counts[i]/n, share)
		}
	}
}

func TestPickEntryAlone(t *testing.T) {
	for seq := range uint64(100) {
		if i := arrival.PickEntry([]float64{0.3}, arrival.Identity(1, seq)); i != 0 {
			t.Fatalf("the only entry has index %d", i)
		}
	}
}

// Numbers of closed requests meet neither each other nor those of open arrivals.
func TestClosedSeqIsUnique(t *testing.T) {
	c := &arrival.Closed{Users: 7}
	seen := map[uint64]bool{}
	for phase := range 3 {
		for user := range c.Users {
			for k := range uint64(50) {
				seq := c.ClosedSeq(phase, user, k)
				if seen[seq] || seq < 1<<40 || seq > 1<<53 {
					t.Fatalf("phase %d, user %d, request %d has number %d", phase, user, k, seq)
				}
				seen[seq] = true
			}
		}
	}
}

func TestThinkBefore(t *testing.T) {
	c := &arrival.Closed{Users: 1, Think: work.ConstantOf(time.Second)}
	sum := 0.0
	const n = 10_000
	for seq := range uint64(n) {
		id := arrival.Identity(1, seq)
		if later := c.ThinkBefore(1, id); later != time.Second {
			t.Fatalf("a later thought lasts %s", later)
		}
		first := c.ThinkBefore(0, id)
		if first < 0 || first >= time.Second {
			t.Fatalf("the first thought lasts %s", first)
		}
		sum += first.Seconds() / n
	}
	if math.Abs(sum-0.5) > 4*math.Sqrt(1.0/12/n) {
		t.Errorf("first thoughts last %.3f s on average, want 0.5", sum)
	}
}

func TestPhasesAreDrawnApart(t *testing.T) {
	seen := map[work.Identity]bool{}
	for seed := range uint64(10) {
		for phase := range 10 {
			seen[arrival.PhaseIdentity(seed, phase)] = true
		}
	}
	if len(seen) != 100 {
		t.Errorf("100 phases have %d identities", len(seen))
	}
}
