package arrival

import "math/bits"

// urn holds lots of several kinds, and gives them out one by one. It is a
// Fenwick tree (A New Data Structure for Cumulative Frequency Tables, Software:
// Practice and Experience 24, 1994): to find the kind of a lot and to take it
// out is one descent, in as many steps as the number of kinds has bits.
type urn struct {
	sums []uint64 // sums[i-1] is of the kinds in (i - lowest bit of i, i]
	left uint64
	top  int // the highest power of 2 among the tree's positions
}

// fill puts in so many lots of each kind, in place of all there were.
func (u *urn) fill(counts []uint64) {
	u.sums, u.left = append(u.sums[:0], counts...), 0
	for i, n := range counts {
		u.left += n
		if parent := i + 1 + (i+1)&-(i+1); parent <= len(counts) {
			u.sums[parent-1] += u.sums[i]
		}
	}
	u.top = 0
	if len(counts) > 0 {
		u.top = 1 << (bits.Len(uint(len(counts))) - 1)
	}
}

// take takes out the lot with a rank among those left, counted from 0 through
// all kinds, and returns its kind. There must be one.
func (u *urn) take(rank uint64) int {
	kind := 0
	for step := u.top; step > 0; step /= 2 {
		at := kind + step
		switch {
		case at > len(u.sums):
		case u.sums[at-1] <= rank:
			rank -= u.sums[at-1]
			kind = at
		default:
			u.sums[at-1]-- // the lot is below: it leaves this sum
		}
	}
	u.left--
	return kind
}
