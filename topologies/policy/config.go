package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/unit"
)

// EdgeConfig is what one edge does about its calls: the policies of `edges:`
// in a topology. The zero config makes one attempt with no bound in time,
// spread round-robin.
type EdgeConfig struct {
	Deadline  time.Duration    `yaml:"deadline" json:"deadline,omitempty" doc:"bounds the call with all its attempts and the pauses between them; 0: only the caller's own deadline does"`
	Timeout   time.Duration    `yaml:"timeout" json:"timeout,omitempty" doc:"bounds one attempt; 0: only the deadline does"`
	Fallback  *FallbackConfig  `yaml:"fallback" json:"fallback,omitempty" doc:"answers in place of a callee that failed"`
	Cache     *EdgeCacheConfig `yaml:"cache" json:"cache,omitempty" doc:"answers with what the callee answered before to the same request (see node kind cache)"`
	RateLimit *RateLimitConfig `yaml:"rate_limit" json:"rate_limit,omitempty" doc:"bounds the rate of the calls of one calling instance"`
	Bulkhead  *BulkheadConfig  `yaml:"bulkhead" json:"bulkhead,omitempty" doc:"bounds the calls in flight of one calling instance"`
	Retry     *RetryConfig     `yaml:"retry" json:"retry,omitempty" doc:"tries again after a failed attempt"`
	Hedge     *HedgeConfig     `yaml:"hedge" json:"hedge,omitempty" doc:"sends another attempt where the answer is late, and takes the first that succeeds"`
	Breaker   *BreakerConfig   `yaml:"breaker" json:"breaker,omitempty" doc:"stops sending for a while after too many failures"`
	Throttle  *ThrottleConfig  `yaml:"throttle" json:"throttle,omitempty" doc:"rejects a part of the attempts here that the callee would reject (adaptive throttling)"`
	Limit     *LimitConfig     `yaml:"concurrency_limit" json:"concurrency_limit,omitempty" doc:"bounds the attempts in flight by how their latency changes (gradient2)"`
	Balance   string           `yaml:"balance" json:"balance,omitempty" default:"round-robin" registry:"balancer" doc:"how an attempt picks among the instances"`
	Subset    int              `yaml:"subset" json:"subset,omitempty" min:"0" doc:"instances that one calling instance uses; 0: all"`
	SlowStart time.Duration    `yaml:"slow_start" json:"slow_start,omitempty" doc:"how long the weight of a new instance grows from a tenth to the whole; 0: it has all at once"`
	Health    *HealthConfig    `yaml:"health" json:"health,omitempty" doc:"probes the instances and leaves those out that do not answer (active health checks)"`
	Ejection  *EjectionConfig  `yaml:"ejection" json:"ejection,omitempty" doc:"leaves instances out for a while that fail more than the others"`
	Discovery Discovery        `yaml:"discovery" json:"-" doc:"how callers learn which instances there are: platform, static, {dns: {ttl: 5s}} or {registry: NODE}; none: the topology's"`
}

// RetryConfig says when a failed attempt is followed by another.
type RetryConfig struct {
	Attempts int                  `yaml:"attempts" json:"attempts,omitempty" default:"3" min:"1" max:"20" doc:"attempts in all, the first included"`
	Backoff  BackoffConfig        `yaml:"backoff" json:"backoff,omitzero" doc:"the pause before the next attempt"`
	Budget   *BudgetConfig        `yaml:"budget" json:"budget,omitempty" doc:"retries allowed as a share of the calls; none: no bound but attempts"`
	Throttle *RetryThrottleConfig `yaml:"throttle" json:"throttle,omitempty" doc:"no retries and no hedges while too many attempts fail (gRPC); none: no such bound"`
	Always   bool                 `yaml:"always" json:"always,omitempty" doc:"retry operations that are not idempotent too"`
}

// BackoffConfig is exponential backoff with jitter, after AWS's "Exponential
// Backoff And Jitter": v = min(cap, base·2ⁿ) before retry n = 0, 1, …; full
// jitter draws from (0, v), equal from (v/2, v), decorrelated from
// (base, 3·previous) up to cap, and none takes v. A zero base retries at once.
type BackoffConfig struct {
	Base   time.Duration `yaml:"base" json:"base,omitempty" doc:"the first pause before jitter; 0 retries at once"`
	Cap    time.Duration `yaml:"cap" json:"cap,omitempty" doc:"the longest pause; 0: ten times base"`
	Jitter string        `yaml:"jitter" json:"jitter,omitempty" default:"full" oneof:"full,equal,decorrelated,none" doc:"how the pause is drawn"`
}

// BudgetConfig bounds retries to a share of the calls, after Finagle: each call
// deposits Share of a retry, and PerSecond more are granted all the time; what
// was granted is forgotten after TTL. Retries are no calls and deposit nothing.
type BudgetConfig struct {
	Share     unit.Share    `yaml:"share,value" json:"share,omitempty" default:"20%" doc:"retries as a share of the calls"`
	PerSecond unit.Rate     `yaml:"minimum" json:"minimum,omitempty" default:"10/s" doc:"retries granted whatever the traffic"`
	TTL       time.Duration `yaml:"ttl" json:"ttl,omitempty" default:"10s" min:"1ms" doc:"how long a grant lasts"`
}

// BreakerConfig says when a breaker opens and how it closes again.
type BreakerConfig struct {
	Failures unit.CountOrShare `yaml:"failures" json:"failures,omitzero" default:"50%" doc:"opens at this share of failures in the window (50%), or after so many in a row (5)"`
	Over     unit.CountOrTime  `yaml:"over" json:"over,omitzero" default:"100" doc:"the window of a share: the last calls (100) or the last while (10s)"`
	Slow     *SlowConfig       `yaml:"slow" json:"slow,omitempty" doc:"opens also at this share of slow calls in the window"`
	Minimum  int               `yaml:"minimum" json:"minimum,omitempty" min:"0" doc:"calls in the window before a share counts; 0: the whole count window, or 20 in a time window"`
	Open     time.Duration     `yaml:"open" json:"open,omitempty" default:"60s" min:"1ms" doc:"how long it stays open before it probes"`
	Probes   int               `yaml:"probes" json:"probes,omitempty" default:"10" min:"1" doc:"calls let through half-open; it closes when they stay below the share, or none of them fails where failures is a count"`
	Per      string            `yaml:"per" json:"per,omitempty" default:"edge" oneof:"edge,instance" doc:"one breaker for the edge, or one for each instance called"`
}

// Vet checks that it can open, and that a share may come to count.
func (c *BreakerConfig) Vet(add func(key, message string)) {
	if c.Failures == (unit.CountOrShare{}) {
		add("failures", "a breaker that opens at no failures would never be closed: a share above 0%, or a count from 1")
	}
	if c.Over.Count > 0 && c.Minimum > c.Over.Count {
		add("minimum", fmt.Sprintf("the window holds the last %d calls, so it never has %d: make `minimum` no larger, or `over`", c.Over.Count, c.Minimum))
	}
}

// SlowConfig says when a breaker opens because calls are slow, whether they
// succeed or not.
type SlowConfig struct {
	Over  time.Duration `yaml:"over" json:"over,omitempty" required:"true" min:"1us" doc:"a call that takes this long or longer is slow"`
	Share unit.Share    `yaml:"share" json:"share,omitempty" default:"100%" min:"0.01%" doc:"opens at this share of slow calls"`
}
