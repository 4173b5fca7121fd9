package policy_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

func TestBackoffWithoutJitter(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		base, cap time.Duration
		want      []time.Duration // before retries 0, 1, …
	}{
		{0, 0, []time.Duration{0, 0, 0}},
		{0, 50 * ms, []time.Duration{0, 0, 0}},
		{10 * ms, 0, []time.Duration{10 * ms, 20 * ms, 40 * ms, 80 * ms, 100 * ms, 100 * ms}},
		{10 * ms, 25 * ms, []time.Duration{10 * ms, 20 * ms, 25 * ms, 25 * ms}},
		{10 * ms, 5 * ms, []time.Duration{5 * ms, 5 * ms}},
		{1, math.MaxInt64, []time.Duration{1, 2, 4, 8}},
	} {
		b := policy.BackoffConfig{Base: c.base, Cap: c.cap, Jitter: "none"}
		for n, want := range c.want {
			if got := b.Pause(n, 0, 0); got != want {
				t.Errorf("base %s, cap %s, retry %d: %s instead of %s", c.base, c.cap, n, got, want)
			}
		}
	}
	huge := policy.BackoffConfig{Base: 1, Cap: math.MaxInt64, Jitter: "none"}
	if got := huge.Pause(1000, 0, 0); got != math.MaxInt64 {
		t.Errorf("retry 1000: %s", got)
	}
}

// Each jitter stays in its range, reaches both ends of it, and has its mean.
func TestBackoffJitter(t *testing.T) {
	const base, limit = 10 * time.Millisecond, time.Second
	const v = 40 * time.Millisecond // before retry 2
	for _, c := range []struct {
		jitter    string
		low, high time.Duration
	}{
		{"full", 0, v}, {"", 0, v}, {"equal", v / 2, v}, {"decorrelated", base, 3 * v},
	} {
		b := policy.BackoffConfig{Base: base, Cap: limit, Jitter: c.jitter}
		least, most, sum := time.Duration(math.MaxInt64), time.Duration(0), 0.0
		const draws = 20_000
		for i := range uint64(draws) {
			p := b.Pause(2, v, work.Root(i))
			least, most, sum = min(least, p), max(most, p), sum+float64(p)
		}
		width := c.high - c.low
		if least < c.low || most >= c.high || least > c.low+width/100 || most < c.high-width/100 {
			t.Errorf("%q: from %s to %s instead of %s to %s", c.jitter, least, most, c.low, c.high)
		}
		if mean, want := sum/draws, float64(c.low+c.high)/2; math.Abs(mean-want) > 0.02*want {
			t.Errorf("%q: mean %s instead of %s", c.jitter, time.Duration(mean), time.Duration(want))
		}
	}
}

// No pause is negative or longer than the cap, and the same draw gives the same pause.
func TestBackoffBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := policy.BackoffConfig{
			Base:   time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "base")),
			Cap:    time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "cap")),
			Jitter: rapid.SampledFrom([]string{"full", "equal", "decorrelated", "none"}).Draw(t, "jitter"),
		}
		limit := b.Cap
		if limit == 0 {
			limit = 10 * b.Base
		}
		previous := time.Duration(0)
		for n := range 50 {
			draw := work.Identity(rapid.Uint64().Draw(t, "draw"))
			p := b.Pause(n, previous, draw)
			if p < 0 || p > limit || p != b.Pause(n, previous, draw) {
				t.Fatalf("retry %d: %s of at most %s", n, p, limit)
			}
			previous = p
		}
	})
}
