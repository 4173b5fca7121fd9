package policy

// Arrival says what became of a request that came to an instance.
type Arrival uint8

// What may become of a request.
const (
	Started  Arrival = iota // it has a worker
	Queued                  // it waits for one
	Rejected                // neither worker nor place: answer rejected-queue
	Expired                 // its deadline has passed already: answer deadline
	Limited                 // a bound of the intake turns it away: answer rejected-limit
)

// Workers is the incoming side of an instance: bounded workers and, before
// them, a bounded queue served in the order of arrival. All operations take
// constant time and, once the queue has been as long as it gets, no memory.
//
// Set the two bounds before first use; the zero Workers is unbounded.
type Workers struct {
	Concurrency int // requests worked on at once; 0: unbounded
	Queue       int // requests that may wait; 0: none waits

	busy int
	line line
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
	case w.line.len() < w.Queue:
		w.line.push(ticket, deadline)
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
	if next, ok, expired = w.line.take(now, expired); !ok {
		w.busy--
	}
	return next, ok, expired
}

// Cancel takes a waiting ticket out of the queue, because its caller has gone
// or its deadline has come. It says whether it waited; one that was started
// ends with Done.
func (w *Workers) Cancel(ticket uint64) bool { return w.line.cancel(ticket) }

// InFlight returns how many requests have a worker.
func (w *Workers) InFlight() int { return w.busy }

// Waiting returns how many requests wait for one.
func (w *Workers) Waiting() int { return w.line.len() }
