package policy_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// The success-rate rule: of ten instances the one that is far below the others
// is found at the sweep, though it never fails five times in a row.
func TestEjectionBySuccessRate(t *testing.T) {
	j := policy.NewEjector(policy.EjectionConfig{})
	j.SetHosts(upTo(10))
	for n := range 150 {
		for id := policy.EndpointID(1); id <= 10; id++ {
			o := policy.Outcome{}
			if id == 7 && n%3 == 0 || n == int(id)*10 {
				o.Cause = policy.Status
			}
			j.Done(policy.Instant(n)*1e6, id, o)
		}
	}
	if j.Any(9_999_999_999) {
		t.Fatal("ejected before the sweep")
	}
	told := j.Tick(10e9, nil)
	if len(told) != 1 || told[0].Endpoint != 7 || told[0].To != policy.Ejected || told[0].At != 10e9 {
		t.Fatalf("told %+v", told)
	}
	if !j.Out(7) || j.Out(1) {
		t.Error("out is another than was told")
	}
}

// A health check that an instance passes lets it back, and it begins anew: as many
// failures in a row as before put it out again, for longer.
func TestAPassedHealthCheckLetsBack(t *testing.T) {
	j := policy.NewEjector(policy.EjectionConfig{Consecutive: 2, Every: time.Second, For: 30 * time.Second})
	j.SetHosts(upTo(3))
	fail := func(at policy.Instant) { j.Done(at, 2, policy.Outcome{Cause: policy.Timeout}) }
	fail(1e9)
	fail(1e9)
	j.Passed(2e9, 1) // it was not out
	if !j.Out(2) {
		t.Fatal("it is not out after two failures")
	}
	j.Passed(2e9, 2)
	j.Passed(2e9, 9) // nobody
	if fail(2e9); j.Any(2e9) {
		t.Error("it is out after one failure")
	}
	fail(2e9)
	if j.Any(61e9); !j.Out(2) {
		t.Error("the second ejection is over after its first length")
	}
	if j.Any(63e9) {
		t.Error("the second ejection is not over")
	}
}

// Each ejection lasts For longer than the one before, up to the longest, and
// sweeps that find an instance well forget them.
func TestEjectionLastsLongerEachTime(t *testing.T) {
	j := policy.NewEjector(policy.EjectionConfig{Consecutive: 1, Every: time.Second, For: 3 * time.Second, Longest: 8 * time.Second})
	j.SetHosts(upTo(1))
	now := policy.Instant(500e6)
	spell := func() time.Duration {
		j.Done(now, 1, policy.Outcome{Cause: policy.Reset})
		began := now
		for j.Any(now) {
			now = now.Add(time.Second)
		}
		return now.Sub(began).Truncate(time.Second)
	}
	for i, want := range []time.Duration{4 * time.Second, 7 * time.Second, 9 * time.Second, 9 * time.Second} { // the sweep after 3, 6, 8, 8
		if got := spell(); got != want {
			t.Errorf("ejection %d lasts %v, want %v", i+1, got, want)
		}
	}
	now = now.Add(time.Minute)
	if got := spell(); got != 4*time.Second {
		t.Errorf("after a minute without failures it lasts %v", got)
	}
}

// Never are more out than allowed, who is out comes back in time, and what is
// told agrees with what is.
func TestEjectionInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := policy.EjectionConfig{
			Consecutive: rapid.IntRange(1, 4).Draw(t, "consecutive"), Every: 10 * time.Millisecond,
			For: 20 * time.Millisecond, Longest: 50 * time.Millisecond,
			Most:     unit.Share(rapid.IntRange(1, 100).Draw(t, "most")) / 100,
			Requests: rapid.IntRange(1, 5).Draw(t, "requests"), Instances: 2,
		}
		j := policy.NewEjector(cfg)
		n := rapid.IntRange(1, 8).Draw(t, "instances")
		j.SetHosts(upTo(n))
		state, since := map[policy.EndpointID]string{}, map[policy.EndpointID]policy.Instant{}
		now, told := policy.Instant(0), policy.Instant(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "gap")) * time.Millisecond)
			cause := rapid.SampledFrom([]policy.Cause{policy.OK, policy.Reset, policy.Timeout, policy.RejectedBreaker}).Draw(t, "cause")
			j.Done(now, policy.EndpointID(rapid.IntRange(1, n+1).Draw(t, "to")), policy.Outcome{Cause: cause})
			for _, tr := range j.Tick(now, nil) {
				if tr.At < told || tr.At > now || tr.From != defaulted(state[tr.Endpoint]) {
					t.Fatalf("told %+v at %d after one of %d in state %q", tr, now, told, state[tr.Endpoint])
				}
				if back := tr.At.Sub(since[tr.Endpoint]); tr.To == policy.Admitted && (back < cfg.For || back > cfg.Longest+cfg.Every) {
					t.Fatalf("out for %v", back)
				}
				told, state[tr.Endpoint], since[tr.Endpoint] = tr.At, tr.To, tr.At
			}
			out := 0
			for id := policy.EndpointID(1); int(id) <= n; id++ {
				if j.Out(id) != (state[id] == policy.Ejected) {
					t.Fatalf("%d is out: %v, told %q", id, j.Out(id), state[id])
				}
				if j.Out(id) {
					out++
				}
			}
			if out > max(1, int(float64(cfg.Most)*float64(n)+1e-9)) || j.Any(now) != (out > 0) {
				t.Fatal(fmt.Sprintf("%d of %d are out, at most %v may", out, n, cfg.Most))
			}
		}
	})
}

func defaulted(state string) string {
	if state == "" {
		return policy.Admitted
	}
	return state
}
