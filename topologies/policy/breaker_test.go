package policy_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

var _ policy.Gate = (*policy.Breaker)(nil)

func TestBreakerDialogues(t *testing.T) {
	dialogues(t, "breaker", func(t *testing.T) func(command) []string {
		var b *policy.Breaker
		permits := map[string]policy.Permit{}
		admit := func(c command, name string) string {
			a := b.Admit(c.at)
			if a.Cause != policy.OK {
				return string(a.Cause)
			}
			permits[name] = a.Permit
			return "yes"
		}
		return func(c command) []string {
			switch c.name {
			case "breaker":
				b = policy.NewBreaker(c.breaker(t), 0)
				return nil
			case "admit":
				return []string{admit(c, c.args[0])}
			case "release":
				b.Release(c.at, permits[c.args[0]], policy.Outcome{Cause: causeOf(c.args[1]), Latency: c.duration(t, "took")})
				return []string{b.State()}
			case "attempts": // "attempts 10 timeout": so many, one after another
				var n int
				fmt.Sscan(c.args[0], &n)
				for i := range n {
					if answer := admit(c, "x"); answer != "yes" {
						return []string{fmt.Sprintf("%d: %s", i+1, answer)}
					}
					b.Release(c.at, permits["x"], policy.Outcome{Cause: causeOf(c.args[1]), Latency: c.duration(t, "took")})
				}
				return []string{b.State()}
			case "tick":
				var lines []string
				for _, tr := range b.Tick(c.at, nil) {
					lines = append(lines, told(tr))
				}
				return append(lines, "next tick "+at(b.Deadline()))
			default:
				t.Fatalf("no command %q", c.name)
				return nil
			}
		}
	})
}

// drawBreaker draws a configuration of any of the three windows, with slow calls or without.
func drawBreaker(t *rapid.T) policy.BreakerConfig {
	cfg := policy.BreakerConfig{
		Open:    time.Duration(rapid.IntRange(1, 50).Draw(t, "open")) * time.Millisecond,
		Probes:  rapid.IntRange(1, 4).Draw(t, "probes"),
		Minimum: rapid.IntRange(0, 6).Draw(t, "minimum"),
	}
	if rapid.Bool().Draw(t, "consecutive") {
		cfg.Failures.Count = rapid.IntRange(1, 5).Draw(t, "failures")
	} else {
		cfg.Failures.Share = unit.Share(rapid.IntRange(1, 100).Draw(t, "share")) / 100
	}
	if rapid.Bool().Draw(t, "by time") {
		cfg.Over.Time = time.Duration(rapid.IntRange(1, 50).Draw(t, "over")) * time.Millisecond
	} else {
		cfg.Over.Count = rapid.IntRange(1, 10).Draw(t, "over")
	}
	if rapid.Bool().Draw(t, "slow") {
		cfg.Slow = &policy.SlowConfig{Over: 5 * time.Millisecond, Share: unit.Share(rapid.IntRange(1, 100).Draw(t, "slow share")) / 100}
	}
	return cfg
}

// Whatever hosts do, late and double releases included: it never admits while
// open, never more probes than it may, its transitions are a chain in time order,
// and the open state lasts exactly Open.
func TestBreakerInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := drawBreaker(t)
		b := policy.NewBreaker(cfg, 7)
		var now policy.Instant
		var permits []policy.Permit
		var told []policy.Transition
		probing := 0 // admitted since half-open began or since all were given up
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "gap")) * time.Millisecond / 2)
			before := len(told)
			told = b.Tick(now, told)
			if len(told) > before {
				probing = 0
			}
			if b.Deadline() <= now {
				t.Fatalf("ticked at %s and due at %s", at(now), at(b.Deadline()))
			}
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0, 1:
				state := b.State()
				may := b.Admits(now)
				a := b.Admit(now)
				if may != (a.Cause == policy.OK) {
					t.Fatalf("Admits says %v, Admit %q", may, a.Cause)
				}
				if a.Cause != policy.OK {
					if state == policy.Closed {
						t.Fatal("rejected while closed")
					}
					break
				}
				if a.Permit == (policy.Permit{}) || state == policy.Open {
					t.Fatalf("%+v while %s", a, state)
				}
				permits = append(permits, a.Permit)
				if state == policy.HalfOpen {
					probing++
				}
			case 2:
				if len(permits) > 0 { // any permit, however old, and it stays for another release
					p := permits[rapid.IntRange(0, len(permits)-1).Draw(t, "which")]
					c := rapid.SampledFrom([]policy.Cause{policy.OK, policy.Timeout, policy.Unsent}).Draw(t, "cause")
					b.Release(now, p, policy.Outcome{Cause: c,
						Latency: time.Duration(rapid.IntRange(0, 10).Draw(t, "latency")) * time.Millisecond})
				}
			}
		}
		told = b.Tick(now, told)
		checkChain(t, cfg, told)
	})
}

func checkChain(t *rapid.T, cfg policy.BreakerConfig, told []policy.Transition) {
	state, since := policy.Closed, policy.Instant(0)
	for _, tr := range told {
		if tr.From != state || tr.From == tr.To || tr.At < since || tr.Endpoint != 7 || tr.Machine != "breaker" || tr.Reason == "" {
			t.Fatalf("%+v after %s since %s", tr, state, at(since))
		}
		if tr.From == policy.Open && (tr.At != since.Add(cfg.Open) || tr.To != policy.HalfOpen) {
			t.Fatalf("open from %s to %s instead of %s", at(since), at(tr.At), cfg.Open)
		}
		state, since = tr.To, tr.At
	}
}

// Without an answer to any probe, at most Probes are let through in each Open.
func TestBreakerLimitsLostProbes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probes := rapid.IntRange(1, 5).Draw(t, "probes")
		b := policy.NewBreaker(policy.BreakerConfig{
			Failures: unit.CountOrShare{Count: 1}, Open: time.Second, Probes: probes,
		}, 0)
		b.Release(0, b.Admit(0).Permit, policy.Outcome{Cause: policy.Reset})
		admitted := 0
		for now := policy.Instant(0); now < policy.Instant(10*time.Second); now = now.Add(10 * time.Millisecond) {
			if b.Admit(now).Cause == policy.OK {
				admitted++
			}
		}
		if admitted < 8*probes || admitted > 9*probes {
			t.Fatalf("%d of %d probes in nine seconds", admitted, probes)
		}
	})
}

// The threshold is compared without rounding, for every share and window.
func TestBreakerThresholdIsExact(t *testing.T) {
	for percent := 1; percent <= 100; percent++ {
		for _, n := range []int{1, 3, 7, 100, 200, 1000} {
			least := (percent*n + 99) / 100 // failures that reach the share
			for _, failures := range []int{least - 1, least} {
				b := policy.NewBreaker(policy.BreakerConfig{
					Failures: unit.CountOrShare{Share: unit.Share(float64(percent) / 100)},
					Over:     unit.CountOrTime{Count: n},
				}, 0)
				for i := range n {
					c := policy.OK
					if i < failures {
						c = policy.Status
					}
					b.Release(0, b.Admit(0).Permit, policy.Outcome{Cause: c})
				}
				if want := failures == least; (b.State() == policy.Open) != want {
					t.Fatalf("%d of %d at %d%%: %s", failures, n, percent, b.State())
				}
			}
		}
	}
}

// The time window holds at least 95 % of its span and never more than all of it.
func TestBreakerTimeWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := policy.Instant(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "start"))
		age := time.Duration(rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "age"))
		b := policy.NewBreaker(policy.BreakerConfig{
			Failures: unit.CountOrShare{Share: 0.5}, Over: unit.CountOrTime{Time: time.Second}, Minimum: 2,
		}, 0)
		for _, now := range []policy.Instant{start, start.Add(age)} {
			b.Release(now, b.Admit(now).Permit, policy.Outcome{Cause: policy.Timeout})
		}
		switch both := b.State() == policy.Open; {
		case age <= 950*time.Millisecond && !both:
			t.Fatalf("forgotten after %s", age)
		case age > time.Second && both:
			t.Fatalf("remembered after %s", age)
		}
	})
}

func TestBlames(t *testing.T) {
	for _, c := range append(policy.Causes(), policy.OK) {
		failed, counts := policy.Blames(c)
		wantCounts := c != policy.RejectedBreaker && c != policy.Unsent
		if wantFailed := wantCounts && c != policy.OK; failed != wantFailed || counts != wantCounts {
			t.Errorf("%s: failed %v, counts %v", nameOf(c), failed, counts)
		}
	}
}
