package reports

import (
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// A run that is slow for so long, and has so long a warm-up.
func slowAtFirst(slow, declared time.Duration) *script {
	s := steadyScript(20 * second)
	s.id.Phases = []record.Phase{{Name: "warm-up", For: record.Millis(declared), Warmup: true},
		{Name: "steady", Begin: record.Millis(declared), For: record.Millis(20*second - declared)}}
	s.every(20*milli, 0, slow, 50*milli, policy.OK)
	s.every(20*milli, slow, 20*second, 5*milli, policy.OK)
	return s
}

// Where the latency settles is reported whether or not the declared warm-up covers it.
func TestWarmUpIsReported(t *testing.T) {
	for _, c := range []struct {
		slow, declared time.Duration
		words          string
	}{
		{2 * second, 4 * second, "4.00 s declared; by MSER-5 the latency had settled after 2.00 s, of 20.0 s that were watched"},
		{6 * second, 4 * second, "4.00 s declared; by MSER-5 the latency had settled after 6.00 s, of 20.0 s that were watched"},
		{0, 4 * second, "4.00 s declared; by MSER-5 the latency had settled after 0 ms, of 20.0 s that were watched"},
		{15 * second, 4 * second, "4.00 s declared; by MSER-5 the latency did not settle in the first 20.0 s"},
	} {
		a := slowAtFirst(c.slow, c.declared).analyze(t, Options{})
		if got := a.methodFact("warm-up"); got != c.words {
			t.Errorf("slow for %v: %q, want %q", c.slow, got, c.words)
		}
		if settled := a.WarmUp.SettledMS; a.WarmUp.DeclaredMS != ms(c.declared) || settled != nil && *settled != ms(c.slow) {
			t.Errorf("slow for %v: %+v", c.slow, a.WarmUp)
		}
	}
}

// A fault is no part of it, and a run of nothing but warm-up has none.
func TestWarmUpUpToTheFault(t *testing.T) {
	s := slowAtFirst(2*second, 4*second)
	s.fault("payments-down", 10*second, 12*second)
	if a := s.analyze(t, Options{}); a.WarmUp.WatchedMS != 10_000 || *a.WarmUp.SettledMS != 2000 {
		t.Errorf("%+v", a.WarmUp)
	}
	s = slowAtFirst(0, 4*second)
	s.id.Phases = s.id.Phases[:1]
	if a := s.analyze(t, Options{}); a.WarmUp != nil || a.methodFact("warm-up") != "" {
		t.Errorf("%+v", a.WarmUp)
	}
	s = slowAtFirst(0, 0)
	s.id.Phases = s.id.Phases[1:]
	if a := s.analyze(t, Options{}); a.methodFact("warm-up") != "none declared; by MSER-5 the latency had settled after 0 ms, of 20.0 s that were watched" {
		t.Error(a.methodFact("warm-up"))
	}
}
