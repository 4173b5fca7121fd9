package policy

import (
	"math"
	"math/bits"
	"time"

	"windtunnel/topologies/unit"
)

// HedgeConfig says when a call that has no answer yet is sent once more. The
// first success counts, and the other attempts are cancelled.
type HedgeConfig struct {
	After    time.Duration `yaml:"after,value" json:"after,omitempty" doc:"how long to wait for an answer before the next attempt; with a quantile: until that is known"`
	Quantile unit.Share    `yaml:"quantile" json:"quantile,omitempty" doc:"wait as long as this share of the successful attempts took lately, such as 95%"`
	Attempts int           `yaml:"attempts" json:"attempts,omitempty" default:"2" min:"2" max:"4" doc:"sent at most, the first included; with retry for each of its tries"`
	Budget   *BudgetConfig `yaml:"budget" json:"budget,omitempty" doc:"hedges allowed as a share of the calls; none: no bound"`
	Always   bool          `yaml:"always" json:"always,omitempty" doc:"hedge operations that are not idempotent too"`
}

// Hedge decides when another attempt is sent beside those in flight, after "The
// Tail at Scale" (Dean and Barroso, 2013): most of the tail is gone for a few
// percent more requests when the second waits for the 95th percentile.
type Hedge struct {
	cfg    HedgeConfig
	seen   latencies
	budget *Budget // nil: no bound
}

// NewHedge returns the machine for one edge. Zero attempts are the default 2.
func NewHedge(cfg HedgeConfig) *Hedge {
	defaultTo(&cfg.Attempts, 2)
	cfg.Attempts = min(cfg.Attempts, maxFlying)
	h := &Hedge{cfg: cfg}
	if cfg.Budget != nil {
		h.budget = NewBudget(*cfg.Budget)
	}
	return h
}

// Began tells of a call, which feeds the budget.
func (h *Hedge) Began(now Instant) {
	if h.budget != nil {
		h.budget.Deposit(now)
	}
}

// Seen tells how long a successful attempt took.
func (h *Hedge) Seen(latency time.Duration) {
	if h.cfg.Quantile > 0 {
		h.seen.add(latency, float64(h.cfg.Quantile))
	}
}

// Wait returns how long the attempts in flight are waited for before the next
// is sent, where so many were since a call's last retry; false where none is,
// which is also the case while a quantile is not known and After is not set.
// Those that have failed meanwhile count: with attempts that time out one after
// another a call would hedge without end.
func (h *Hedge) Wait(sent int, idempotent bool) (time.Duration, bool) {
	if sent >= h.cfg.Attempts || !idempotent && !h.cfg.Always {
		return 0, false
	}
	if h.cfg.Quantile > 0 && h.seen.known > 0 {
		return h.seen.known, true
	}
	return h.cfg.After, h.cfg.After > 0
}

// Grant asks for one hedge of the budget.
func (h *Hedge) Grant(now Instant) bool { return h.budget == nil || h.budget.Withdraw(now) }

// latencies estimates a quantile of the last few hundred latencies. It counts
// them in buckets of which eight double the bound, so that an estimate is at most
// 9 % too high, and looks up the quantile every so many.
type latencies struct {
	now, before [64 * bucketsPerDoubling]uint32 // those since the last turn, and those of the turn before
	n           int
	known       time.Duration // 0: not yet
}

const (
	bucketsPerDoubling = 8
	lookEvery          = 32  // latencies
	turnEvery          = 512 // forgets those before the last turn
)

func (l *latencies) add(d time.Duration, quantile float64) {
	l.now[bucketOf(d)]++
	l.n++
	if l.n%lookEvery == 0 {
		l.known = l.quantile(quantile)
	}
	if l.n%turnEvery == 0 {
		l.before, l.now = l.now, [len(l.now)]uint32{}
	}
}

// bucketOf is the number of the bucket whose upper bound is the least at or above d.
func bucketOf(d time.Duration) int {
	if d < bucketsPerDoubling {
		return int(max(0, d))
	}
	doubling := bits.Len64(uint64(d)) - 1
	part := uint64(d) >> (doubling - 3) & (bucketsPerDoubling - 1)
	return doubling*bucketsPerDoubling + int(part)
}

// boundOf is the upper bound of a bucket.
func boundOf(bucket int) time.Duration {
	if bucket < 3*bucketsPerDoubling {
		return time.Duration(bucket)
	}
	doubling, part := bucket/bucketsPerDoubling, bucket%bucketsPerDoubling
	return time.Duration(uint64(bucketsPerDoubling+part+1)<<(doubling-3)) - 1
}

func (l *latencies) quantile(q float64) time.Duration {
	total := uint64(0)
	for i := range l.now {
		total += uint64(l.now[i]) + uint64(l.before[i])
	}
	rank := uint64(math.Ceil(q * float64(total)))
	for i := range l.now {
		if n := uint64(l.now[i]) + uint64(l.before[i]); n >= rank {
			return boundOf(i)
		} else {
			rank -= n
		}
	}
	return 0
}
