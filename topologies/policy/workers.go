package policy

// Arrival says what became of a request that came to an instance.
type Arrival uint8

// What may become of a request.
const (
	Started  Arrival = iota // it has a worker
	Queued                  // it waits for one
	Rejected                // neither worker nor place: answer rejected-queue
	Expired                 // its deadline has passed already: answer deadline
)

// Workers is the incoming side of an instance: bounded workers and, before
// them, a bounded queue served in the order of arrival. All operations take
// constant time and, once the queue has been as long as it gets, no memory.
//
// Set the two bounds before first use; the zero Workers is unbounded.
type Workers struct {
	Concurrency int // requests worked on at once; 0: unbounded
	Queue       int // requests that may wait; 0: none waits

	busy  int
	index map[uint64]int32 // ticket → place in the queue
	// A doubly linked list in one slice, so that a cancelled ticket leaves from
	// the middle. Links count from 1; 0 is none.
	places            []place
	first, last, free int32
}

type place struct {
	ticket         uint64
	deadline       Instant
	previous, next int32
}

// Arrive takes in a request. The ticket is the host's name for it, unique among
// those that wait; the deadline is the caller's, Never where it has none.
func (w *Workers) Arrive(now Instant, ticket uint64, deadline Instant) Arrival {
	switch {
	case now >= deadline:
		return Expired
	case w.Concurrency <= 0 || w.busy < w.Concurrency:
		w.busy++
		return Started
	case len(w.index) < w.Queue:
		w.push(ticket, deadline)
		return Queued
	default:
		return Rejected
	}
}

// Done frees the worker of a request that started, and returns the ticket of
// the one that starts in its place, if any waits. Tickets whose deadline has
// passed are not started but appended to expired: they are to be answered
// deadline. It panics where no request is at work.
func (w *Workers) Done(now Instant, expired []uint64) (next uint64, ok bool, _ []uint64) {
	if w.busy == 0 {
		panic("policy: Workers.Done without a request at work")
	}
	for w.first != 0 {
		head := w.places[w.first-1]
		w.remove(w.first)
		if now < head.deadline {
			return head.ticket, true, expired
		}
		expired = append(expired, head.ticket)
	}
	w.busy--
	return 0, false, expired
}

// Cancel takes a waiting ticket out of the queue, because its caller has gone
// or its deadline has come. It says whether it waited; one that was started
// ends with Done.
func (w *Workers) Cancel(ticket uint64) bool {
	at, waits := w.index[ticket]
	if waits {
		w.remove(at)
	}
	return waits
}

// InFlight returns how many requests have a worker.
func (w *Workers) InFlight() int { return w.busy }

// Waiting returns how many requests wait for one.
func (w *Workers) Waiting() int { return len(w.index) }

func (w *Workers) push(ticket uint64, deadline Instant) {
	if w.index == nil {
		w.index = make(map[uint64]int32, min(w.Queue, 1024))
	}
	if w.free == 0 {
		w.places = append(w.places, place{})
		w.free = int32(len(w.places))
	}
	at := w.free
	p := &w.places[at-1]
	w.free = p.next
	*p = place{ticket: ticket, deadline: deadline, previous: w.last}
	if w.last != 0 {
		w.places[w.last-1].next = at
	} else {
		w.first = at
	}
	w.last = at
	w.index[ticket] = at
}

func (w *Workers) remove(at int32) {
	p := &w.places[at-1]
	delete(w.index, p.ticket)
	if p.previous != 0 {
		w.places[p.previous-1].next = p.next
	} else {
		w.first = p.next
	}
	if p.next != 0 {
		w.places[p.next-1].previous = p.previous
	} else {
		w.last = p.previous
	}
	*p = place{next: w.free}
	w.free = at
}
