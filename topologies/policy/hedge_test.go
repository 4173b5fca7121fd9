package policy_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

func TestHedgeWaits(t *testing.T) {
	h := policy.NewHedge(policy.HedgeConfig{After: 20 * time.Millisecond, Attempts: 3})
	for _, c := range []struct {
		flying     int
		idempotent bool
		want       bool
	}{{1, true, true}, {2, true, true}, {3, true, false}, {1, false, false}} {
		if d, more := h.Wait(c.flying, c.idempotent); more != c.want || more && d != 20*time.Millisecond {
			t.Errorf("%+v: %v %v", c, d, more)
		}
	}
}

// A quantile is not known at first, then never too low, at most an eighth too
// high, and follows when latencies change.
func TestHedgeFollowsAQuantile(t *testing.T) {
	h := policy.NewHedge(policy.HedgeConfig{Quantile: 0.95})
	if _, more := h.Wait(1, true); more {
		t.Error("waits for a quantile of nothing")
	}
	for round, scale := range []float64{1, 10, 0.2} {
		var all []float64
		for i := range uint64(2000) {
			latency := scale * 1e6 * work.Root(uint64(round)).Child(i).Exponential()
			h.Seen(time.Duration(latency))
			all = append(all, latency)
		}
		slices.Sort(all)
		want := scale * 1e6 * -math.Log(0.05)
		got, _ := h.Wait(1, true)
		if r := float64(got) / want; r < 0.85 || r > 1.3 {
			t.Errorf("p95 of exponential latencies of mean %v: %v, should be about %v", time.Duration(scale*1e6), got, time.Duration(want))
		}
	}
}

func TestHedgeQuantileOfWhatIsAlwaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := policy.NewHedge(policy.HedgeConfig{Quantile: unit.Share(rapid.Float64Range(0.01, 1).Draw(t, "quantile"))})
		latency := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "latency"))
		for range 64 {
			h.Seen(latency)
		}
		if got, known := h.Wait(1, true); !known || got < latency || float64(got) > 1.125*float64(latency) {
			t.Fatalf("%v, all took %v", got, latency)
		}
	})
}
