package policy

import "time"

// BulkheadConfig bounds the calls in flight on an edge, so that one slow callee
// cannot take all of a caller's workers.
type BulkheadConfig struct {
	Calls int           `yaml:"calls,value" json:"calls,omitempty" required:"true" min:"1" doc:"calls in flight from one calling instance"`
	Wait  time.Duration `yaml:"wait" json:"wait,omitempty" doc:"how long a call may wait for its turn; 0: it is rejected at once"`
	Queue int           `yaml:"queue" json:"queue,omitempty" default:"1000" min:"1" doc:"calls that may wait"`
}

// Bulkhead is the bound on the calls of an edge: Workers with a wait that ends.
// Calls are known by tickets. One that waits is either granted its turn, by the
// end of another, or gives up when its wait is over.
//
//	Enter ──▶ in ───────────────────────────▶ Leave
//	   └────▶ waiting ─▶ granted ─▶ Claim ──▶ Leave
//	             └────────────────▶ Claim: no
type Bulkhead struct {
	workers Workers
	wait    time.Duration
	granted map[uint64]bool // turns that were given and not yet claimed
	late    []uint64        // scratch
}

// NewBulkhead returns a bulkhead without calls. A zero Queue is 1,000.
func NewBulkhead(cfg BulkheadConfig) *Bulkhead {
	b := &Bulkhead{workers: Workers{Concurrency: max(1, cfg.Calls)}, wait: cfg.Wait, granted: map[uint64]bool{}}
	if cfg.Wait > 0 {
		defaultTo(&cfg.Queue, 1000)
		b.workers.Queue = cfg.Queue
	}
	return b
}

// Enter asks for a place: Started has one, Queued waits until the instant that
// is returned, and Rejected has neither.
func (b *Bulkhead) Enter(now Instant, ticket uint64, deadline Instant) (Arrival, Instant) {
	until := min(deadline, now.Add(b.wait))
	if b.wait <= 0 {
		until = Never // it does not wait
	}
	return b.workers.Arrive(now, ticket, until), until
}

// Leave frees a place, and returns the ticket whose turn it is then, if any waits.
func (b *Bulkhead) Leave(now Instant) (next uint64, ok bool) {
	next, ok, b.late = b.workers.Done(now, b.late[:0])
	if ok {
		b.granted[next] = true
	}
	return next, ok
}

// Granted says whether it is the turn of a ticket that waits.
func (b *Bulkhead) Granted(ticket uint64) bool { return b.granted[ticket] }

// Claim ends a wait and says whether the ticket has a place. One that has none
// waits no longer.
func (b *Bulkhead) Claim(ticket uint64) bool {
	if b.granted[ticket] {
		delete(b.granted, ticket)
		return true
	}
	b.workers.Cancel(ticket)
	return false
}

// InFlight returns how many calls have a place, those included that have not claimed it yet.
func (b *Bulkhead) InFlight() int { return b.workers.InFlight() }
