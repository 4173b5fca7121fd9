package wire

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is read back is what was added, to within LatencyError; longer durations
// are never in lower buckets.
func TestLatenciesAreExactEnough(t *testing.T) {
	near := func(d time.Duration) {
		bucket := latencyBucket(d)
		if bucket < 0 || bucket >= latencyBuckets {
			t.Fatalf("%d ns: bucket %d of %d", d, bucket, latencyBuckets)
		}
		if read := latencyOf(bucket); math.Abs(float64(read-d)) > LatencyError*float64(d) || d < 2*perDoubling && read != d {
			t.Fatalf("%d ns is read as %d ns", d, read)
		}
		if d > 0 && latencyBucket(d-1) != bucket && latencyBucket(d-1) != bucket-1 {
			t.Fatalf("%d ns is in bucket %d, and %d ns in %d", d, bucket, d-1, latencyBucket(d-1))
		}
	}
	for shift := range 63 {
		for _, d := range []time.Duration{-1, 0, 1} {
			near(max(0, time.Duration(1)<<shift+d))
		}
	}
	near(math.MaxInt64)
	if latencyBucket(math.MaxInt64) != latencyBuckets-1 {
		t.Errorf("the longest is in bucket %d of %d", latencyBucket(math.MaxInt64), latencyBuckets)
	}
	rapid.Check(t, func(r *rapid.T) { near(time.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(r, "ns"))) })
}

// What is taken is gone, and nothing of what several add at once is lost.
func TestLatenciesAreTakenOnce(t *testing.T) {
	var l Latencies
	if got := l.Take(); got != nil {
		t.Errorf("of nothing: %v", got)
	}
	l.Add(-time.Second)
	l.Add(3)
	l.Add(3)
	if got := l.Take(); !slices.Equal(got, LatencyCounts{0, 1, 3, 2}) {
		t.Errorf("got %v", got)
	}
	const each = 10_000
	total, done := uint64(0), make(chan struct{})
	count := func() {
		for _, n := range l.Take().Each {
			total += n
		}
	}
	var adding sync.WaitGroup
	for i := range 4 {
		adding.Go(func() {
			for n := range each {
				l.Add(time.Duration(i*n) * time.Microsecond)
			}
		})
	}
	go func() {
		defer close(done)
		adding.Wait()
	}()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		default:
		}
		count()
	}
	if total != 4*each {
		t.Errorf("%d of %d are there", total, 4*each)
	}
}

// What came over the wire is whatever it is.
func TestLatencyCountsOfAnything(t *testing.T) {
	var read []time.Duration
	for d, n := range (LatencyCounts{2, 1, latencyBuckets, 9, math.MaxUint32, 9, 5, 7, 6}).Each {
		read = append(read, d, time.Duration(n))
	}
	if !slices.Equal(read, []time.Duration{2, 1, 5, 7}) {
		t.Errorf("got %v", read)
	}
	for range (LatencyCounts{1, 1, 2, 1}).Each {
		break
	}
}

func TestAddingALatencyTakesNoMemory(t *testing.T) {
	var l Latencies
	if n := testing.AllocsPerRun(1000, func() { l.Add(time.Millisecond) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLatenciesAdd(b *testing.B) {
	var l Latencies
	for n := range b.N {
		l.Add(time.Duration(n) * 37)
	}
}
