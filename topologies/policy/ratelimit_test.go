package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

func TestBucket(t *testing.T) {
	b := policy.NewBucket(policy.RateLimitConfig{Rate: 10, Burst: 3})
	for i, c := range []struct {
		at   time.Duration
		want bool
	}{
		{0, true}, {0, true}, {0, true}, {0, false},
		{99 * time.Millisecond, false}, {100 * time.Millisecond, true}, {100 * time.Millisecond, false},
		{300 * time.Millisecond, true}, {300 * time.Millisecond, true}, {300 * time.Millisecond, false},
		{time.Hour, true}, {time.Hour, true}, {time.Hour, true}, {time.Hour, false}, // no more than the burst is kept
	} {
		if got := b.Take(policy.Instant(c.at)); got != c.want {
			t.Errorf("take %d at %v: %v", i, c.at, got)
		}
	}
}

// In any stretch of time a bucket grants at most rate × time + burst; and one
// that is asked all the time grants that much.
func TestBucketGrantsNoMoreAndNoLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := policy.RateLimitConfig{
			Rate:  unit.Rate(rapid.Float64Range(0, 5000).Draw(t, "rate")),
			Burst: rapid.IntRange(1, 20).Draw(t, "burst"),
		}
		b := policy.NewBucket(cfg)
		bound := func(d time.Duration) float64 { return float64(cfg.Rate)*d.Seconds() + float64(cfg.Burst) + 1e-6 }
		var granted []policy.Instant
		now := policy.Instant(rapid.IntRange(0, 1e9).Draw(t, "begin"))
		for range rapid.IntRange(1, 300).Draw(t, "asks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "gap")) * time.Duration(rapid.IntRange(0, 2e6).Draw(t, "unit")))
			if b.Take(now) {
				granted = append(granted, now)
			}
		}
		for i := range granted {
			for k := i; k < len(granted); k++ {
				if n := float64(k - i + 1); n > bound(granted[k].Sub(granted[i])) {
					t.Fatalf("%g grants in %v at %v, burst %d", n, granted[k].Sub(granted[i]), cfg.Rate, cfg.Burst)
				}
			}
		}
		greedy, n := policy.NewBucket(cfg), 0
		for at := policy.Instant(0); at <= 1e8; at += 1e5 {
			if greedy.Take(at) {
				n++
			}
		}
		// A bucket of one loses what comes between its filling up and the next ask.
		if all := min(1001, bound(100*time.Millisecond)); float64(n) > all+1 || cfg.Burst > 1 && float64(n) < all-2 {
			t.Fatalf("%d granted of %g in 100ms at %v, burst %d", n, all, cfg.Rate, cfg.Burst)
		}
	})
}
