package policy

// IntakeConfig is what an instance does about the requests that come to it,
// besides its workers and their queue.
type IntakeConfig struct {
	RateLimit *RateLimitConfig `yaml:"rate_limit" json:"rate_limit,omitempty" doc:"bounds the rate of the requests that an instance takes"`
	Limit     *LimitConfig     `yaml:"concurrency_limit" json:"concurrency_limit,omitempty" doc:"bounds the requests at an instance by how their latency changes (gradient2)"`
	Shedding  *SheddingConfig  `yaml:"shedding" json:"shedding,omitempty" doc:"turns requests away while many wait, or wait long"`
}

// Intake is the incoming side of an instance: its workers with their queue, and
// before them what turns requests away. In this order: deadline, rate limit,
// concurrency limit, shedding by the queue's length, worker or queue; and when a
// request leaves the queue, shedding by its wait.
//
// What the concurrency limit measures is the whole time at the instance.
type Intake struct {
	workers Workers
	shed    *SheddingConfig // nil without, as are the next
	codel   *CoDel
	rate    *Bucket
	limit   *Limit
	came    map[uint64]came // by ticket, where limit or codel must know; else nil
}

// came is what is kept of a request at the instance.
type came struct {
	at       Instant
	priority Priority
}

// NewIntake returns the incoming side of an idle instance; see Workers for the
// two bounds.
func NewIntake(concurrency, queue int, cfg IntakeConfig) *Intake {
	i := &Intake{workers: Workers{Concurrency: concurrency, Queue: queue}, shed: cfg.Shedding}
	if cfg.RateLimit != nil {
		i.rate = NewBucket(*cfg.RateLimit)
	}
	if cfg.Limit != nil {
		i.limit = NewLimit(*cfg.Limit)
	}
	if cfg.Shedding != nil && cfg.Shedding.CoDel != nil {
		i.codel = NewCoDel(*cfg.Shedding.CoDel)
	}
	if i.limit != nil || i.codel != nil {
		i.came = map[uint64]came{}
	}
	return i
}

// Arrive takes in a request; see Workers.Arrive. Limited is what the bounds of
// the config turn away.
func (i *Intake) Arrive(now Instant, ticket uint64, deadline Instant, asked Asked) Arrival {
	priority := asked.Priority
	if i.shed != nil {
		priority = i.shed.rank(asked)
	}
	switch {
	case now >= deadline:
		return Expired
	case i.rate != nil && !i.rate.Take(now),
		i.limit != nil && i.limit.Full(),
		i.shed != nil && i.shed.Sheds(priority, i.workers.Waiting()):
		return Limited
	}
	became := i.workers.Arrive(now, ticket, deadline)
	if i.came == nil || became == Rejected {
		return became
	}
	i.came[ticket] = came{now, priority}
	if i.limit != nil {
		i.limit.Begin()
	}
	if i.codel != nil && became == Started {
		i.codel.Drop(now, 0, true, priority) // who does not wait tells that the queue is good
	}
	return became
}

// Done frees the worker of a request that started, and returns the ticket of
// the one that starts in its place, if any waits. Tickets whose deadline has
// passed are appended to expired, to be answered deadline, and those that have
// waited too long to limited, to be answered rejected-limit.
func (i *Intake) Done(now Instant, ticket uint64, expired, limited []uint64) (next uint64, ok bool, _, _ []uint64) {
	i.left(now, ticket)
	for {
		from := len(expired)
		next, ok, expired = i.workers.Done(now, expired)
		for _, late := range expired[from:] {
			i.left(now, late)
		}
		if !ok || i.codel == nil {
			return next, ok, expired, limited
		}
		if c := i.came[next]; !i.codel.Drop(now, now.Sub(c.at), i.workers.Waiting() == 0, c.priority) {
			return next, ok, expired, limited
		}
		i.left(now, next)
		limited = append(limited, next)
	}
}

// Cancel takes a waiting ticket out of the queue; see Workers.Cancel.
func (i *Intake) Cancel(now Instant, ticket uint64) bool {
	waited := i.workers.Cancel(ticket)
	if waited {
		i.left(now, ticket)
	}
	return waited
}

// left forgets a request that is no longer at the instance.
func (i *Intake) left(now Instant, ticket uint64) {
	if i.came == nil {
		return
	}
	if i.limit != nil {
		i.limit.Done(now.Sub(i.came[ticket].at), true)
	}
	delete(i.came, ticket)
}

// InFlight returns how many requests have a worker.
func (i *Intake) InFlight() int { return i.workers.InFlight() }

// Waiting returns how many requests wait for one.
func (i *Intake) Waiting() int { return i.workers.Waiting() }

// Told appends the transitions that were not yet reported. None is ever due
// later: a host asks after each step.
func (i *Intake) Told(out []Transition) []Transition {
	if i.codel == nil || len(i.codel.unreported) == 0 {
		return out
	}
	out = append(out, i.codel.unreported...)
	i.codel.unreported = i.codel.unreported[:0]
	return out
}
