package policy_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

// A bulkhead never lets more in than its bound, grants places in the order of
// arrival, lets nobody wait too long, and loses none of its places.
func TestBulkheadInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := policy.BulkheadConfig{
			Calls: rapid.IntRange(1, 4).Draw(t, "calls"),
			Wait:  time.Duration(rapid.IntRange(0, 10).Draw(t, "wait")) * time.Millisecond,
			Queue: rapid.IntRange(1, 4).Draw(t, "queue"),
		}
		b := policy.NewBulkhead(cfg)
		type waiter struct {
			ticket uint64
			until  policy.Instant
		}
		var waiting []waiter
		var granted []uint64
		now, in := policy.Instant(0), 0
		leave := func() {
			next, ok := b.Leave(now)
			waiting = slices.DeleteFunc(waiting, func(w waiter) bool { return now >= w.until && b.Claim(w.ticket) == false })
			switch {
			case ok && (len(waiting) == 0 || waiting[0].ticket != next):
				t.Fatalf("the turn of %d, waiting are %v", next, waiting)
			case !ok && len(waiting) > 0:
				t.Fatalf("nobody's turn, waiting are %v", waiting)
			case ok:
				granted, waiting = append(granted, next), waiting[1:]
			default:
				in--
			}
		}
		for ticket := range uint64(rapid.IntRange(1, 200).Draw(t, "steps")) {
			now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "gap")) * time.Millisecond)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				came, until := b.Enter(now, ticket+1, policy.Never)
				switch {
				case came == policy.Started && in < cfg.Calls:
					in++
				case came == policy.Queued && in == cfg.Calls && cfg.Wait > 0 && until == now.Add(cfg.Wait):
					waiting = append(waiting, waiter{ticket + 1, until})
				case came == policy.Rejected && in == cfg.Calls && (cfg.Wait == 0 || len(waiting) >= cfg.Queue):
				default:
					t.Fatalf("%d with %d in and %d waiting", came, in, len(waiting))
				}
			case 2:
				if in > 0 {
					leave()
				}
			case 3:
				if len(granted) > 0 && !b.Claim(granted[0]) {
					t.Fatal("a turn that was given is gone")
				}
				granted = granted[min(1, len(granted)):]
			}
			if b.InFlight() != in || in > cfg.Calls {
				t.Fatalf("%d in flight, should be %d of at most %d", b.InFlight(), in, cfg.Calls)
			}
		}
	})
}
