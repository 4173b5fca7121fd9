package policy

import (
	"time"

	"windtunnel/topologies/work"
)

// Retry decides whether a failed attempt is followed by another, and when.
type Retry struct {
	cfg      RetryConfig
	budget   *Budget        // nil: no bound but attempts
	throttle *RetryThrottle // nil: retries whatever fails
	denied   uint64
}

// NewRetry returns the machine for one edge. A nil cfg never retries; zero
// attempts are the default 3.
func NewRetry(cfg *RetryConfig) *Retry {
	if cfg == nil {
		return &Retry{cfg: RetryConfig{Attempts: 1}}
	}
	r := &Retry{cfg: *cfg}
	if r.cfg.Attempts < 1 {
		r.cfg.Attempts = 3
	}
	if cfg.Budget != nil {
		r.budget = NewBudget(*cfg.Budget)
	}
	if cfg.Throttle != nil {
		r.throttle = NewRetryThrottle(*cfg.Throttle)
	}
	return r
}

// Tried is what a call has behind it when its last try failed.
type Tried struct {
	Tries      int // in a row, the failed one included; hedges do not count
	Cause      Cause
	Idempotent bool
	Deadline   Instant       // of the call
	Pause      time.Duration // before the failed try, 0 if it was the first
	Draw       work.Identity // for the jitter
}

// Began tells of a call, which feeds the budget.
func (r *Retry) Began(now Instant) {
	if r.budget != nil {
		r.budget.Deposit(now)
	}
}

// Ended tells how an attempt ended, which feeds the throttle.
func (r *Retry) Ended(now Instant, c Cause) {
	if r.throttle != nil {
		r.throttle.Ended(now, c)
	}
}

// Allows says whether the throttle lets an attempt follow another.
func (r *Retry) Allows() bool { return r.throttle == nil || r.throttle.Allows() }

// Next returns the pause before the next try, or no. A pause that would end at
// the deadline or after it is not begun. The budget is asked last, so that what
// is refused for another reason costs nothing.
func (r *Retry) Next(now Instant, t Tried) (time.Duration, bool) {
	if t.Tries >= r.cfg.Attempts || !(t.Idempotent || r.cfg.Always) || !Retryable(t.Cause) {
		return 0, false
	}
	pause := r.cfg.Backoff.Pause(t.Tries-1, t.Pause, t.Draw)
	if now.Add(pause) >= t.Deadline {
		return 0, false
	}
	if !r.Allows() || r.budget != nil && !r.budget.Withdraw(now) {
		r.denied++
		return 0, false
	}
	return pause, true
}

// Denied returns how many retries the budget or the throttle refused.
func (r *Retry) Denied() uint64 { return r.denied }

// Retryable says whether another attempt may help: not when no time is left,
// and not against an open breaker, which asks to be left alone. An outcome does
// not tell the status, so a host that takes a status for final must not report
// it as a failure of the attempt.
func Retryable(c Cause) bool {
	switch c {
	case OK, Deadline, RejectedBreaker, Unsent:
		return false
	}
	return true
}
