package policy

import (
	"time"

	"windtunnel/topologies/work"
)

// ThrottleConfig is the client-side throttling of Google's SRE book.
type ThrottleConfig struct {
	K    float64       `yaml:"k,value" json:"k,omitempty" default:"2" min:"1" doc:"attempts for each one accepted before any is rejected here; lower is stricter"`
	Over time.Duration `yaml:"over" json:"over,omitempty" default:"2m" min:"10ms" doc:"over how long attempts are counted"`
}

// Throttle rejects attempts to a callee that would reject them itself, after
// "Handling Overload" in Google's SRE book (chapter 21): with the probability
//
//	max(0, (requests − K·accepts) / (requests + 1))
//
// over the last while. Requests are all that came here, those rejected here
// too; so a callee that accepts nothing is still asked now and then. Accepted is
// what the callee worked on: see Accepted.
type Throttle struct {
	k                 float64
	requests, accepts sliding
}

// NewThrottle returns a throttle that has seen nothing. Zero fields take the
// defaults of their tags.
func NewThrottle(cfg ThrottleConfig) *Throttle {
	defaultTo(&cfg.K, 2)
	defaultTo(&cfg.Over, 2*time.Minute)
	return &Throttle{k: cfg.K, requests: newSliding(cfg.Over), accepts: newSliding(cfg.Over)}
}

// Admit asks for one attempt, whose draw it is.
func (t *Throttle) Admit(now Instant, draw work.Identity) bool {
	requests, accepts := float64(t.requests.sum(now)), float64(t.accepts.sum(now))
	t.requests.add(now, 1)
	return draw.Float64() >= (requests-t.k*accepts)/(requests+1)
}

// Done tells how an attempt ended that was admitted.
func (t *Throttle) Done(now Instant, o Outcome) {
	if Accepted(o.Cause) || o.Lost {
		t.accepts.add(now, 1)
	}
}

// Accepted says whether a callee took an attempt in and worked on it, however
// that ended: not when it, or what it stands behind, turned the attempt away or
// gave no answer.
func Accepted(c Cause) bool {
	switch c {
	case OK, Status, Declared, Other:
		return true
	}
	return false
}
