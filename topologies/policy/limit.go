package policy

import "time"

// LimitConfig is a concurrency limit that finds its own height.
type LimitConfig struct {
	Least     int     `yaml:"least" json:"least,omitempty" default:"20" min:"1" doc:"the limit at the start, below which it never falls"`
	Most      int     `yaml:"most" json:"most,omitempty" default:"200" min:"1" doc:"the limit never rises above this"`
	Tolerance float64 `yaml:"tolerance" json:"tolerance,omitempty" default:"1.5" min:"1" doc:"how much longer than usual an answer may take before the limit falls"`
}

// Limit bounds what is in flight by Netflix's Gradient2
// (concurrency-limits, Gradient2Limit.java). It compares each latency with a
// long moving average of them: where that rises, a queue is building up, and the
// limit falls; where it does not, the limit grows by a queue of four.
//
//	g = clamp(Tolerance·long/short, 0.5, 1)
//	L ← 0.8·L + 0.2·(g·L + 4), within [Least, Most]
//
// It does not grow while less than half of it is in flight, and the long
// average comes down faster after a while of overload.
type Limit struct {
	cfg    LimitConfig
	limit  float64
	long   float64 // nanoseconds
	seen   int
	flying int
}

// longSpan is the weight of the long average, in samples; the first few are
// averaged evenly, since one alone says little.
const (
	longSpan   = 600
	longWarmUp = 10
)

// NewLimit returns a limit with nothing in flight. Zero fields take the
// defaults of their tags.
func NewLimit(cfg LimitConfig) *Limit {
	defaultTo(&cfg.Least, 20)
	defaultTo(&cfg.Most, 200)
	defaultTo(&cfg.Tolerance, 1.5)
	cfg.Most = max(cfg.Most, cfg.Least)
	return &Limit{cfg: cfg, limit: float64(cfg.Least)}
}

// Full says whether nothing more may begin.
func (l *Limit) Full() bool { return l.flying >= int(l.limit) }

// Begin takes a place.
func (l *Limit) Begin() { l.flying++ }

// Done frees a place. The latency counts where what ended had really been
// worked on, or waited for in vain; a quick refusal says nothing of a queue.
func (l *Limit) Done(latency time.Duration, counts bool) {
	flying := l.flying
	l.flying--
	if !counts || latency <= 0 {
		return
	}
	short := float64(latency)
	if l.seen++; l.seen <= longWarmUp {
		l.long += (short - l.long) / float64(l.seen)
	} else {
		l.long += (short - l.long) * 2 / (longSpan + 1)
	}
	if l.long > 2*short {
		l.long *= 0.95
	}
	if float64(flying) < l.limit/2 {
		return
	}
	gradient := max(0.5, min(1, l.cfg.Tolerance*l.long/short))
	l.limit = 0.8*l.limit + 0.2*(gradient*l.limit+4)
	l.limit = max(float64(l.cfg.Least), min(float64(l.cfg.Most), l.limit))
}

// Height returns the limit as it stands.
func (l *Limit) Height() int { return int(l.limit) }

// Timed says whether the time that an attempt took tells of a queue at the
// callee: when it was worked on, or waited for in vain.
func Timed(c Cause) bool { return Accepted(c) || c == Timeout || c == Deadline }
