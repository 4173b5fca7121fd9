package policy

import "time"

// Item is what a reply is kept under: how and what was asked for, and the key of
// the request; 0 where it came without one, so that all of those are one item.
type Item struct {
	Method string
	Asked  string // the path with its query
	Key    uint64
}

// kept is a reply in a store.
type kept[V any] struct {
	item     Item
	value    V
	bytes    int64
	expires  Instant
	took     time.Duration // to have it made, for XFetch
	previous int32         // towards the one used last, as are free places
	next     int32
}

// store keeps replies, as many and as large as it may, and drops the least
// recently used for a new one. It knows instants only as what it was given: a
// reply that has expired stays until it is dropped or replaced.
//
//	first ⇄ … ⇄ last       first was used last, last goes next
type store[V any] struct {
	size        int
	most        int64 // bytes; 0: no bound
	held        int64
	index       map[Item]int32 // places count from 1
	places      []kept[V]
	first, last int32
	free        int32
	evicted     uint64
}

func newStore[V any](size int, most int64) store[V] {
	return store[V]{size: size, most: most, index: map[Item]int32{}}
}

// get finds an item and makes it the one used last; nil where it is not there.
func (s *store[V]) get(item Item) *kept[V] {
	at, there := s.index[item]
	if !there {
		return nil
	}
	if at != s.first {
		s.unlink(at)
		s.lead(at)
	}
	return &s.places[at-1]
}

// put keeps a value in place of what is kept under the item. One that is larger
// than all that may be kept is not.
func (s *store[V]) put(item Item, value V, bytes int64, expires Instant, took time.Duration) {
	if at, there := s.index[item]; there {
		if took == 0 {
			took = s.places[at-1].took
		}
		s.drop(at)
	}
	if s.most > 0 && bytes > s.most {
		return
	}
	for len(s.index) >= s.size || s.most > 0 && s.held+bytes > s.most {
		s.evicted++
		s.drop(s.last)
	}
	if s.free == 0 {
		s.places = append(s.places, kept[V]{})
		s.free = int32(len(s.places))
	}
	at := s.free
	s.free = s.places[at-1].previous
	s.places[at-1] = kept[V]{item: item, value: value, bytes: bytes, expires: expires, took: took}
	s.index[item] = at
	s.held += bytes
	s.lead(at)
}

func (s *store[V]) drop(at int32) {
	k := &s.places[at-1]
	s.unlink(at)
	delete(s.index, k.item)
	s.held -= k.bytes
	*k = kept[V]{previous: s.free}
	s.free = at
}

// lead makes a place the first.
func (s *store[V]) lead(at int32) {
	k := &s.places[at-1]
	k.previous, k.next = 0, s.first
	if s.first != 0 {
		s.places[s.first-1].previous = at
	} else {
		s.last = at
	}
	s.first = at
}

func (s *store[V]) unlink(at int32) {
	k := &s.places[at-1]
	if k.previous != 0 {
		s.places[k.previous-1].next = k.next
	} else {
		s.first = k.next
	}
	if k.next != 0 {
		s.places[k.next-1].previous = k.previous
	} else {
		s.last = k.previous
	}
}
