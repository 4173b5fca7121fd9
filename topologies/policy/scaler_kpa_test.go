package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

// The arithmetic, as worked out by hand from the formulas; fixtures/knative asks
// knative itself.
func TestKPACoreDecides(t *testing.T) {
	for name, c := range map[string]struct {
		cfg           policy.KPAConfig
		concurrency   int
		stable, panic float64
		ready         int
		want          policy.KPAScale
	}{
		"unbounded instances aim at 70":     {policy.KPAConfig{TargetBurst: 211}, 0, 71, 71, 2, policy.KPAScale{Desired: 2, ExcessBurst: -82}},
		"one request at a time aims at 0.7": {policy.KPAConfig{TargetBurst: 211}, 1, 1, 1, 2, policy.KPAScale{Desired: 2, ExcessBurst: -210}},
		"a target of its own":               {policy.KPAConfig{Target: 10, Utilization: 1}, 0, 25, 25, 3, policy.KPAScale{Desired: 3}},
		"but none above the concurrency":    {policy.KPAConfig{Target: 10, Utilization: 1}, 5, 25, 25, 3, policy.KPAScale{Desired: 5}},
		"a burst panics":                    {policy.KPAConfig{TargetBurst: 211}, 10, 5, 50, 1, policy.KPAScale{Desired: 8, Panicking: true, ExcessBurst: -251}},
		"from zero":                         {policy.KPAConfig{TargetBurst: 211}, 10, 50, 50, 0, policy.KPAScale{Desired: 8, Panicking: true, ExcessBurst: -261}},
		"one that is not enough does not":   {policy.KPAConfig{}, 10, 13, 13, 2, policy.KPAScale{Desired: 2}},
		"down by half at most":              {policy.KPAConfig{}, 10, 7, 7, 9, policy.KPAScale{Desired: 4}},
		"up by the rate at most":            {policy.KPAConfig{MaxScaleUpRate: 1.5, PanicThreshold: 9}, 10, 70, 70, 3, policy.KPAScale{Desired: 5}},
		"to zero":                           {policy.KPAConfig{}, 10, 0, 0, 1, policy.KPAScale{}},
		"a little is one":                   {policy.KPAConfig{}, 10, 0.001, 0, 1, policy.KPAScale{Desired: 1}},
		"activation is the least":           {policy.KPAConfig{Activation: 3}, 10, 0.001, 0, 1, policy.KPAScale{Desired: 3}},
		"but not of nothing":                {policy.KPAConfig{Activation: 3}, 10, 0, 0, 1, policy.KPAScale{}},
		"the activator for good":            {policy.KPAConfig{TargetBurst: -1}, 10, 0, 0, 1, policy.KPAScale{ExcessBurst: -1}},
		"burst capacity to spare":           {policy.KPAConfig{TargetBurst: 211}, 100, 140, 70.5, 4, policy.KPAScale{Desired: 2, ExcessBurst: 118}},
	} {
		t.Run(name, func(t *testing.T) {
			core := policy.NewKPACore(c.cfg, c.concurrency)
			if got := core.Scale(0, c.stable, c.panic, c.ready); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// A panic ends a stable window after the threshold was last crossed, and holds
// what was wanted until then.
func TestKPACorePanics(t *testing.T) {
	core := policy.NewKPACore(policy.KPAConfig{}, 10)
	for _, c := range []struct {
		at            time.Duration
		stable, panic float64
		ready         int
		want          int
		panicking     bool
	}{
		{0, 7, 7, 1, 1, false},
		{2 * time.Second, 9, 40, 1, 6, true},
		{4 * time.Second, 9, 20, 1, 6, true}, // crosses again with fewer
		{6 * time.Second, 9, 20, 6, 6, true},
		{8 * time.Second, 60, 5, 6, 9, true}, // the stable mean counts too
		{64 * time.Second, 7, 7, 9, 9, true},
		{64*time.Second + 1, 7, 7, 9, 4, false},
	} {
		got := core.Scale(policy.Instant(c.at), c.stable, c.panic, c.ready)
		if got.Desired != c.want || got.Panicking != c.panicking {
			t.Errorf("at %s %+v instead of %d, %v", c.at, got, c.want, c.panicking)
		}
	}
}

// In panic nothing is taken away, whatever the load does: what ScaleDownDelay
// still held from before the panic aside.
func TestKPANeverScalesDownInPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		core := policy.NewKPACore(policy.KPAConfig{
			Activation: rapid.IntRange(0, 5).Draw(t, "activation"),
		}, rapid.IntRange(0, 20).Draw(t, "concurrency"))
		var now policy.Instant
		var last policy.KPAScale
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now = now.Add(2 * time.Second)
			got := core.Scale(now, rapid.Float64Range(0, 200).Draw(t, "stable"), rapid.Float64Range(0, 200).Draw(t, "panic"),
				rapid.IntRange(0, 20).Draw(t, "ready"))
			if last.Panicking && got.Panicking && got.Desired < last.Desired {
				t.Fatalf("from %+v to %+v", last, got)
			}
			last = got
		}
	})
}

// A request that comes to nothing starts an instance at once, at whatever instant.
func TestKPAStartsAtOnceFromZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := (&policy.KPAConfig{StableWindow: 10 * time.Second, Grace: time.Second}).New()
		n := &node{scaler: s, concurrency: rapid.IntRange(0, 100).Draw(t, "concurrency"), startUp: time.Second}
		n.decide()
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			n.run(n.now.Add(time.Duration(rapid.Int64Range(int64(40*time.Second), int64(200*time.Second)).Draw(t, "idle"))))
			if there := len(n.ready) + len(n.starting); there != 0 {
				t.Fatalf("%d instances at %s", there, at(n.now))
			}
			n.offer(rapid.IntRange(1, 300).Draw(t, "burst"))
			if len(n.starting) == 0 {
				t.Fatal("nothing starts")
			}
			n.run(n.now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "busy"))))
			n.offer(0)
		}
	})
}
