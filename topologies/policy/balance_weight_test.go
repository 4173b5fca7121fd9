package policy_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// nginx's example: 5:1:1 is no run of five. Nobody gets more than its share and
// two, at any time.
func TestWeightedIsSmooth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := policy.Balancers.Lookup("weighted")
		b, total := d.New(), 0.0
		up := upTo(rapid.IntRange(1, 8).Draw(t, "endpoints"))
		for i := range up {
			up[i].Weight = rapid.Float64Range(0.1, 10).Draw(t, "weight")
			total += up[i].Weight
		}
		count := map[policy.EndpointID]float64{}
		seed := rapid.Uint64().Draw(t, "seed")
		for n := range 200 {
			count[b.Pick(0, up, work.Root(seed))]++
			for _, e := range up {
				if want := float64(n+1) * e.Weight / total; math.Abs(count[e.ID]-want) > 2 {
					t.Fatalf("%g of %d picks for %d, its share is %.2f", count[e.ID], n+1, e.ID, want)
				}
			}
		}
	})
}

// Round-robin shares its turns out by weight while weights differ, and has its
// own order again, from where it was, once they do not.
func TestRoundRobinFollowsWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := policy.Balancers.Lookup("round-robin")
		b, total := d.New(), 0.0
		up := upTo(rapid.IntRange(2, 8).Draw(t, "endpoints"))
		for i := range up {
			up[i].Weight = rapid.Float64Range(0.1, 10).Draw(t, "weight")
			total += up[i].Weight
		}
		count := map[policy.EndpointID]float64{}
		seed := work.Root(rapid.Uint64().Draw(t, "seed"))
		last := policy.EndpointID(0)
		for n := range 200 {
			last = b.Pick(0, up, seed)
			count[last]++
			for _, e := range up {
				if want := float64(n+1) * e.Weight / total; math.Abs(count[e.ID]-want) > 2 {
					t.Fatalf("%g of %d picks for %d, its share is %.2f", count[e.ID], n+1, e.ID, want)
				}
			}
		}
		for range 20 {
			want := last%policy.EndpointID(len(up)) + 1
			if last = b.Pick(0, upTo(len(up)), seed); last != want {
				t.Fatalf("picked %d instead of %d", last, want)
			}
		}
	})
}

// A retry that avoids the one with the great weight sees equal ones alone: what
// the others have come to is not forgotten.
func TestRoundRobinKeepsTurnsOverRetries(t *testing.T) {
	b, seed, heavy := newBalancer(t, "round-robin"), work.Root(1), 0
	up := upTo(3)
	up[2].Weight = 9
	const picks = 1100
	for n := range uint64(picks) {
		if b.Pick(0, up, seed.Child(n)) == 3 {
			heavy++
			b.Pick(0, up[:2], seed.Child(n))
		}
	}
	if want := picks * 9 / 11; heavy < want-1 || heavy > want+1 {
		t.Errorf("%d of %d first attempts went to the one whose share is %d", heavy, picks, want)
	}
}

// Callers that start together take different first turns.
func TestWeightedBeginsAnywhere(t *testing.T) {
	var count [6]int
	for seed := range uint64(5000) {
		count[newBalancer(t, "weighted").Pick(0, upTo(5), work.Root(seed))]++
	}
	evenly(t, "first picks", count[1:])
}

// slowOne drives ten instances of which the last takes ten times as long, with
// so many requests in flight, and returns the share that it got.
func slowOne(t *testing.T, balance string, flying int) float64 {
	b := newBalancer(t, balance)
	type request struct {
		to           policy.EndpointID
		began, until policy.Instant
	}
	var under []request
	slow, total := 0, 20_000
	for n := range uint64(total) {
		now := policy.Instant(0)
		if len(under) == flying { // the first to end is followed by the next
			first := 0
			for i := range under {
				if under[i].until < under[first].until {
					first = i
				}
			}
			now = under[first].until
			b.Done(now, under[first].to, policy.Outcome{Latency: now.Sub(under[first].began)})
			under = append(under[:first], under[first+1:]...)
		}
		draw := work.Root(5).Child(n)
		takes := 10 * time.Millisecond
		to := b.Pick(now, upTo(10), draw)
		if to == 10 {
			slow++
			takes *= 10
		}
		under = append(under, request{to, now, now.Add(time.Duration(float64(takes) * draw.Child(9).Exponential()))})
	}
	return float64(slow) / float64(total)
}

// A slow instance gets its full share by turns, less where requests in flight
// count, and least where latency does.
func TestPeakEWMAFindsTheSlow(t *testing.T) {
	robin, p2c, peak := slowOne(t, "round-robin", 20), slowOne(t, "p2c", 20), slowOne(t, "peak-ewma", 20)
	t.Logf("share of the slow one in ten: round-robin %.3f, p2c %.3f, peak-ewma %.3f", robin, p2c, peak)
	if math.Abs(robin-0.1) > 0.001 || p2c > 0.06 || peak > 0.7*p2c {
		t.Errorf("round-robin %.3f, p2c %.3f, peak-ewma %.3f", robin, p2c, peak)
	}
}

// A peak counts at once and wears off; failing fast does not look quick.
func TestPeakEWMARemembersAPeak(t *testing.T) {
	share := func(after time.Duration, o policy.Outcome) float64 {
		b := newBalancer(t, "peak-ewma")
		now, n := policy.Instant(0), uint64(0)
		ask := func(up []policy.Endpoint, o policy.Outcome) policy.EndpointID {
			n++
			id := b.Pick(now, up, work.Root(n))
			b.Done(now, id, o)
			return id
		}
		good := policy.Outcome{Latency: 10 * time.Millisecond}
		for range 100 {
			now = now.Add(100 * time.Millisecond)
			ask(upTo(4), good)
		}
		ask([]policy.Endpoint{{ID: 1}}, o)
		now = now.Add(after)
		first := 0
		for range 200 {
			if ask(upTo(4), good) == 1 {
				first++
			}
		}
		return float64(first) / 200
	}
	if got := share(0, policy.Outcome{Latency: time.Second}); got > 0.01 {
		t.Errorf("%.2f right after a peak", got)
	}
	if got := share(time.Minute, policy.Outcome{Latency: time.Second}); got < 0.02 {
		t.Errorf("%.2f a minute after a peak", got)
	}
	quick := share(0, policy.Outcome{Latency: time.Microsecond, Cause: policy.Refused})
	if usual := share(0, policy.Outcome{Latency: 10 * time.Millisecond}); quick > usual+0.15 {
		t.Errorf("%.2f after a quick failure, %.2f after a success", quick, usual)
	}
}

// Subsets of one size give every instance about as many callers, and each caller keeps its own.
func TestSubsetsAreEven(t *testing.T) {
	callers := map[policy.EndpointID]int{}
	for caller := 1; caller <= 300; caller++ {
		edge, err := policy.NewEdge(policy.EdgeConfig{Subset: 10})
		if err != nil {
			t.Fatal(err)
		}
		edge.Caller = caller
		edge.SetEndpoints(0, upTo(50))
		mine := map[policy.EndpointID]bool{}
		for n := range uint64(40) {
			var room [2]policy.Action
			call := edge.Begin(0, work.Root(n), policy.Never, true)
			out := call.Step(0, policy.Event{Kind: policy.Begin}, room[:0])
			mine[out[0].Endpoint] = true
			call.Step(0, policy.Event{Kind: policy.Replied, Attempt: 1}, room[:0])
		}
		if len(mine) != 10 {
			t.Fatalf("caller %d uses %d instances", caller, len(mine))
		}
		for id := range mine {
			callers[id]++
		}
	}
	for _, e := range upTo(50) { // 300 callers of 10 each over 50
		if n := callers[e.ID]; n != 60 {
			t.Errorf("instance %d has %d callers, want 60", e.ID, n)
		}
	}
}

// A new instance gets a tenth of its weight at first and all of it at last, by
// those that share out by weight alone.
func TestSlowStart(t *testing.T) {
	for _, balance := range []string{"random", "round-robin", "weighted"} {
		if !slices.Contains(policy.Gradual(), balance) {
			t.Errorf("%s is not told to be gradual", balance)
		}
		edge, err := policy.NewEdge(policy.EdgeConfig{Balance: balance, SlowStart: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		edge.SetEndpoints(0, upTo(1))
		edge.SetEndpoints(20e9, upTo(2))
		for _, c := range []struct{ at, weight float64 }{{20, 0.1}, {20.5, 0.1}, {25, 0.5}, {29, 0.9}, {30, 1}, {90, 1}} {
			n := 0
			const total = 20_000
			for i := range uint64(total) {
				var room [2]policy.Action
				now := policy.Instant(c.at * 1e9)
				call := edge.Begin(now, work.Root(7).Child(i), policy.Never, true)
				if call.Step(now, policy.Event{Kind: policy.Begin}, room[:0])[0].Endpoint == 2 {
					n++
				}
				call.Step(now, policy.Event{Kind: policy.Replied, Attempt: 1}, room[:0])
			}
			if got, want := float64(n)/total, c.weight/(1+c.weight); math.Abs(got-want) > 0.012 {
				t.Errorf("%s: %.3f of the calls at %gs, want %.3f", balance, got, c.at, want)
			}
		}
	}
}
