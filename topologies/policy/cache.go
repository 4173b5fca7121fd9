package policy

import "windtunnel/topologies/work"

// Verdict is what a cache has for one who asks.
type Verdict uint8

// The verdicts.
const (
	Miss   Verdict = iota // nothing: the asker has it made and says how that ended, with Done
	Hit                   // a fresh value
	Stale                 // a value past its time, which is being made anew
	Joined                // nothing yet: the asker waits for who is having it made
)

// Found is a cache's answer.
type Found[V any] struct {
	Verdict Verdict
	Value   V // Hit, Stale
	// Lead is not 0 where the asker leads the flight of the item: at a Miss it is
	// the one that others may wait for, at a Hit or Stale it is to have the value
	// made anew beside its own answer. It hands it to Done in any case.
	Lead  uint64
	Until Instant // Joined: when it waits no longer and asks again
}

// Made is how a flight ended.
type Made[V any] struct {
	Value V     // what those that wait are answered with, failure or not
	Cause Cause // OK keeps the value, unless Unkept
	Bytes int64 // its size
	// Again has those that wait ask again: that the leader had no more time, or
	// went away, says nothing of the callee.
	Again bool
	// Unkept says that the callee has answered, and with nothing to be kept: a 404, say.
	Unkept bool
}

// Ended is what became of it.
type Ended[V any] struct {
	Made[V]
	Waiting []uint64 // tickets of those that waited, in the order in which they came
}

// Cache is a response cache with what keeps its misses from coming all at once.
// V is a reply, which the cache does not look into. Only successes are kept.
//
//	            ttl           stale_while_revalidate
//	made ├─────────────────┼────────────────────────────┤ then it is as if it were not there,
//	        Hit    (early)    Stale, one has it anew       but where the callee fails, up to stale_if_error
//
// One flight at most is under way for each item. With Coalesce who misses joins
// it; without, who misses asks the callee too, and the flight only keeps two
// from refreshing a value that is there. A flight that fails fails those that
// joined, unless Again: then they ask again, and the first of them leads.
//
// It is not safe for concurrent use.
type Cache[V any] struct {
	cfg     CacheConfig
	store   store[V]
	flights flights
	count   CacheCounters
}

// CacheCounters count what a cache did, from its start.
type CacheCounters struct {
	Hits      uint64 `json:"hits,omitempty"`      // answered with a fresh value
	Stale     uint64 `json:"stale,omitempty"`     // answered with one past its time; in place of a failure it is a miss
	Misses    uint64 `json:"misses,omitempty"`    // the callee was asked for an answer
	Coalesced uint64 `json:"coalesced,omitempty"` // waited for another's answer
	Refreshes uint64 `json:"refreshes,omitempty"` // the callee was asked beside an answer
	Evictions uint64 `json:"evictions,omitempty"` // dropped for want of room
}

// Minus returns what was counted since an earlier count.
func (c CacheCounters) Minus(o CacheCounters) CacheCounters {
	return CacheCounters{c.Hits - o.Hits, c.Stale - o.Stale, c.Misses - o.Misses, c.Coalesced - o.Coalesced,
		c.Refreshes - o.Refreshes, c.Evictions - o.Evictions}
}

// drawEarly is the child of a call's draws by which it refreshes early.
const drawEarly = 1<<41 + 1

// NewCache returns an empty cache. Zero settings take the defaults of their tags.
func NewCache[V any](cfg CacheConfig) *Cache[V] {
	cfg = cfg.complete()
	return &Cache[V]{cfg: cfg, store: newStore[V](cfg.Size, int64(cfg.Bytes)),
		flights: flights{lease: cfg.Lease, under: map[Item]*itemFlight{}}}
}

// Ask asks for an item. The ticket names the asker should it have to wait, 0 for
// one that does not; again says that it did, and now asks once more.
func (c *Cache[V]) Ask(now Instant, item Item, ticket uint64, again bool, draw work.Identity) Found[V] {
	under := c.flights.of(now, item)
	if k := c.store.get(item); k != nil && now < k.expires.Add(c.cfg.Stale) {
		found := Found[V]{Verdict: Hit, Value: k.value}
		refresh := c.cfg.Early > 0 && early(now, k.expires, k.took, c.cfg.Early, draw.Child(drawEarly))
		if now >= k.expires {
			found.Verdict, refresh = Stale, true
		}
		if refresh && under == nil {
			found.Lead = c.flights.begin(now, item)
			c.count.Refreshes++
		}
		c.tally(found.Verdict, again)
		return found
	}
	switch {
	case under == nil:
		c.tally(Miss, again)
		return Found[V]{Lead: c.flights.begin(now, item)}
	case c.cfg.Coalesce && ticket != 0:
		under.waiting = append(under.waiting, ticket)
		c.tally(Joined, again)
		return Found[V]{Verdict: Joined, Until: under.began.Add(c.cfg.Lease)}
	default:
		c.tally(Miss, again)
		return Found[V]{}
	}
}

// tally counts an answer. Who asks again was counted as one that joined, and
// counts once more only where it asks the callee after all.
func (c *Cache[V]) tally(v Verdict, again bool) {
	switch {
	case v == Miss:
		c.count.Misses++
	case again:
	case v == Hit:
		c.count.Hits++
	case v == Stale:
		c.count.Stale++
	default:
		c.count.Coalesced++
	}
}

// Done says how it ended that an asker had an item made. It returns what the
// asker, and those that waited for it, are answered with: what is kept already
// where that may stand in for a failure. An asker may be without a Lead.
func (c *Cache[V]) Done(now Instant, item Item, lead uint64, m Made[V]) Ended[V] {
	waiting, took := c.flights.end(now, item, lead)
	end := Ended[V]{Made: m, Waiting: waiting}
	switch {
	case m.Unkept:
	case m.Cause == OK:
		c.store.put(item, m.Value, m.Bytes, now.Add(c.cfg.TTL), took)
	case m.Cause != Deadline && c.cfg.IfError > 0:
		if k := c.store.get(item); k != nil && now < k.expires.Add(c.cfg.IfError) {
			end.Value, end.Cause, end.Again = k.value, OK, false
		}
	}
	return end
}

// Leave says that an asker waits no longer. One that waits for nothing is no error.
func (c *Cache[V]) Leave(item Item, ticket uint64) { c.flights.leave(item, ticket) }

// Len returns how many values are kept, also of those past their time, and their bytes.
func (c *Cache[V]) Len() (values int, bytes int64) { return len(c.store.index), c.store.held }

// Counters returns the counts so far.
func (c *Cache[V]) Counters() CacheCounters {
	count := c.count
	count.Evictions = c.store.evicted
	return count
}
