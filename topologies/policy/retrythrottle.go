package policy

import (
	"fmt"
	"math"
)

// RetryThrottleConfig is gRPC's retry throttling (proposal A6).
type RetryThrottleConfig struct {
	Tokens int     `yaml:"tokens,value" json:"tokens,omitempty" default:"10" min:"1" max:"1000" doc:"what it starts with and never has more of; each failed attempt costs 1"`
	Ratio  float64 `yaml:"ratio" json:"ratio,omitempty" default:"0.1" min:"0.001" max:"1000" doc:"what each successful attempt earns"`
}

// The states of a RetryThrottle.
const (
	Retrying  = "retrying"
	Throttled = "throttled" // neither retries nor hedges
)

// RetryThrottle stops retries and hedges while too many attempts fail, after
// gRPC's A6: a failure costs one token, a success earns Ratio, and nothing is
// retried while no more than half of the tokens is there. Counted in
// thousandths, as there.
type RetryThrottle struct {
	tokens, most, ratio int
	unreported          []Transition
}

// NewRetryThrottle returns a throttle with all its tokens. Zero fields take
// the defaults of their tags.
func NewRetryThrottle(cfg RetryThrottleConfig) *RetryThrottle {
	defaultTo(&cfg.Tokens, 10)
	defaultTo(&cfg.Ratio, 0.1)
	return &RetryThrottle{tokens: 1000 * cfg.Tokens, most: 1000 * cfg.Tokens, ratio: int(math.Round(1000 * cfg.Ratio))}
}

// Ended tells how an attempt ended. What does not count for a breaker counts not here either.
func (t *RetryThrottle) Ended(now Instant, c Cause) {
	failed, counts := Blames(c)
	if !counts {
		return
	}
	was := t.Allows()
	if failed {
		t.tokens = max(0, t.tokens-1000)
	} else {
		t.tokens = min(t.most, t.tokens+t.ratio)
	}
	if is := t.Allows(); is != was {
		change := Transition{At: now, Machine: "retry-throttle", From: Retrying, To: Throttled,
			Reason: fmt.Sprintf("%.4g of %d tokens left", float64(t.tokens)/1000, t.most/1000)}
		if is {
			change.From, change.To = Throttled, Retrying
		}
		t.unreported = append(t.unreported, change)
	}
}

// Allows says whether an attempt may follow another.
func (t *RetryThrottle) Allows() bool { return 2*t.tokens > t.most }

// Deadline is an instant that has passed where transitions wait to be told, else Never.
func (t *RetryThrottle) Deadline() Instant {
	if len(t.unreported) > 0 {
		return t.unreported[0].At
	}
	return Never
}

// Tick appends the transitions not yet reported.
func (t *RetryThrottle) Tick(out []Transition) []Transition {
	out = append(out, t.unreported...)
	t.unreported = t.unreported[:0]
	return out
}
