package policy_test

import (
	"math"
	"testing"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// offer sends n attempts a millisecond apart to a callee that accepts a share of
// what reaches it, and returns how many reached it and how many it accepted.
func offer(t *policy.Throttle, from policy.Instant, n int, accepts float64) (reached, accepted int) {
	for i := range n {
		now := from.Add(time.Duration(i) * time.Millisecond)
		draw := work.Root(uint64(from)).Child(uint64(i))
		if !t.Admit(now, draw.Child(1)) {
			continue
		}
		reached++
		o := policy.Outcome{Cause: policy.RejectedQueue}
		if draw.Child(2).Float64() < accepts {
			o.Cause = policy.OK
			accepted++
		}
		t.Done(now, o)
	}
	return reached, accepted
}

func TestThrottleLetsAHealthyCalleeBe(t *testing.T) {
	throttle := policy.NewThrottle(policy.ThrottleConfig{Over: time.Second})
	if reached, _ := offer(throttle, 0, 5000, 0.8); reached < 4900 { // some, while it has seen few
		t.Errorf("%d of 5000 reached a callee that accepts four in five", reached)
	}
}

// A callee that accepts nothing is asked with probability 1/(requests + 1), so
// about once in each window.
func TestThrottleStillAsksTheDead(t *testing.T) {
	throttle := policy.NewThrottle(policy.ThrottleConfig{Over: time.Second})
	offer(throttle, 0, 5000, 1)
	offer(throttle, 5e9, 5000, 0)
	reached, _ := offer(throttle, 10e9, 20_000, 0)
	if reached < 5 || reached > 60 { // 1 of the 1,000 in the window each time
		t.Errorf("%d of 20,000 reached a callee that accepts nothing, about 20 should", reached)
	}
	offer(throttle, 30e9, 20_000, 1)
	if reached, _ := offer(throttle, 50e9, 2000, 1); reached != 2000 {
		t.Errorf("%d of 2000 reached a callee that is well again for long", reached)
	}
}

// A callee that accepts a fixed rate gets about K times that.
func TestThrottleSendsKTimesWhatIsAccepted(t *testing.T) {
	for _, k := range []float64{1.5, 2, 3} {
		throttle := policy.NewThrottle(policy.ThrottleConfig{K: k, Over: 2 * time.Second})
		room, reached := 0.0, 0
		for i := range 40_000 { // 1,000/s, of which it has room for 100/s
			now := policy.Instant(i) * 1e6
			room = min(5, room+0.1)
			if !throttle.Admit(now, work.Root(7).Child(uint64(i))) {
				continue
			}
			o := policy.Outcome{Cause: policy.RejectedLimit}
			if room >= 1 {
				room--
				o.Cause = policy.OK
			}
			throttle.Done(now, o)
			if i >= 20_000 {
				reached++
			}
		}
		if got, want := float64(reached)/20, 100*k; math.Abs(got-want) > 0.15*want {
			t.Errorf("K = %g: %.0f/s reach a callee that accepts 100/s, want about %.0f", k, got, want)
		}
	}
}
