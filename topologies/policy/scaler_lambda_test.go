package policy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
)

func TestLambdaDecides(t *testing.T) {
	sec := policy.Instant(time.Second)
	for name, c := range map[string]struct {
		cfg  policy.LambdaConfig
		now  policy.Instant
		o    policy.Observation
		want policy.Decision
	}{
		"nothing at the start": {policy.LambdaConfig{}, 0, policy.Observation{}, policy.Decision{Next: policy.Never}},
		"provisioned at the start": {policy.LambdaConfig{Bounds: policy.Bounds{Min: 3}}, 0, policy.Observation{},
			policy.Decision{Desired: 3, Next: policy.Never, Reason: "environments: 3 provisioned, 0 there"}},
		"one for each request": {policy.LambdaConfig{}, 0, policy.Observation{Ready: 2, InFlight: 2, Queued: 3, Concurrency: 1},
			policy.Decision{Desired: 5, Next: policy.Never, Reason: "environments: 5 needed for 5 at once, 2 there"}},
		"several to each": {policy.LambdaConfig{}, 0, policy.Observation{Ready: 1, InFlight: 10, Queued: 1, Concurrency: 10},
			policy.Decision{Desired: 2, Next: policy.Never, Reason: "environments: 2 needed for 11 at once, 1 there"}},
		"all to one where it is unbounded": {policy.LambdaConfig{}, 0, policy.Observation{Queued: 50},
			policy.Decision{Desired: 1, Next: policy.Never, Reason: "environments: 1 needed for 50 at once, 0 there"}},
		"what starts counts": {policy.LambdaConfig{}, 0, policy.Observation{Starting: 3, Queued: 3, Concurrency: 1},
			policy.Decision{Desired: 3, Next: policy.Never}},
		"the burst rule refuses": {policy.LambdaConfig{Burst: 2}, 0, policy.Observation{Ready: 1, InFlight: 1, Queued: 6, Concurrency: 1, Front: true},
			policy.Decision{Desired: 3, Refuse: 4, Next: policy.Never,
				Reason: "environments: 7 needed for 7 at once, 3 with the burst of 2 in 10s: 4 refused"}},
		"but nobody at a service": {policy.LambdaConfig{Burst: 2}, 0, policy.Observation{Ready: 1, InFlight: 1, Queued: 6, Concurrency: 1},
			policy.Decision{Desired: 3, Next: 5 * sec,
				Reason: "environments: 7 needed for 7 at once, 3 with the burst of 2 in 10s"}},
		"at max they wait": {policy.LambdaConfig{Bounds: policy.Bounds{Max: 2}}, 0, policy.Observation{Ready: 1, InFlight: 1, Queued: 6, Concurrency: 1},
			policy.Decision{Desired: 2, Next: policy.Never, Reason: "environments: 2 needed for 7 at once, 1 there"}},
		"idle ends are waited for": {policy.LambdaConfig{KeepAlive: 10 * time.Second}, 5 * sec,
			policy.Observation{Ready: 3, InFlight: 1, Concurrency: 1, Idle: []policy.Instant{1 * sec, 4 * sec}},
			policy.Decision{Desired: 3, Next: 11 * sec}},
		"and come": {policy.LambdaConfig{KeepAlive: 10 * time.Second}, 11 * sec,
			policy.Observation{Ready: 3, InFlight: 1, Concurrency: 1, Idle: []policy.Instant{1 * sec, 4 * sec}},
			policy.Decision{Desired: 2, Idle: 1, Next: 14 * sec, Reason: "environments: 1 of 3 idle for 10s"}},
		"but never below min": {policy.LambdaConfig{KeepAlive: 10 * time.Second, Bounds: policy.Bounds{Min: 2}}, 60 * sec,
			policy.Observation{Ready: 3, Concurrency: 1, Idle: []policy.Instant{1 * sec, 2 * sec, 3 * sec}},
			policy.Decision{Desired: 2, Idle: 1, Next: policy.Never, Reason: "environments: 1 of 3 idle for 10s"}},
		"nothing is kept alive": {policy.LambdaConfig{}, 5 * sec, policy.Observation{Ready: 1, Idle: []policy.Instant{5 * sec}, Concurrency: 1},
			policy.Decision{Desired: 0, Idle: 1, Next: policy.Never, Reason: "environments: 1 of 1 idle for 0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.cfg.New().Decide(c.now, c.o); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// The bucket refills evenly and to the nanosecond, and holds no more than the burst.
func TestLambdaBurstRefills(t *testing.T) {
	s := (&policy.LambdaConfig{Burst: 4, Per: time.Second}).New()
	for _, c := range []struct {
		at            time.Duration
		ready, queued int
		want          int
	}{
		{0, 0, 10, 4},
		{250*time.Millisecond - 1, 4, 10, 4},
		{250 * time.Millisecond, 4, 10, 5},
		{250 * time.Millisecond, 5, 10, 5}, // the one that was given is there now: no other
		{time.Hour, 5, 10, 9},              // what was not used is not kept beyond 4
		{time.Hour + time.Second/2, 9, 10, 11},
	} {
		o := policy.Observation{Ready: c.ready, InFlight: c.ready, Queued: c.queued, Concurrency: 1}
		if got := s.Decide(policy.Instant(c.at), o).Desired; got != c.want {
			t.Errorf("at %s %d instead of %d", c.at, got, c.want)
		}
	}
}

// Whatever comes and whatever is killed, at most burst + rate × time environments
// start in any stretch of time, those provisioned aside.
func TestLambdaBurstBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := policy.LambdaConfig{
			KeepAlive: time.Duration(rapid.IntRange(0, 3000).Draw(t, "keep-alive")) * time.Millisecond,
			Burst:     rapid.IntRange(1, 10).Draw(t, "burst"),
			Per:       time.Duration(rapid.IntRange(1, 5000).Draw(t, "per")) * time.Millisecond,
		}
		n := &node{scaler: cfg.New(), startUp: time.Duration(rapid.IntRange(0, 2000).Draw(t, "start-up")) * time.Millisecond, concurrency: 1}
		n.decide()
		type mark struct {
			at      policy.Instant
			started int
		}
		marks := []mark{{}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			n.run(n.now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "gap")) * time.Millisecond))
			before := mark{n.now, n.started}
			if len(n.ready) > 0 && rapid.IntRange(0, 4).Draw(t, "kill") == 0 {
				n.ready = n.ready[1:]
				n.settle()
			}
			n.offer(rapid.IntRange(0, 30).Draw(t, "offered"))
			for _, m := range marks {
				passed := n.now.Sub(m.at)
				if most := cfg.Burst + int(int64(passed)*int64(cfg.Burst)/int64(cfg.Per)) + 1; n.started-m.started > most {
					t.Fatalf("%d started in %s, where %d may", n.started-m.started, passed, most)
				}
			}
			marks = append(marks, before)
			if n.inFlight()+len(n.starting) < n.offered {
				t.Fatalf("%d requests wait for nothing", n.offered-n.inFlight()-len(n.starting))
			}
		}
	})
}

// steady returns a function that asks a scaler of a busy node where nothing changes.
func steady(s policy.Scaler) func() {
	var now policy.Instant
	o := policy.Observation{Ready: 20, InFlight: 15, Concurrency: 1, Idle: make([]policy.Instant, 5)}
	s.Decide(now, o)
	return func() {
		now = now.Add(time.Millisecond)
		o.Load += 15 * time.Millisecond
		for i := range o.Idle {
			o.Idle[i] = now
		}
		s.Decide(now, o)
	}
}

func TestLambdaDoesNotAllocate(t *testing.T) {
	run := steady((&policy.LambdaConfig{KeepAlive: time.Minute}).New())
	if n := testing.AllocsPerRun(10_000, run); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkScalers(b *testing.B) {
	for _, text := range []string{"lambda: {}", "kpa: {min: 20}", "hpa: {min: 20}"} {
		b.Run(text, func(b *testing.B) {
			run := steady(makeScaler(b, text))
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}
