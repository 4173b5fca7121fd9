package policy_test

import (
	"testing"

	"windtunnel/topologies/policy"
)

// gRPC's A6: at half of the tokens there are no retries, and a success earns its ratio.
func TestRetryThrottle(t *testing.T) {
	r := policy.NewRetryThrottle(policy.RetryThrottleConfig{Tokens: 4, Ratio: 0.5})
	for i, c := range []struct {
		ends   policy.Cause
		allows bool
	}{
		{policy.OK, true},                                // never more than 4
		{policy.Timeout, true},                           // 3
		{policy.Reset, false},                            // 2
		{policy.RejectedBreaker, false},                  // counts not at all
		{policy.Status, false},                           // 1
		{policy.Refused, false}, {policy.Refused, false}, // never less than 0
		{policy.OK, false}, {policy.OK, false}, {policy.OK, false}, {policy.OK, false}, // 2
		{policy.OK, true}, // 2.5
	} {
		r.Ended(policy.Instant(i), c.ends)
		if r.Allows() != c.allows {
			t.Errorf("after %d outcomes, the last %s: allows %v", i+1, nameOf(c.ends), r.Allows())
		}
	}
	if due := r.Deadline(); due != 2 {
		t.Errorf("due at %d, the first transition was at 2", due)
	}
	told := r.Tick(nil)
	if len(told) != 2 || told[0].To != policy.Throttled || told[0].At != 2 || told[1].To != policy.Retrying || told[1].At != 11 {
		t.Errorf("transitions %+v", told)
	}
	if r.Deadline() != policy.Never || len(r.Tick(nil)) != 0 {
		t.Error("a transition is told twice")
	}
}
