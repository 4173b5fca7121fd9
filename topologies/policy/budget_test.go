package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

func TestBudget(t *testing.T) {
	sec := func(s float64) policy.Instant { return policy.Instant(s * float64(time.Second)) }
	type step struct {
		at      policy.Instant
		calls   int
		granted int // of ten retries asked for
	}
	for name, c := range map[string]struct {
		cfg   policy.BudgetConfig
		steps []step
	}{
		"nothing is granted by default": {policy.BudgetConfig{}, []step{{0, 1000, 0}, {sec(1), 1000, 0}}},
		"a share of the calls": {policy.BudgetConfig{Share: 0.2}, []step{
			{0, 4, 0}, {0, 1, 1}, {0, 9, 1}, {0, 1, 1}, {sec(1), 100, 10}, {sec(1), 0, 10}, {sec(1), 0, 0},
		}},
		"a share survives a rounding": {policy.BudgetConfig{Share: 0.1}, []step{{0, 10, 1}, {0, 9, 0}, {0, 1, 1}}},
		"what was granted is forgotten": {policy.BudgetConfig{Share: 1, TTL: time.Second}, []step{
			{0, 5, 5}, {sec(0.5), 3, 3}, {sec(2), 0, 0}, {sec(3), 4, 4}, {sec(3.94), 0, 0}, {sec(5), 0, 0},
		}},
		"unspent calls too": {policy.BudgetConfig{Share: 1, TTL: time.Second}, []step{{0, 5, 5}, {sec(1), 5, 5}, {sec(1.5), 0, 0}}},
		"a rate from the start": {policy.BudgetConfig{PerSecond: 2, TTL: time.Second}, []step{
			{0, 0, 2}, {sec(0.9), 0, 0}, {sec(1), 0, 2}, {sec(1.5), 0, 0}, {sec(2), 0, 2},
		}},
		"a slow rate adds up to one": {policy.BudgetConfig{PerSecond: 0.1}, []step{{0, 0, 1}, {sec(9), 0, 0}, {sec(10), 0, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := policy.NewBudget(c.cfg)
			for i, s := range c.steps {
				for range s.calls {
					b.Deposit(s.at)
				}
				granted := 0
				for range 10 {
					if b.Withdraw(s.at) {
						granted++
					}
				}
				if granted != s.granted {
					t.Errorf("step %d at %s: %d instead of %d", i, at(s.at), granted, s.granted)
				}
			}
		})
	}
}

// In any TTL retries stay within share×calls + rate×TTL.
func TestBudgetBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := policy.BudgetConfig{
			Share:     unit.Share(rapid.IntRange(0, 100).Draw(t, "share")) / 100,
			PerSecond: unit.Rate(rapid.IntRange(0, 5).Draw(t, "rate")),
			TTL:       time.Second,
		}
		b := policy.NewBudget(cfg)
		var calls, grants []policy.Instant
		var now policy.Instant
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "gap")) * time.Millisecond)
			if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				calls = append(calls, now)
				b.Deposit(now)
			} else if b.Withdraw(now) {
				grants = append(grants, now)
			}
		}
		within := func(events []policy.Instant, from, to policy.Instant) (n int) {
			for _, e := range events {
				if e > from && e <= to {
					n++
				}
			}
			return n
		}
		for _, to := range grants { // 950 ms lie in the window whatever its slices
			n := within(grants, to.Add(-950*time.Millisecond), to)
			most := float64(cfg.Share)*float64(within(calls, to.Add(-time.Second), to)) + float64(cfg.PerSecond)
			// A deposit at the window's edge may be as old as the TTL itself.
			most += float64(cfg.Share) * float64(within(calls, to.Add(-time.Second)-1, to.Add(-time.Second)))
			if float64(n) > most+1e-6 {
				t.Fatalf("%d retries until %s, at most %g", n, at(to), most)
			}
		}
	})
}
