package policy_test

import (
	"testing"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// The first sync of a node that began with one instance, from what it then sees.
func TestHPADecides(t *testing.T) {
	ten := policy.HPAConfig{Target: unit.CountOrShare{Count: 10}, Tolerance: 0.1}
	for name, c := range map[string]struct {
		cfg  policy.HPAConfig
		o    policy.Observation // its Load and CPU are of a second
		want int
	}{
		"enough":                      {cfg: ten, o: policy.Observation{Ready: 1, Load: 10 * time.Second}, want: 1},
		"within the tolerance":        {cfg: ten, o: policy.Observation{Ready: 1, Load: 11 * time.Second}, want: 1},
		"beyond it":                   {cfg: ten, o: policy.Observation{Ready: 1, Load: 11100 * time.Millisecond}, want: 2},
		"four at most":                {cfg: ten, o: policy.Observation{Ready: 1, Load: 999 * time.Second}, want: 5},
		"up to max":                   {cfg: policy.HPAConfig{Target: ten.Target, Bounds: policy.Bounds{Max: 3}}, o: policy.Observation{Ready: 1, Load: 999 * time.Second}, want: 3},
		"without an instance nothing": {cfg: ten, o: policy.Observation{Starting: 1, Load: 30 * time.Second}, want: 1},
		"what starts may be enough":   {cfg: ten, o: policy.Observation{Ready: 2, Starting: 6, Load: 40 * time.Second}, want: 1},
		"just enough":                 {cfg: ten, o: policy.Observation{Ready: 2, Starting: 2, Load: 40 * time.Second}, want: 1},
		"or not":                      {cfg: ten, o: policy.Observation{Ready: 1, Starting: 1, Load: 40 * time.Second}, want: 4},
		"CPU of the limit":            {o: policy.Observation{Ready: 1, Cores: 0.5, CPU: 500 * time.Millisecond}, want: 2},
		"CPU of two cores":            {o: policy.Observation{Ready: 1, Cores: 2, CPU: 1200 * time.Millisecond}, want: 1},
		"CPU of one where no limit":   {o: policy.Observation{Ready: 1, CPU: 1200 * time.Millisecond}, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.cfg.New()
			if first := s.Decide(0, policy.Observation{}); first.Desired != 1 || first.Next != policy.Instant(15*time.Second) {
				t.Fatalf("begins with %+v", first)
			}
			c.o.Load, c.o.CPU = 15*c.o.Load, 15*c.o.CPU
			early := s.Decide(policy.Instant(15*time.Second)-1, c.o)
			if got := s.Decide(policy.Instant(15*time.Second), c.o); early.Desired != 1 || got.Desired != c.want {
				t.Errorf("%d before the sync, then %+v instead of %d", early.Desired, got, c.want)
			}
		})
	}
}
