package sim

import (
	"math/bits"

	"windtunnel/topologies/policy"
)

// class orders what happens at the same instant; see the package comment.
type class uint64

const (
	byExpiry class = iota
	byFault
	byMessage
	byWork
	byDue
	byArrival
	bySample
	classes = iota
)

// classShift leaves 2^56 sequence numbers to each class.
const classShift = 56

// actor is something that is told when an instant has come. The argument is
// what it asked to be told; most use it to see whether it still matters.
type actor interface{ act(w *world, arg uint64) }

// event is one entry of the heap.
type event struct {
	at    policy.Instant
	order uint64 // class, then sequence
	who   actor
	arg   uint64
}

func (e *event) before(o *event) bool {
	return e.at < o.at || e.at == o.at && e.order < o.order
}

// heap holds the events to come. It is a 4-ary min-heap, shallower than a
// binary one and with children that share cache lines. What is to happen at
// once, as most does where messages take no time, stands in line beside it.
type heap struct {
	events []event
	hole   bool // the first of events was taken, and nothing put in its place yet
	serial uint64
	now    policy.Instant        // of the event popped last
	soon   [classes]queue[event] // for now, by class
	ready  uint8                 // the classes that have any, a bit each
}

// next numbers an event: of a class the one that was asked for first comes first.
func (h *heap) next(c class) uint64 {
	h.serial++
	return uint64(c)<<classShift | h.serial
}

func (h *heap) push(at policy.Instant, c class, who actor, arg uint64) {
	e := event{at, h.next(c), who, arg}
	if at == h.now {
		h.soon[c].push(e)
		h.ready |= 1 << c
		return
	}
	h.put(e)
}

// empty says whether nothing is to come.
func (h *heap) empty() bool { return h.ready == 0 && h.size() == 0 }

func (h *heap) size() int {
	if h.hole {
		return len(h.events) - 1
	}
	return len(h.events)
}

// pop takes the earliest event, makes its instant now, and returns who is to be
// told, what, and of which class it is. There must be one.
func (h *heap) pop() (who actor, arg uint64, of class) {
	if h.hole {
		h.fill()
	}
	if h.ready != 0 {
		c := bits.TrailingZeros8(h.ready)
		line := &h.soon[c]
		if len(h.events) == 0 || line.first().before(&h.events[0]) {
			next := line.first()
			who, arg = next.who, next.arg
			line.drop()
			if line.empty() {
				h.ready &^= 1 << c
			}
			return who, arg, class(c)
		}
	}
	next := &h.events[0]
	h.now, h.hole = next.at, true // the place is for the next one that is put
	return next.who, next.arg, class(next.order >> classShift)
}

// put adds an event to those to come. What happens asks, as a rule, to be told
// of something later: that event goes down from the place of the one that was
// taken, instead of up from the end after the last has gone down.
func (h *heap) put(e event) {
	if h.hole {
		h.hole = false
		h.sink(e)
		return
	}
	h.events = append(h.events, e)
	i := len(h.events) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h.events[parent]) {
			break
		}
		h.events[i] = h.events[parent]
		i = parent
	}
	h.events[i] = e
}

// fill moves the last event into the place of the one that was taken.
func (h *heap) fill() {
	h.hole = false
	n := len(h.events) - 1
	e := h.events[n]
	h.events[n] = event{}
	h.events = h.events[:n]
	if n > 0 {
		h.sink(e)
	}
}

// sink puts an event into the heap of which the first is missing.
func (h *heap) sink(e event) {
	n, i := len(h.events), 0
	for {
		first := 4*i + 1
		if first >= n {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, n); c++ {
			if h.events[c].before(&h.events[least]) {
				least = c
			}
		}
		if !h.events[least].before(&e) {
			break
		}
		h.events[i] = h.events[least]
		i = least
	}
	h.events[i] = e
}
