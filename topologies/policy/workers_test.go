package policy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

var arrivals = []string{policy.Started: "started", policy.Queued: "queued", policy.Rejected: "rejected", policy.Expired: "expired"}

func TestWorkersDialogues(t *testing.T) {
	dialogues(t, "workers", func(t *testing.T) func(command) []string {
		var w policy.Workers
		return func(c command) []string {
			var lines []string
			var ticket uint64
			if len(c.args) > 0 {
				fmt.Sscan(c.args[0], &ticket)
			}
			switch c.name {
			case "workers":
				w = policy.Workers{Concurrency: c.int(t, "concurrency"), Queue: c.int(t, "queue")}
				return nil
			case "arrive":
				lines = append(lines, arrivals[w.Arrive(c.at, ticket, c.instant(t, "deadline"))])
			case "done":
				next, ok, expired := w.Done(c.at, nil)
				for _, e := range expired {
					lines = append(lines, fmt.Sprintf("answer %d deadline", e))
				}
				if ok {
					lines = append(lines, fmt.Sprintf("start %d", next))
				}
			case "cancel":
				lines = append(lines, fmt.Sprint(w.Cancel(ticket)))
			default:
				t.Fatalf("no command %q", c.name)
			}
			return append(lines, fmt.Sprintf("%d at work, %d waiting", w.InFlight(), w.Waiting()))
		}
	})
}

// Against a model that is plainly right: order, bounds, expiry, cancelling, and
// every ticket ends exactly once.
func TestWorkersAgainstModel(t *testing.T) {
	type waiting struct {
		ticket   uint64
		deadline policy.Instant
	}
	rapid.Check(t, func(t *rapid.T) {
		w := policy.Workers{Concurrency: rapid.IntRange(0, 4).Draw(t, "concurrency"), Queue: rapid.SampledFrom([]int{0, 1, 3, 6, 50}).Draw(t, "queue")}
		// The tickets count up, or are such that a multiplicative hash puts them all
		// where one belongs, at the begin of the table or at its end.
		const inverse = 0xf1de83e19937733d // of what the line's index multiplies with
		stride := rapid.SampledFrom([]uint64{1, inverse, 1<<64 - inverse}).Draw(t, "stride")
		var queue []waiting
		var now policy.Instant
		busy := 0
		for n := range uint64(rapid.IntRange(1, 200).Draw(t, "steps")) {
			ticket := n * stride
			now += policy.Instant(rapid.IntRange(0, 3).Draw(t, "gap"))
			switch what := rapid.IntRange(0, 5).Draw(t, "what"); {
			case what <= 2:
				deadline := policy.Never
				if rapid.Bool().Draw(t, "bounded") {
					deadline = now + policy.Instant(rapid.IntRange(0, 10).Draw(t, "within"))
				}
				want := policy.Rejected
				switch {
				case now >= deadline:
					want = policy.Expired
				case w.Concurrency == 0 || busy < w.Concurrency:
					want = policy.Started
					busy++
				case len(queue) < w.Queue:
					want = policy.Queued
					queue = append(queue, waiting{ticket, deadline})
				}
				if got := w.Arrive(now, ticket, deadline); got != want {
					t.Fatalf("%s instead of %s", arrivals[got], arrivals[want])
				}
			case what <= 4 && busy > 0:
				var expired []uint64
				var next uint64
				found := false
				for len(queue) > 0 && !found {
					head := queue[0]
					queue = queue[1:]
					if found = now < head.deadline; found {
						next = head.ticket
					} else {
						expired = append(expired, head.ticket)
					}
				}
				if !found {
					busy--
				}
				gotNext, ok, gotExpired := w.Done(now, nil)
				if ok != found || gotNext != next || !slices.Equal(gotExpired, expired) {
					t.Fatalf("next %d %v, expired %v instead of %d %v, %v", gotNext, ok, gotExpired, next, found, expired)
				}
			case what == 5:
				victim := uint64(rapid.IntRange(0, int(n)).Draw(t, "victim")) * stride
				at := slices.IndexFunc(queue, func(q waiting) bool { return q.ticket == victim })
				if got := w.Cancel(victim); got != (at >= 0) {
					t.Fatalf("cancel %d: %v", victim, got)
				}
				if at >= 0 {
					queue = slices.Delete(queue, at, at+1)
				}
			}
			if w.InFlight() != busy || w.Waiting() != len(queue) {
				t.Fatalf("%d at work, %d waiting instead of %d, %d", w.InFlight(), w.Waiting(), busy, len(queue))
			}
		}
	})
}

func TestWorkersDonePanicsWhenIdle(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	new(policy.Workers).Done(0, nil)
}

// crowd returns a function that lets two arrive, one cancel and one finish,
// with a queue that stays full.
func crowd() func() {
	w := &policy.Workers{Concurrency: 4, Queue: 1000}
	ticket, now := uint64(0), policy.Instant(0)
	for ; w.Waiting() < 1000; ticket++ {
		w.Arrive(now, ticket, policy.Never)
	}
	return func() {
		var room [4]uint64
		now = now.Add(time.Millisecond)
		w.Done(now, room[:0])
		w.Cancel(ticket - 3)
		w.Arrive(now, ticket, now.Add(time.Second))
		w.Arrive(now, ticket+1, policy.Never)
		ticket += 2
	}
}

func TestWorkersDoNotAllocate(t *testing.T) {
	run := crowd()
	for range 10_000 {
		run()
	}
	if n := testing.AllocsPerRun(10_000, run); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkWorkers(b *testing.B) {
	run := crowd()
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}
