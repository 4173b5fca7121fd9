package policy_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

func (c command) cache(t *testing.T) policy.CacheConfig {
	cfg := policy.CacheConfig{TTL: c.duration(t, "ttl"), Size: c.int(t, "size"), Bytes: unit.Bytes(c.int(t, "bytes")),
		Stale: c.duration(t, "stale"), IfError: c.duration(t, "if-error"), Lease: c.duration(t, "lease"), Coalesce: slices.Contains(c.args, "coalesce")}
	if v, set := c.sets["early"]; set {
		cfg.Early, _ = strconv.ParseFloat(v, 64)
	}
	return cfg
}

// "ask x as 1 [again]", "done x 3 ok v1 [bytes=10] [again]", "leave x 1", "counts".
func TestCacheDialogues(t *testing.T) {
	dialogues(t, "cache", func(t *testing.T) func(command) []string {
		var c *policy.Cache[string]
		number := func(word string) (n uint64) {
			fmt.Sscan(word, &n)
			return n
		}
		return func(cmd command) []string {
			switch cmd.name {
			case "cache":
				c = policy.NewCache[string](cmd.cache(t))
				return nil
			case "ask":
				item := policy.Item{Asked: cmd.args[0]}
				f := c.Ask(cmd.at, item, number(cmd.args[2]), slices.Contains(cmd.args, "again"), work.Root(number(cmd.args[2])))
				said := []string{"miss", "hit " + f.Value, "stale " + f.Value, "joined until " + at(f.Until)}[f.Verdict]
				if f.Lead != 0 {
					said += fmt.Sprint(", leads ", f.Lead)
				}
				return []string{said}
			case "done":
				m := policy.Made[string]{Value: cmd.args[3], Cause: causeOf(cmd.args[2]), Bytes: int64(cmd.int(t, "bytes")), Again: slices.Contains(cmd.args, "again")}
				end := c.Done(cmd.at, policy.Item{Asked: cmd.args[0]}, number(cmd.args[1]), m)
				said := nameOf(end.Cause) + " " + end.Value
				if len(end.Waiting) > 0 {
					said += fmt.Sprint(" to ", end.Waiting)
				}
				if end.Again {
					said += ", they ask again"
				}
				return []string{said}
			case "leave":
				c.Leave(policy.Item{Asked: cmd.args[0]}, number(cmd.args[1]))
				return nil
			case "counts":
				values, bytes := c.Len()
				return []string{fmt.Sprintf("%+v", c.Counters()), fmt.Sprintf("%d kept, %d bytes", values, bytes)}
			default:
				t.Fatalf("no command %q", cmd.name)
				return nil
			}
		}
	})
}

// asker is one of a model's requests for an item.
type asker struct {
	item   policy.Item
	lead   uint64
	ticket uint64 // it waits; 0: it has the item made
	until  policy.Instant
}

// A cache never holds more than it may, never answers with what is past its
// time, has at most one flight that counts for each item, and forgets nobody
// who waits.
func TestCacheInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(name string, least, most int) time.Duration {
			return time.Duration(rapid.IntRange(least, most).Draw(t, name)) * time.Millisecond
		}
		cfg := policy.CacheConfig{TTL: ms("ttl", 1, 30), Size: rapid.IntRange(1, 5).Draw(t, "size"), Bytes: unit.Bytes(rapid.IntRange(0, 40).Draw(t, "bytes")),
			Stale: ms("stale", 0, 20), IfError: ms("if-error", 0, 40), Lease: ms("lease", 1, 50), Coalesce: rapid.Bool().Draw(t, "coalesce"), Early: rapid.Float64Range(0, 3).Draw(t, "early")}
		c := policy.NewCache[policy.Instant](cfg)
		now := policy.Instant(0)
		var out []asker
		tickets := uint64(0)
		ask := func(item policy.Item, again bool) {
			tickets++
			f := c.Ask(now, item, tickets, again, work.Root(tickets))
			age := now.Sub(f.Value)
			switch f.Verdict {
			case policy.Hit:
				if age >= cfg.TTL {
					t.Fatalf("a hit is %v old, its ttl %v", age, cfg.TTL)
				}
			case policy.Stale:
				if age < cfg.TTL || age >= cfg.TTL+cfg.Stale {
					t.Fatalf("a stale value is %v old", age)
				}
			case policy.Joined:
				if !cfg.Coalesce || f.Until <= now {
					t.Fatalf("joined until %v at %v", f.Until, now)
				}
				out = append(out, asker{item: item, ticket: tickets, until: f.Until})
				return
			}
			if f.Verdict == policy.Miss || f.Lead != 0 {
				out = append(out, asker{item: item, lead: f.Lead, until: now.Add(cfg.Lease)})
			}
		}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(ms("gap", 0, 5))
			for i := 0; i < len(out); i++ { // who waits longer than the lease asks again
				if a := out[i]; a.ticket != 0 && now >= a.until {
					out = slices.Delete(out, i, i+1)
					i--
					c.Leave(a.item, a.ticket)
					ask(a.item, true)
				}
			}
			leads := map[policy.Item]int{}
			for _, a := range out {
				if a.lead != 0 && now < a.until {
					if leads[a.item]++; leads[a.item] > 1 {
						t.Fatalf("two flights for %v", a.item)
					}
				}
			}
			makers := slices.DeleteFunc(slices.Clone(out), func(a asker) bool { return a.ticket != 0 })
			if len(makers) > 0 && rapid.Bool().Draw(t, "ends") {
				a := makers[rapid.IntRange(0, len(makers)-1).Draw(t, "who")]
				at := slices.Index(out, a)
				out = slices.Delete(out, at, at+1)
				cause := rapid.SampledFrom([]policy.Cause{policy.OK, policy.OK, policy.Status, policy.Deadline}).Draw(t, "cause")
				end := c.Done(now, a.item, a.lead, policy.Made[policy.Instant]{Value: now, Cause: cause, Bytes: int64(rapid.IntRange(0, 15).Draw(t, "size")), Again: cause == policy.Deadline})
				if cause != policy.OK && end.Cause == policy.OK && now.Sub(end.Value) >= cfg.TTL+cfg.IfError {
					t.Fatalf("in place of a failure a value %v old", now.Sub(end.Value))
				}
				var waited []uint64
				out = slices.DeleteFunc(out, func(o asker) bool {
					if slices.Contains(end.Waiting, o.ticket) && o.ticket != 0 {
						waited = append(waited, o.ticket)
						return true
					}
					return false
				})
				if !slices.Equal(waited, end.Waiting) {
					t.Fatalf("told of %v, who waited were %v", end.Waiting, waited)
				}
				for range end.Waiting {
					if end.Again {
						ask(a.item, true)
					}
				}
			} else {
				ask(policy.Item{Asked: "x", Key: uint64(rapid.IntRange(1, 6).Draw(t, "key"))}, false)
			}
			if values, bytes := c.Len(); values > cfg.Size || cfg.Bytes > 0 && bytes > int64(cfg.Bytes) {
				t.Fatalf("%d values of %d bytes", values, bytes)
			}
		}
	})
}

// The store drops the least recently used, as a list does that is kept by hand.
func TestCacheDropsTheLeastRecentlyUsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 6).Draw(t, "size")
		c := policy.NewCache[uint64](policy.CacheConfig{TTL: time.Hour, Size: size})
		var used []uint64 // the last one last
		evicted := uint64(0)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			key := uint64(rapid.IntRange(1, 9).Draw(t, "key"))
			f := c.Ask(0, policy.Item{Key: key}, 0, false, 1)
			at := slices.Index(used, key)
			if hit := f.Verdict == policy.Hit; hit != (at >= 0) || hit && f.Value != key {
				t.Fatalf("key %d: %+v, kept are %v", key, f, used)
			}
			if at >= 0 {
				used = slices.Delete(used, at, at+1)
			} else {
				c.Done(0, policy.Item{Key: key}, f.Lead, policy.Made[uint64]{Value: key})
				if len(used) == size {
					used, evicted = used[1:], evicted+1
				}
			}
			used = append(used, key)
			if got := c.Counters().Evictions; got != evicted {
				t.Fatalf("%d evictions, want %d", got, evicted)
			}
		}
	})
}

// XFetch: a value that took Δ to make is made anew by one who asks when there
// is g left with probability e^(−g/Δβ).
func TestEarlyRefreshHasTheProbabilityOfItsPaper(t *testing.T) {
	const asked = 20_000
	for _, c := range []struct {
		left time.Duration
		beta float64
	}{{0, 1}, {50 * time.Millisecond, 1}, {100 * time.Millisecond, 1}, {300 * time.Millisecond, 1}, {300 * time.Millisecond, 3}} {
		refreshed := 0
		for i := range uint64(asked) {
			k := policy.NewCache[int](policy.CacheConfig{TTL: time.Second, Early: c.beta})
			lead := k.Ask(0, policy.Item{}, 0, false, 1).Lead
			k.Done(policy.Instant(100*time.Millisecond), policy.Item{}, lead, policy.Made[int]{})
			at := policy.Instant(1100*time.Millisecond - c.left - 1)
			if f := k.Ask(at, policy.Item{}, 0, false, work.Root(i)); f.Verdict != policy.Hit {
				t.Fatalf("%+v", f)
			} else if f.Lead != 0 {
				refreshed++
			}
		}
		want := math.Exp(-float64(c.left) / (100e6 * c.beta))
		if got := float64(refreshed) / asked; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/asked)+1e-4 {
			t.Errorf("%v left, β = %v: %.4f refresh, want %.4f", c.left, c.beta, got, want)
		}
	}
}

// Che's approximation (Che, Tung and Wang, 2002): an LRU cache of C holds key i
// with probability 1 − e^(−λᵢT), where T makes their sum C. A machine of its own
// and a model of its own agree.
func TestHitRateAgreesWithChe(t *testing.T) {
	const keys, size, asked = 2000, 100, 400_000
	share := map[uint64]float64{}
	sum := 0.0
	for k := uint64(1); k <= keys; k++ {
		share[k] = 1 / float64(k)
		sum += share[k]
	}
	c := policy.NewCache[struct{}](policy.CacheConfig{TTL: time.Hour, Size: size})
	ordered := slices.Sorted(maps.Keys(share))
	for i := range uint64(asked) {
		at := work.Root(1).Child(i).Float64() * sum
		key := ordered[len(ordered)-1]
		for _, k := range ordered {
			if at -= share[k]; at < 0 {
				key = k
				break
			}
		}
		if f := c.Ask(0, policy.Item{Key: key}, 0, false, 1); f.Verdict == policy.Miss {
			c.Done(0, policy.Item{Key: key}, f.Lead, policy.Made[struct{}]{})
		}
	}
	held := func(t float64) (n, hits float64) {
		for _, s := range share {
			p := 1 - math.Exp(-s/sum*t)
			n, hits = n+p, hits+s/sum*p
		}
		return n, hits
	}
	low, high := 0.0, 1e9
	for range 200 {
		if n, _ := held((low + high) / 2); n < size {
			low = (low + high) / 2
		} else {
			high = (low + high) / 2
		}
	}
	_, want := held(low)
	n := c.Counters()
	if got := float64(n.Hits) / asked; math.Abs(got-want) > 0.005 {
		t.Errorf("hit rate %.4f, want %.4f", got, want)
	}
}
