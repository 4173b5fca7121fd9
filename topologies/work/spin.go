package work

import (
	"runtime"
	"time"
)

// Spin burns CPU for n iterations of a fixed sequence of integer operations. It
// touches no memory, so that neighbours on the machine's caches do not change
// its length, and it is the same on every instance of a run. The result keeps
// the compiler from leaving the loop out.
//
//go:noinline
func Spin(n int) uint64 {
	x := uint64(n) | 1
	for range n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

const (
	spinRounds = 12
	spinRound  = 10 * time.Millisecond // of CPU; all rounds stay well under 300 ms
)

// CalibrateSpin measures how many iterations of Spin take 1 ms of CPU time on
// this machine. It counts the thread's own CPU time where the system tells it,
// so that being scheduled away does not matter, and keeps the fastest of
// several rounds: whatever else a shared machine does can only slow a round
// down. It takes about 130 ms of CPU.
func CalibrateSpin() float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n := 10_000
	for spinTime(n) < spinRound/10 && n < 1<<40 {
		n *= 2
	}
	n *= 8
	best := time.Duration(0)
	for range spinRounds {
		if d := spinTime(n); best == 0 || d < best {
			best = d
		}
	}
	return float64(n) / (float64(max(best, 1)) / float64(time.Millisecond))
}

// spinTime returns the CPU time of n iterations on the calling, locked thread.
func spinTime(n int) time.Duration {
	began := threadTime()
	_ = Spin(n)
	return threadTime() - began
}
