package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

// keep holds so many in flight, as far as the limit lets it, while each takes
// what takes says for the number in flight.
func keep(l *policy.Limit, flying *int, want, steps int, takes func(int) time.Duration) {
	for range steps {
		for *flying < want && !l.Full() {
			l.Begin()
			*flying++
		}
		if *flying == 0 {
			return
		}
		l.Done(takes(*flying), true)
		*flying--
	}
}

func TestLimitGrowsWhileNothingQueues(t *testing.T) {
	l, flying := policy.NewLimit(policy.LimitConfig{}), 0
	even := func(int) time.Duration { return 10 * time.Millisecond }
	keep(l, &flying, 5, 1000, even)
	if l.Height() != 20 {
		t.Errorf("grew to %d though less than half was in flight", l.Height())
	}
	keep(l, &flying, 1000, 1000, even)
	if l.Height() != 200 {
		t.Errorf("%d where latency never rose, want the most", l.Height())
	}
}

// Of a callee that works on 40 at once the latency rises with all above them:
// the limit finds a height about there instead of its most. Where latency is
// 10 ms·n/40, g = 1 holds up to 1.5 times the long average, which itself creeps up:
// so what is tested is that it stays well below where it would go unchecked.
func TestLimitFallsWhereAQueueBuilds(t *testing.T) {
	l, flying := policy.NewLimit(policy.LimitConfig{Least: 4, Most: 1000}), 0
	keep(l, &flying, 4, 2000, func(int) time.Duration { return 10 * time.Millisecond })
	keep(l, &flying, 1000, 300, func(n int) time.Duration {
		return 10 * time.Millisecond * time.Duration(max(40, n)) / 40
	})
	if l.Height() < 40 || l.Height() > 160 {
		t.Errorf("height %d for a callee that works on 40 at once", l.Height())
	}
	keep(l, &flying, 1000, 200, func(int) time.Duration { return time.Second })
	if l.Height() > 40 {
		t.Errorf("height %d after answers that took a hundred times as long", l.Height())
	}
}

func TestLimitStaysWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.IntRange(1, 30).Draw(t, "least")
		cfg := policy.LimitConfig{Least: least, Most: least + rapid.IntRange(0, 50).Draw(t, "room")}
		l, flying := policy.NewLimit(cfg), 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "begin") && !l.Full() {
				l.Begin()
				flying++
			} else if flying > 0 {
				l.Done(time.Duration(rapid.IntRange(0, 1e9).Draw(t, "latency")), rapid.Bool().Draw(t, "counts"))
				flying--
			}
			if l.Height() < cfg.Least || l.Height() > cfg.Most || flying > cfg.Most {
				t.Fatalf("height %d, in flight %d, within [%d, %d]", l.Height(), flying, cfg.Least, cfg.Most)
			}
		}
	})
}
