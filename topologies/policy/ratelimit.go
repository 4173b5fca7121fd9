package policy

import (
	"math"
	"time"

	"windtunnel/topologies/unit"
)

// RateLimitConfig bounds a rate. What is above it is rejected at once.
type RateLimitConfig struct {
	Rate  unit.Rate `yaml:"rate,value" json:"rate,omitempty" required:"true" doc:"let through in the long run"`
	Burst int       `yaml:"burst" json:"burst,omitempty" default:"1" min:"1" doc:"let through at once after a pause"`
	Per   *PerKey   `yaml:"per" json:"per,omitempty" doc:"of a gateway: a bucket for each client instead of one for all, such as {header: X-Api-Key} or {client: true}"`
}

// Vet checks that anything is let through.
func (c *RateLimitConfig) Vet(add func(key, message string)) {
	if c.Rate <= 0 {
		add("rate", "a rate of 0 would let nothing through after the first burst: a rate above 0, such as 200/s")
	}
}

// PerKey says whose requests share a bucket: those with the same value of a
// header, or of the same client as the gateway knows them. Those without one share one.
type PerKey struct {
	Header string `yaml:"header" json:"header,omitempty" doc:"a header whose value tells clients apart"`
	Client bool   `yaml:"client" json:"client,omitempty" doc:"by the name of their key or the subject of their token, as the auth of the gateway has it"`
}

// Vet checks that it is one of the two.
func (p *PerKey) Vet(add func(key, message string)) {
	if (p.Header != "") == p.Client {
		add("", "it says how clients are told apart in one way: {header: X-Api-Key} or {client: true}")
	}
}

// Bucket is a token bucket: it holds Burst tokens at most and is full at the
// start, earns Rate tokens a second, and each grant takes one. So in any time t
// it grants at most Rate·t + Burst.
//
// What it holds is counted from the instant at which it was last full, so that
// no error adds up.
type Bucket struct {
	rate, burst float64
	full        Instant // when it last was
	granted     float64 // since then
}

// NewBucket returns a full bucket. A burst below 1 is 1.
func NewBucket(cfg RateLimitConfig) *Bucket {
	return &Bucket{rate: float64(cfg.Rate), burst: float64(max(1, cfg.Burst))}
}

// Take asks for one token.
func (b *Bucket) Take(now Instant) bool {
	held := b.held(now)
	if held >= b.burst {
		b.full, b.granted, held = now, 0, b.burst
	}
	if held < 1-1e-9 { // a tenth of a second at 10/s is a little less than 1
		return false
	}
	b.granted++
	return true
}

// Next returns how long it takes from now until there is a token to take; 0
// where there is one.
func (b *Bucket) Next(now Instant) time.Duration {
	held := b.held(now)
	if held >= 1-1e-9 || b.rate <= 0 {
		return 0
	}
	return time.Duration(math.Ceil((1 - held) / b.rate * float64(time.Second)))
}

// Full says whether the bucket is as at its start.
func (b *Bucket) Full(now Instant) bool { return b.held(now) >= b.burst }

// held is how much the bucket holds, which may count as more than it can.
func (b *Bucket) held(now Instant) float64 {
	return b.burst + b.rate*now.Sub(b.full).Seconds() - b.granted
}
