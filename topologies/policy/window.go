package policy

import "time"

// window remembers how the last attempts ended, over the span that its kind says.
type window interface {
	add(now Instant, failed bool)
	read(now Instant) (calls, failed int)
	clear()
}

// streak is the run of failures up to the last attempt. A success ends it.
type streak int

func (s *streak) add(_ Instant, failed bool) {
	if *s++; !failed {
		*s = 0
	}
}

func (s *streak) read(Instant) (calls, failed int) { return int(*s), int(*s) }

func (s *streak) clear() { *s = 0 }

// lastCalls is a ring of the last so many attempts.
type lastCalls struct {
	ring        []bool // failed?
	next        int    // where the next attempt goes, over the oldest
	seen, fails int
}

func newLastCalls(n int) *lastCalls { return &lastCalls{ring: make([]bool, n)} }

func (w *lastCalls) add(_ Instant, failed bool) {
	if w.seen == len(w.ring) {
		if w.ring[w.next] {
			w.fails--
		}
	} else {
		w.seen++
	}
	if failed {
		w.fails++
	}
	w.ring[w.next] = failed
	if w.next++; w.next == len(w.ring) {
		w.next = 0
	}
}

func (w *lastCalls) read(Instant) (calls, failed int) { return w.seen, w.fails }

func (w *lastCalls) clear() { w.next, w.seen, w.fails = 0, 0, 0 }

// lastWhile counts the attempts of the last while.
type lastWhile struct{ calls, fails sliding }

func newLastWhile(d time.Duration) *lastWhile {
	return &lastWhile{calls: newSliding(d), fails: newSliding(d)}
}

func (w *lastWhile) add(now Instant, failed bool) {
	w.calls.add(now, 1)
	if failed {
		w.fails.add(now, 1)
	}
}

func (w *lastWhile) read(now Instant) (calls, failed int) {
	return int(w.calls.sum(now)), int(w.fails.sum(now))
}

func (w *lastWhile) clear() {
	w.calls.clear()
	w.fails.clear()
}

// sliceCount is how many slices a sliding sum has: more follow time more
// closely and cost a little more memory.
const sliceCount = 20

// sliding is a sum over the last while, kept in slices of a twentieth of it
// that begin at multiples of their width. An amount counts in full until its
// whole slice is forgotten, between 95 % and 100 % of the while after it was
// added: never too long, and in the same slice wherever the host's events fall.
type sliding struct {
	width  Instant // of one slice
	newest int64   // number of the newest slice
	slices [sliceCount]int64
	total  int64
}

func newSliding(d time.Duration) sliding {
	return sliding{width: max(1, Instant(d)/sliceCount)}
}

func (s *sliding) add(now Instant, amount int64) {
	s.move(now)
	s.slices[s.newest%sliceCount] += amount
	s.total += amount
}

func (s *sliding) sum(now Instant) int64 {
	s.move(now)
	return s.total
}

// move forgets the slices that now has left behind.
func (s *sliding) move(now Instant) {
	to := int64(now / s.width)
	if to >= s.newest+sliceCount {
		s.clear()
		s.newest = to
	}
	for s.newest < to {
		s.newest++
		old := &s.slices[s.newest%sliceCount]
		s.total -= *old
		*old = 0
	}
}

func (s *sliding) clear() {
	s.slices = [sliceCount]int64{}
	s.total = 0
}
