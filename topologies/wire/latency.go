package wire

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// LatencyError bounds how far a duration that is read from LatencyCounts may be
// from the one that was added, relatively.
const LatencyError = 1.0 / (2 * perDoubling)

const (
	perDoubling    = 64
	latencyBuckets = (64 - 6) * perDoubling // the last is that of the longest duration there is
)

// Latencies counts durations as they come. Its buckets are a nanosecond each at
// first, and then 64 for each doubling (after HdrHistogram: Tene, 2012). To add
// takes one atomic increment and no memory: it is done for every request. The
// zero Latencies is empty and ready. It is safe for concurrent use.
type Latencies struct{ buckets [latencyBuckets]atomic.Uint32 }

// Add counts a duration; one below 0 counts as 0.
func (l *Latencies) Add(d time.Duration) { l.buckets[latencyBucket(max(d, 0))].Add(1) }

// Take returns what was added since the last Take, nil for nothing. What is added
// meanwhile is in this one or in the next.
func (l *Latencies) Take() LatencyCounts {
	var taken LatencyCounts
	for i := range l.buckets {
		if b := &l.buckets[i]; b.Load() > 0 {
			taken = append(taken, uint32(i), b.Swap(0))
		}
	}
	return taken
}

// LatencyCounts are how often durations occurred: the number of a bucket and its
// count, of the next bucket and its count, and so on, rising.
type LatencyCounts []uint32

// Each yields the durations that occurred, rising, with how often each did, to
// within LatencyError. What is no bucket is left out.
func (c LatencyCounts) Each(yield func(time.Duration, uint64) bool) {
	for ; len(c) >= 2; c = c[2:] {
		if c[0] < latencyBuckets && !yield(latencyOf(int(c[0])), uint64(c[1])) {
			return
		}
	}
}

// latencyBucket is the number of a duration's bucket: the position of its
// highest bit, and the six bits that follow.
func latencyBucket(d time.Duration) int {
	shift := max(0, bits.Len64(uint64(d))-7)
	return shift*perDoubling + int(uint64(d)>>shift)
}

// latencyOf is the duration in the middle of a bucket.
func latencyOf(bucket int) time.Duration {
	shift := max(0, bucket/perDoubling-1)
	return time.Duration(bucket-shift*perDoubling)<<shift + time.Duration(1)<<shift>>1
}
