package policy_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

const keys = 10_000

// owners returns whose each key is, where all that there are are up.
func owners(b policy.Keyed, up []policy.Endpoint) []policy.EndpointID {
	if hosted, ok := b.(policy.Hosted); ok {
		hosted.SetHosts(up)
	}
	owner := make([]policy.EndpointID, keys)
	for k := range owner {
		owner[k] = b.PickKey(0, up, uint64(k+1))
	}
	return owner
}

// The spread of 10,000 keys over ten instances, and how many move when one goes:
// from a ring its own alone, from Maglev's table a few of the others', too.
func TestConsistentHashSpreadsAndKeeps(t *testing.T) {
	for _, c := range []struct {
		balance     string
		least, most int     // keys of one, of a mean of 1,000
		others      float64 // the share of keys that may move although their owner stays
	}{{"consistent-hash", 750, 1300, 0}, {"maglev", 900, 1100, 0.01}} {
		b := newBalancer(t, c.balance).(policy.Keyed)
		before := owners(b, upTo(10))
		count := map[policy.EndpointID]int{}
		for _, id := range before {
			count[id]++
		}
		least, most := keys, 0
		for _, e := range upTo(10) {
			least, most = min(least, count[e.ID]), max(most, count[e.ID])
		}
		if least < c.least || most > c.most {
			t.Errorf("%s: %d to %d keys each, want %d to %d", c.balance, least, most, c.least, c.most)
		}
		fewest, worst, others := 1.0, 0.0, 0.0
		for gone := range 10 {
			own, more := moved(before, owners(b, slices.Delete(upTo(10), gone, gone+1)), policy.EndpointID(gone+1))
			if own != count[policy.EndpointID(gone+1)] {
				t.Errorf("%s: %d keys of %d move when it goes, it had %d", c.balance, own, gone+1, count[policy.EndpointID(gone+1)])
			}
			share := float64(own+more) / keys
			fewest, worst, others = min(fewest, share), max(worst, share), max(others, float64(more)/keys)
		}
		t.Logf("%s: %d keys over 10 instances: %d to %d each; when one goes, %.1f %% to %.1f %% of the keys move, at most %.2f %% beside its own",
			c.balance, keys, least, most, 100*fewest, 100*worst, 100*others)
		if others > c.others {
			t.Errorf("%s: %.2f %% of the keys move although their owner stays", c.balance, 100*others)
		}
	}
}

// moved counts the keys that change their owner when one goes: its own, and others.
func moved(before, after []policy.EndpointID, gone policy.EndpointID) (own, others int) {
	for k, id := range after {
		switch {
		case id == before[k]:
		case before[k] == gone:
			own++
		default:
			others++
		}
	}
	return own, others
}

// However many there are and whoever goes, by either way no more than the share
// of the one that went moves: from the table some 2 % more at most. And one that
// is only held back moves none but its own from either.
func TestConsistentHashMovesAtMostItsShare(t *testing.T) {
	for balance, slack := range map[string]int{"consistent-hash": 0, "maglev": 2 * keys / 100} {
		t.Run(balance, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				d, _ := policy.Balancers.Lookup(balance)
				n, first := rapid.IntRange(2, 30).Draw(t, "instances"), rapid.IntRange(0, 1000).Draw(t, "first")
				up := upTo(n)
				for i := range up {
					up[i].ID += policy.EndpointID(first)
				}
				at := rapid.IntRange(0, n-1).Draw(t, "gone")
				gone, left := up[at].ID, slices.Delete(slices.Clone(up), at, at+1)
				b := d.New().(policy.Keyed)
				before := owners(b, up)
				held := make([]policy.EndpointID, keys)
				for k := range held {
					held[k] = b.PickKey(0, left, uint64(k+1))
				}
				if _, others := moved(before, held, gone); others > 0 {
					t.Fatalf("%d keys of others move while %d is held back", others, gone)
				}
				if _, others := moved(before, owners(b, left), gone); others > slack {
					t.Fatalf("%d keys of others move when %d of %d goes", others, gone, n)
				}
			})
		})
	}
}

// A table does not depend on what was before it.
func TestMaglevHasNoHistory(t *testing.T) {
	old := newBalancer(t, "maglev").(policy.Keyed)
	for _, up := range [][]policy.Endpoint{upTo(9), upTo(3), upTo(12), upTo(5)} {
		if !slices.Equal(owners(old, up), owners(newBalancer(t, "maglev").(policy.Keyed), up)) {
			t.Errorf("of %d instances an old table gives other owners than a new one", len(up))
		}
	}
}

// Whoever comes and goes, a ring that has seen it all picks as a new one does,
// and a key's owner changes only with the instances themselves.
func TestConsistentHashHasNoHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, _ := policy.Balancers.Lookup("consistent-hash")
		old := d.New().(policy.Keyed)
		for range rapid.IntRange(1, 15).Draw(t, "changes") {
			var up []policy.Endpoint
			for id := range policy.EndpointID(60) {
				if rapid.IntRange(0, 9).Draw(t, "up") == 0 {
					up = append(up, policy.Endpoint{ID: id + 1})
				}
			}
			if len(up) == 0 {
				continue
			}
			fresh := d.New().(policy.Keyed)
			for range 20 {
				key := rapid.Uint64().Draw(t, "key")
				if a, b := old.PickKey(0, up, key), fresh.PickKey(0, up, key); a != b {
					t.Fatalf("key %d: %d on the old ring, %d on a new one", key, a, b)
				}
			}
		}
	})
}

func TestConsistentHashFollowsWeights(t *testing.T) {
	for balance, within := range map[string]float64{"consistent-hash": 0.07, "maglev": 0.015} {
		up := []policy.Endpoint{{ID: 1}, {ID: 2, Weight: 3}}
		n := 0
		for _, id := range owners(newBalancer(t, balance).(policy.Keyed), up) {
			if id == 2 {
				n++
			}
		}
		if share := float64(n) / keys; math.Abs(share-0.75) > within {
			t.Errorf("%s: %.3f of the keys for weight 3 of 4", balance, share)
		}
	}
}

func BenchmarkMaglevTable(b *testing.B) {
	d, _ := policy.Balancers.Lookup("maglev")
	for b.Loop() {
		d.New().Pick(0, upTo(10), 1)
	}
}
