package policy_test

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

func TestSheddingByTheLengthOfTheQueue(t *testing.T) {
	i := policy.NewIntake(1, 100, policy.IntakeConfig{Shedding: &policy.SheddingConfig{Queue: 4, First: []string{"catalog", "checkout.peek", "browse"}}})
	for n, c := range []struct {
		name string
		want policy.Arrival
	}{
		{"catalog.find", policy.Started}, {"catalog.find", policy.Queued}, {"checkout.peek", policy.Queued},
		{"catalog.find", policy.Limited}, {"browse", policy.Limited}, {"checkout.peek", policy.Limited}, // two wait
		{"checkout.place", policy.Queued}, {"checkout", policy.Queued}, {"checkout.place", policy.Limited}, // four do
	} {
		if got := i.Arrive(0, uint64(n), policy.Never, policy.Asked{Name: c.name}); got != c.want {
			t.Errorf("arrival %d, of %s: %d instead of %d", n, c.name, got, c.want)
		}
	}
	if i.Waiting() != 4 || i.InFlight() != 1 {
		t.Errorf("%d wait, %d at work", i.Waiting(), i.InFlight())
	}
}

// A burst that is worked off is let be, however long its last request waits.
func TestCoDelLetsABurstBe(t *testing.T) {
	c := policy.NewCoDel(policy.CoDelConfig{})
	for n := range 90 {
		if c.Drop(policy.Instant(n)*1e6, time.Duration(n)*time.Millisecond, n == 89, policy.Normal) {
			t.Fatalf("request %d of a burst is dropped", n)
		}
	}
}

// A queue that stands loses one request at once and the next after interval/√2,
// interval/√3, …, until a wait is short again.
func TestCoDelDropsFasterAndFaster(t *testing.T) {
	c := policy.NewCoDel(policy.CoDelConfig{Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond})
	var drops []time.Duration
	for at := policy.Instant(0); at < 1e9; at += 1e6 {
		if c.Drop(at, 20*time.Millisecond, false, policy.Normal) {
			drops = append(drops, time.Duration(at))
		}
	}
	if len(drops) < 20 || drops[0] != 100*time.Millisecond || drops[1] != 200*time.Millisecond {
		t.Fatalf("dropped at %v", drops)
	}
	for i := 2; i < 12; i++ {
		if gap, before := drops[i]-drops[i-1], drops[i-1]-drops[i-2]; gap > before+time.Millisecond {
			t.Errorf("the gap grows from %v to %v", before, gap)
		}
	}
	if c.Drop(1e9, time.Millisecond, false, policy.Normal) || c.Drop(1001e6, 20*time.Millisecond, false, policy.Normal) {
		t.Error("drops after a wait that was short")
	}
}

// What has less priority has less of the queue, and nobody's room is above the whole.
func TestSheddingByPriority(t *testing.T) {
	order := []policy.Priority{policy.Low, policy.Normal, policy.High}
	rapid.Check(t, func(t *rapid.T) {
		c := policy.SheddingConfig{Queue: rapid.IntRange(1, 40).Draw(t, "queue")}
		if rapid.Bool().Draw(t, "parts") {
			c.Low = unit.Share(rapid.IntRange(1, 100).Draw(t, "low")) / 100
			c.Normal = max(c.Low, unit.Share(rapid.IntRange(1, 100).Draw(t, "normal"))/100)
		}
		i := policy.NewIntake(1, 1000, policy.IntakeConfig{Shedding: &c})
		i.Arrive(0, 0, policy.Never, policy.Asked{})
		waiting := map[policy.Priority]int{}
		for ticket := range uint64(rapid.IntRange(0, 100).Draw(t, "arrivals")) {
			p := rapid.SampledFrom(order).Draw(t, "priority")
			before := i.Waiting()
			came := i.Arrive(0, ticket+1, policy.Never, policy.Asked{Priority: p})
			if came == policy.Queued {
				waiting[p] = i.Waiting()
			}
			if (came == policy.Limited) != c.Sheds(p, before) || p == policy.High && before < c.Queue && came != policy.Queued {
				t.Fatalf("%s with %d of %d waiting: %d", p, before, c.Queue, came)
			}
			for n, lower := range order[1:] {
				if !c.Sheds(order[n], before) && c.Sheds(lower, before) {
					t.Fatalf("with %d waiting %s is let in and %s is not", before, order[n], lower)
				}
			}
		}
		low, normal := cmp.Or(c.Low, 0.5), cmp.Or(c.Normal, 1)
		for p, share := range map[policy.Priority]unit.Share{policy.Low: low, policy.Normal: normal, policy.High: 1} {
			if most := int(math.Ceil(float64(share)*float64(c.Queue) - 1e-9)); waiting[p] > most {
				t.Fatalf("%s was let in as the %dth of %d", p, waiting[p], most)
			}
		}
	})
}

// While a queue stands, CoDel turns all of low priority away that have waited too
// long, one now and then of normal priority, and none of high: what it would take
// of those it takes of the others.
func TestCoDelByPriority(t *testing.T) {
	run := func(of func(n int) policy.Priority) map[policy.Priority][2]int {
		c := policy.NewCoDel(policy.CoDelConfig{Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond})
		count := map[policy.Priority][2]int{}
		for n := range 1000 {
			p := of(n)
			counts := count[p]
			if counts[0]++; c.Drop(policy.Instant(n)*1e6, 20*time.Millisecond, false, p) {
				counts[1]++
			}
			count[p] = counts
		}
		return count
	}
	alone := run(func(int) policy.Priority { return policy.Normal })[policy.Normal][1]
	mixed := run(func(n int) policy.Priority { return []policy.Priority{policy.Low, policy.Normal, policy.High}[n%3] })
	t.Logf("of 1000 that waited too long %d are dropped; of low, normal and high priority by turns %v", alone, mixed)
	low, normal, high := mixed[policy.Low], mixed[policy.Normal], mixed[policy.High]
	if low[1] < low[0]-100/3-2 || high[1] > 0 || normal[1] < alone-3 || normal[1] > alone+3 {
		t.Errorf("dropped of low %d of %d, of normal %d of %d (alone %d), of high %d", low[1], low[0], normal[1], normal[0], alone, high[1])
	}
	if all := run(func(int) policy.Priority { return policy.High })[policy.High]; all[1] > 0 {
		t.Errorf("%d of high priority are dropped", all[1])
	}
	// All at once are high, then the debt is paid by those that follow.
	late := run(func(n int) policy.Priority {
		if n < 500 {
			return policy.High
		}
		return policy.Normal
	})
	if late[policy.High][1] > 0 || late[policy.Normal][1] < alone-3 {
		t.Errorf("dropped %v, %d without priorities", late, alone)
	}
}

// An intake loses no request: each that came in is started, expired, limited or
// cancelled, once, and the workers' bound holds.
func TestIntakeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := policy.IntakeConfig{}
		if rapid.Bool().Draw(t, "codel") {
			cfg.Shedding = &policy.SheddingConfig{Queue: rapid.IntRange(0, 5).Draw(t, "shed at"),
				CoDel: &policy.CoDelConfig{Target: time.Millisecond, Interval: 10 * time.Millisecond}}
		}
		if rapid.Bool().Draw(t, "limit") {
			cfg.Limit = &policy.LimitConfig{Least: 3, Most: 6}
		}
		if rapid.Bool().Draw(t, "rate") {
			cfg.RateLimit = &policy.RateLimitConfig{Rate: 500, Burst: 5}
		}
		workers := rapid.IntRange(1, 3).Draw(t, "workers")
		i := policy.NewIntake(workers, 6, cfg)
		var working, waiting []uint64
		take := func(from *[]uint64, ticket uint64) {
			at := slices.Index(*from, ticket)
			if at < 0 {
				t.Fatalf("%d is not among %v", ticket, *from)
			}
			*from = slices.Delete(*from, at, at+1)
		}
		now := policy.Instant(0)
		for ticket := range uint64(rapid.IntRange(1, 200).Draw(t, "steps")) {
			now = now.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "gap")) * time.Millisecond)
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				switch i.Arrive(now, ticket, now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "left"))*time.Millisecond), policy.Asked{Name: "a.b", Priority: rapid.SampledFrom([]policy.Priority{"", policy.Low, policy.Normal, policy.High}).Draw(t, "priority")}) {
				case policy.Started:
					working = append(working, ticket)
				case policy.Queued:
					waiting = append(waiting, ticket)
				}
			case 2:
				if len(waiting) > 0 {
					gone := rapid.SampledFrom(waiting).Draw(t, "gone")
					if !i.Cancel(now, gone) || i.Cancel(now, gone) {
						t.Fatal("cancels twice or never")
					}
					take(&waiting, gone)
				}
			default:
				if len(working) == 0 {
					continue
				}
				done := rapid.SampledFrom(working).Draw(t, "done")
				take(&working, done)
				next, ok, expired, limited := i.Done(now, done, nil, nil)
				for _, out := range append(expired, limited...) {
					take(&waiting, out)
				}
				if ok {
					take(&waiting, next)
					working = append(working, next)
				}
			}
			if i.InFlight() != len(working) || i.Waiting() != len(waiting) || len(working) > workers {
				t.Fatalf("%d at work and %d waiting, should be %d and %d", i.InFlight(), i.Waiting(), len(working), len(waiting))
			}
			for _, tr := range i.Told(nil) {
				if tr.At != now || tr.Machine != "shedding" || tr.From == tr.To {
					t.Fatalf("told %+v at %d", tr, now)
				}
			}
		}
	})
}
