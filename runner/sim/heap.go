package sim

import "windtunnel/topologies/policy"

// class orders what happens at the same instant; see the package comment.
type class uint64

const (
	byFault class = iota
	byMessage
	byWork
	byDue
	byArrival
	bySample
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

// heap is a 4-ary min-heap of events: shallower than a binary one, and its
// children share cache lines.
type heap struct {
	events []event
	serial uint64
}

func (h *heap) push(at policy.Instant, c class, who actor, arg uint64) {
	h.serial++
	e := event{at, uint64(c)<<classShift | h.serial, who, arg}
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

// pop takes the earliest event. There must be one.
func (h *heap) pop() event {
	top := h.events[0]
	n := len(h.events) - 1
	e := h.events[n]
	h.events[n] = event{}
	h.events = h.events[:n]
	if n == 0 {
		return top
	}
	i := 0
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
	return top
}
