package policy

import (
	"slices"
	"time"
)

// flights are the items that are being asked for, each by one: a single flight
// (Go's x/sync/singleflight), or the lock of a cache (nginx's proxy_cache_lock,
// the leases of Nishtala et al., "Scaling Memcache at Facebook", 2013). A flight
// that takes longer than the lease counts no more, so that one who never comes
// back does not keep the others waiting for ever.
type flights struct {
	lease time.Duration
	under map[Item]*itemFlight
	lead  uint64 // of the latest
}

// itemFlight is one item on its way. lead tells it from others for the same item.
type itemFlight struct {
	lead    uint64
	began   Instant
	waiting []uint64 // tickets, in the order in which they joined
}

// of finds the flight for an item, nil where there is none that counts.
func (f *flights) of(now Instant, item Item) *itemFlight {
	if under := f.under[item]; under != nil && now < under.began.Add(f.lease) {
		return under
	}
	return nil
}

// begin takes off. Who still waits for an earlier flight of the item, whose
// lease is over by then, is about to ask again.
func (f *flights) begin(now Instant, item Item) (lead uint64) {
	f.lead++
	f.under[item] = &itemFlight{lead: f.lead, began: now}
	return f.lead
}

// end lands a flight, and returns who waits for it and how long it took. One
// that another has taken over has nobody.
func (f *flights) end(now Instant, item Item, lead uint64) (waiting []uint64, took time.Duration) {
	under := f.under[item]
	if lead == 0 || under == nil || under.lead != lead {
		return nil, 0
	}
	delete(f.under, item)
	return under.waiting, now.Sub(under.began)
}

// leave drops one who waits no longer.
func (f *flights) leave(item Item, ticket uint64) {
	if under := f.under[item]; under != nil {
		under.waiting = slices.DeleteFunc(under.waiting, func(t uint64) bool { return t == ticket })
	}
}
