package policy

import "math/bits"

// lineIndex finds the place of a ticket in a line. It is a hash table with linear
// probing (Knuth: The Art of Computer Programming, volume 3, 6.4, algorithms L
// and R) whose slots hold places: every request that waits enters and leaves it,
// and a map costs several times as much. A ticket is in it at most once.
type lineIndex struct {
	slots []int32 // places, from 1; 0 is free. A power of two of them, half of them free at least
	shift int     // what a hash is shifted by to be a slot
}

// home is the slot where the search for a ticket begins (Fibonacci hashing:
// tickets that count up fall far from each other).
func (x *lineIndex) home(ticket uint64) int {
	return int(ticket * 0x9e3779b97f4a7c15 >> x.shift)
}

// find returns a ticket's place; 0 where it has none.
func (x *lineIndex) find(places []place, ticket uint64) int32 {
	if len(x.slots) == 0 {
		return 0
	}
	return x.slots[x.slot(places, ticket)]
}

// slot returns the slot that holds a ticket, or the free one where it belongs.
func (x *lineIndex) slot(places []place, ticket uint64) int {
	mask := len(x.slots) - 1
	i := x.home(ticket)
	for x.slots[i] != 0 && places[x.slots[i]-1].ticket != ticket {
		i = (i + 1) & mask
	}
	return i
}

// add enters the ticket at a place, which makes so many in all.
func (x *lineIndex) add(places []place, at int32, waits int) {
	if 2*waits > len(x.slots) {
		x.grow(places)
	}
	x.slots[x.slot(places, places[at-1].ticket)] = at
}

func (x *lineIndex) grow(places []place) {
	old := x.slots
	n := max(16, 2*len(old))
	x.slots, x.shift = make([]int32, n), 64-bits.TrailingZeros(uint(n))
	for _, at := range old {
		if at != 0 {
			x.slots[x.slot(places, places[at-1].ticket)] = at
		}
	}
}

// remove takes a ticket out, and moves those behind it that its slot has kept
// from where they belong.
func (x *lineIndex) remove(places []place, ticket uint64) {
	mask := len(x.slots) - 1
	free := x.slot(places, ticket)
	for i := (free + 1) & mask; x.slots[i] != 0; i = (i + 1) & mask {
		// How far a ticket stands from its home must not become negative.
		if home := x.home(places[x.slots[i]-1].ticket); (i-home)&mask >= (i-free)&mask {
			x.slots[free], free = x.slots[i], i
		}
	}
	x.slots[free] = 0
}
