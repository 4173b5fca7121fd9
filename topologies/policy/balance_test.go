package policy_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

var balancers = []string{"round-robin", "random", "least-request", "p2c", "weighted", "peak-ewma", "consistent-hash", "maglev"}

func newBalancer(t testing.TB, name string) policy.Balancer {
	d, known := policy.Balancers.Lookup(name)
	if !known {
		t.Fatalf("no balancer %q", name)
	}
	return d.New()
}

func upTo(n int) []policy.Endpoint {
	up := make([]policy.Endpoint, n)
	for i := range up {
		up[i].ID = policy.EndpointID(i + 1)
	}
	return up
}

// While endpoints come and go and answers come in any order, every balancer
// picks only from those that are up.
func TestBalancersPickFromUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := policy.Balancers.Lookup(rapid.SampledFrom(balancers).Draw(t, "balancer"))
		b := d.New()
		var flying []policy.EndpointID
		for n := range rapid.IntRange(1, 100).Draw(t, "steps") {
			var up []policy.Endpoint
			for id := policy.EndpointID(0); id < 8; id++ {
				if rapid.Bool().Draw(t, "up") {
					up = append(up, policy.Endpoint{ID: id, Weight: rapid.Float64Range(0, 3).Draw(t, "weight")})
				}
			}
			if len(up) == 0 {
				continue
			}
			id := b.Pick(0, up, work.Root(uint64(n)))
			found := false
			for _, e := range up {
				found = found || e.ID == id
			}
			if !found {
				t.Fatalf("picked %d from %v", id, up)
			}
			flying = append(flying, id)
			if rapid.Bool().Draw(t, "answer") {
				at := rapid.IntRange(0, len(flying)-1).Draw(t, "which")
				b.Done(0, flying[at], policy.Outcome{})
				flying = append(flying[:at], flying[at+1:]...)
			}
		}
		b.Done(0, 99, policy.Outcome{}) // never picked: harmless
	})
}

// The same identities give the same picks: a simulated run repeats a live one.
func TestBalancersAreDeterministic(t *testing.T) {
	for _, name := range balancers {
		a, b := newBalancer(t, name), newBalancer(t, name)
		for i := range uint64(100) {
			if x, y := a.Pick(0, upTo(7), work.Root(i)), b.Pick(0, upTo(7), work.Root(i)); x != y {
				t.Errorf("%s: %d and %d", name, x, y)
			}
		}
	}
}

func TestRoundRobinIsEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := policy.Balancers.Lookup("round-robin")
		b := d.New()
		n := rapid.IntRange(1, 9).Draw(t, "endpoints")
		picks := rapid.IntRange(1, 100).Draw(t, "picks")
		seed := rapid.Uint64().Draw(t, "seed")
		count := map[policy.EndpointID]int{}
		for range picks {
			count[b.Pick(0, upTo(n), work.Root(seed))]++
		}
		for _, e := range upTo(n) {
			if c := count[e.ID]; c < picks/n || c > (picks+n-1)/n {
				t.Fatalf("%d picks of %d: %v", picks, n, count)
			}
		}
	})
}

// The turn goes on where it was when an endpoint leaves or joins.
func TestRoundRobinKeepsItsTurn(t *testing.T) {
	b := newBalancer(t, "round-robin")
	pick := func(up ...policy.EndpointID) policy.EndpointID {
		var list []policy.Endpoint
		for _, id := range up {
			list = append(list, policy.Endpoint{ID: id})
		}
		return b.Pick(0, list, 0)
	}
	pick(3) // wherever the draw begins, there is one
	for i, c := range []struct {
		up   []policy.EndpointID
		want policy.EndpointID
	}{
		{[]policy.EndpointID{1, 3, 5}, 5}, {[]policy.EndpointID{1, 3, 5}, 1},
		{[]policy.EndpointID{3, 5}, 3}, {[]policy.EndpointID{4, 5}, 4}, {[]policy.EndpointID{1, 2}, 1}, {[]policy.EndpointID{7}, 7},
	} {
		if got := pick(c.up...); got != c.want {
			t.Errorf("pick %d of %v: %d instead of %d", i, c.up, got, c.want)
		}
	}
}

// Callers that start together begin at different endpoints.
func TestRoundRobinBeginsAnywhere(t *testing.T) {
	var count [6]int
	for seed := range uint64(5000) {
		count[newBalancer(t, "round-robin").Pick(0, upTo(5), work.Root(seed))]++
	}
	evenly(t, "first picks", count[1:])
}

func TestRandomFollowsWeights(t *testing.T) {
	b := newBalancer(t, "random")
	up := []policy.Endpoint{{ID: 1, Weight: 1}, {ID: 2}, {ID: 3, Weight: 3}}
	var count [4]float64
	const picks = 50_000
	for i := range uint64(picks) {
		count[b.Pick(0, up, work.Root(1).Child(i))]++
	}
	for id, want := range map[int]float64{1: 0.2, 2: 0.2, 3: 0.6} {
		if got := count[id] / picks; math.Abs(got-want) > 0.01 {
			t.Errorf("endpoint %d gets %.3f instead of %.1f", id, got, want)
		}
	}
}

// least-request never lets the numbers in flight differ by more than one, and
// draws among equals evenly.
func TestLeastRequest(t *testing.T) {
	b := newBalancer(t, "least-request")
	flying := make([]int, 8)
	for i := range uint64(700) {
		flying[b.Pick(0, upTo(7), work.Root(i))]++
		least, most := math.MaxInt, 0
		for _, n := range flying[1:] {
			least, most = min(least, n), max(most, n)
		}
		if most-least > 1 {
			t.Fatalf("in flight %v", flying[1:])
		}
	}
	count := make([]int, 8)
	for i := range uint64(7000) { // all have 100 in flight: equals
		id := b.Pick(0, upTo(7), work.Root(1000).Child(i))
		count[id]++
		b.Done(0, id, policy.Outcome{})
	}
	evenly(t, "picks among equals", count[1:])
}

func TestLeastRequestFollowsWeights(t *testing.T) {
	b := newBalancer(t, "least-request")
	up := []policy.Endpoint{{ID: 1}, {ID: 2, Weight: 4}}
	count := map[policy.EndpointID]int{}
	for i := range uint64(100) {
		count[b.Pick(0, up, work.Root(i))]++
	}
	if count[1] != 20 || count[2] != 80 {
		t.Errorf("in flight %v, weights 1 and 4", count)
	}
}

// p2c prefers the less loaded: the busiest of all is picked only against
// itself, which two different draws never are.
func TestP2CPrefersTheLessLoaded(t *testing.T) {
	b := newBalancer(t, "p2c")
	for range 50 { // load the first; nobody else is up
		b.Pick(0, upTo(1), 0)
	}
	count := make([]int, 6)
	for i := range uint64(5000) {
		id := b.Pick(0, upTo(5), work.Root(i))
		count[id]++
		b.Done(0, id, policy.Outcome{})
	}
	if count[1] != 0 {
		t.Errorf("the busiest was picked %d times", count[1])
	}
	evenly(t, "picks among the idle", count[2:])
}

// With as many attempts in flight as it takes, p2c stays much more even than random.
func TestP2CIsMoreEvenThanRandom(t *testing.T) {
	spread := func(name string) int {
		b := newBalancer(t, name)
		flying := make([]int, 51)
		for i := range uint64(5000) {
			flying[b.Pick(0, upTo(50), work.Root(2).Child(i))]++
		}
		least, most := math.MaxInt, 0
		for _, n := range flying[1:] {
			least, most = min(least, n), max(most, n)
		}
		return most - least
	}
	if p, r := spread("p2c"), spread("random"); 4*p > r {
		t.Errorf("100 in flight on average: p2c differs by %d, random by %d", p, r)
	}
}

// evenly is a chi-square test at about one in a million; counts come from fixed identities.
func evenly(t *testing.T, what string, counts []int) {
	t.Helper()
	total := 0
	for _, n := range counts {
		total += n
	}
	expected, chi := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		chi += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	df := float64(len(counts) - 1)
	if limit := df + 5*math.Sqrt(2*df) + 10; chi > limit {
		t.Errorf("%s are uneven: %v (chi-square %.1f > %.1f)", what, counts, chi, limit)
	}
}
