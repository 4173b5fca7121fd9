package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

func TestVerdicts(t *testing.T) {
	const tenth = 100 * milli
	good := func() *script {
		s := steadyScript(10 * second)
		s.every(tenth, 0, 10*second, milli, policy.OK)
		return s
	}
	for _, c := range []struct {
		name    string
		make    func() *script
		options Options
		want    Verdict
		reason  string
	}{
		{"no checks", good, Options{}, Pass, ""},
		{"a check holds", good, Options{Checks: []string{"total.latency.p99 < 2ms"}}, Pass, ""},
		{"a check does not", good, Options{Checks: []string{"total.latency.p99 < 1ms"}}, Fail, "total.latency.p99 < 1ms: observed 1ms"},
		{"an unknown metric", good, Options{Checks: []string{"total.latency.p98 < 1s"}}, Fail, "p98"},
		{"an unknown entry", good, Options{Checks: []string{"nobody.latency.p99 < 1s"}}, Fail, "no entry"},
		{"no samples", good, Options{Checks: []string{"total.failed_latency.p99 < 1s"}}, Fail, "no samples"},
		{"an unknown node", good, Options{Checks: []string{"nobody.cpu < 1"}}, Inconclusive, "no node"},
		{"a limit inside the interval", func() *script {
			s := good()
			s.every(tenth, 0, second, milli, policy.Status) // 10 of 110
			return s
		}, Options{Strict: true, Checks: []string{"total.errors.rate < 10%"}}, Inconclusive, "inside the interval"},
		{"the same, not strict", func() *script {
			s := good()
			s.every(tenth, 0, second, milli, policy.Status)
			return s
		}, Options{Checks: []string{"total.errors.rate < 10%"}}, Pass, ""},
		{"the same, recorded as strict", func() *script {
			s := good()
			s.id.Strict = true
			s.every(tenth, 0, second, milli, policy.Status)
			return s
		}, Options{Checks: []string{"total.errors.rate < 10%"}}, Inconclusive, "inside the interval"},
		{"every request failed", func() *script {
			s := steadyScript(10 * second)
			s.every(tenth, 0, 10*second, milli, policy.Status)
			return s
		}, Options{}, Inconclusive, "every request failed"},
		{"every request failed a check", func() *script {
			s := steadyScript(10 * second)
			s.every(tenth, 0, 10*second, milli, policy.Status)
			return s
		}, Options{Checks: []string{"total.errors.rate < 1%"}}, Fail, "every request failed"},
		{"late", func() *script {
			s := good()
			for i := range s.requests[:2] {
				s.requests[i].Sent += 51 * milli
			}
			return s
		}, Options{}, Inconclusive, "saturated"},
		{"late once", func() *script {
			s := good()
			s.requests[0].Sent += 51 * milli
			return s
		}, Options{}, Pass, ""},
		{"late beats a broken check", func() *script {
			s := good()
			for i := range s.requests[:2] {
				s.requests[i].Sent += 51 * milli
			}
			return s
		}, Options{Checks: []string{"total.latency.p99 < 1ms"}}, Inconclusive, "saturated"},
		{"unsent", func() *script {
			s := good()
			s.requests[0].Cause = policy.Unsent
			return s
		}, Options{}, Inconclusive, "sent 99"},
		{"stolen", func() *script {
			s := good()
			s.nodes = []record.NodeSample{{At: second, Node: record.StealNode, CPU: 500 * milli, Interval: second}}
			return s
		}, Options{}, Inconclusive, "hypervisor"},
		{"stolen as allowed", func() *script {
			s := good()
			s.nodes = []record.NodeSample{{At: second, Node: record.StealNode, CPU: 500 * milli, Interval: second}}
			all := 1.0
			s.id.Generator.MaxSteal = &all
			return s
		}, Options{}, Pass, ""},
		{"cut off", func() *script { s := good(); s.cut = true; return s }, Options{}, Partial, "cut off"},
		{"interrupted", good, Options{Partial: "interrupted"}, Partial, "interrupted"},
	} {
		a := c.make().analyze(t, c.options)
		if a.Verdict != c.want || !strings.Contains(strings.Join(a.Reasons, "\n"), c.reason) {
			t.Errorf("%s: %s %q, want %s with %q", c.name, a.Verdict, a.Reasons, c.want, c.reason)
		}
		if (a.Verdict == Pass) != (len(a.Reasons) == 0) {
			t.Errorf("%s: %s with reasons %q", c.name, a.Verdict, a.Reasons)
		}
	}
}

// Without run.json, and not told that it is still to come, a run is partial.
func TestNoResultIsPartial(t *testing.T) {
	s := steadyScript(second)
	s.every(100*milli, 0, second, milli, policy.OK)
	dir := t.TempDir() + "/run"
	s.write(t, dir)
	for _, c := range []struct {
		result any
		want   Verdict
	}{{nil, Partial}, {map[string]string{"verdict": "fail"}, Pass}, {map[string]string{"verdict": "partial"}, Partial}} {
		if c.result != nil {
			if err := record.WriteResult(dir, c.result); err != nil {
				t.Fatal(err)
			}
		}
		run, err := record.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := Analyze(run, Options{}); err != nil || a.Verdict != c.want {
			t.Errorf("with %v: %v, want %s", c.result, a.Verdict, c.want)
		}
	}
}

// A recovery that did not come is shown without a number. It breaks a limit
// that was watched through; of a longer one nobody can tell.
func TestRecoveryBeyondTheRun(t *testing.T) {
	s := steadyScript(30 * second)
	s.fault("down", 10*second, 20*second)
	s.every(100*milli, 0, 10*second, milli, policy.OK)
	s.every(100*milli, 10*second, 30*second, milli, policy.Refused)
	a := s.analyze(t, Options{Checks: []string{"total.recovery.time < 5s @after(down)", "total.recovery.time < 1h @after(down)"}})
	for i, want := range []struct {
		verdict Verdict
		reason  string
	}{{Fail, "not well for 3.00 s within the 10.0 s that were watched"}, {Inconclusive, "longer than the 7s that were watched"}} {
		c := a.Checks[i]
		if c.Verdict != want.verdict || c.Observed != nil || c.Low == nil || *c.Low != 7000 || !strings.Contains(c.Reason, want.reason) {
			t.Errorf("%+v, want %s: %s", c, want.verdict, want.reason)
		}
	}
}

func wantWarning(t *testing.T, a *Analysis, part string) {
	t.Helper()
	if !slices.ContainsFunc(a.Warnings, func(w string) bool { return strings.Contains(w, part) }) {
		t.Errorf("no warning that %s among %q", part, a.Warnings)
	}
}

func TestWarnings(t *testing.T) {
	const tenth = 100 * milli
	for _, c := range []struct {
		name, want string // "": none
		make       func(s *script)
	}{
		{"all is well", "", func(s *script) {}},
		{"arrivals without record", "no record of 2 arrivals: 400 of 402 are known", func(s *script) {
			for i := range s.requests[10:] {
				s.requests[10+i].Seq += 2
			}
		}},
		{"closed users, whose numbers lie elsewhere", "", func(s *script) {
			for i := range s.requests[200:] {
				s.requests[200+i].Seq = arrival.FirstClosedSeq<<1 + uint64(3*i)
			}
		}},
		{"arrivals recorded twice", "recorded more than once: 1 arrival", func(s *script) { s.requests[3].Seq = 2; s.requests = s.requests[:4] }},
		{"ended before it was due", "latency of 0: 1 request", func(s *script) { s.requests[9].Done = 0 }},
		{"a rate that was not offered", "phase steady declared 800 requests and was offered 400", func(s *script) { s.id.Phases[0].Rate = 20 }},
		{"a rate that was", "", func(s *script) { s.id.Phases[0].Rate = 10 }},
		{"the warm-up ended too early", "ended too early: the median was 4.00 ms in the first 5s of steady and 1.00 ms after; by MSER-5 it had settled after 10s", func(s *script) {
			for i := range s.requests[:100] {
				s.requests[i].Done += 3 * milli
			}
		}},
		{"a note of the engine", "the clock jumped", func(s *script) {
			s.events = append(s.events, record.Event{Kind: record.Note, Reason: "the clock jumped"})
		}},
		{"more in flight than time and rate allow", "Little's law does not hold at door", func(s *script) {
			s.id.Nodes = []record.Node{{Name: "door", Kind: "gateway"}, {Name: "shop", Kind: "service"}}
			s.inFlight("door", 50)
		}},
		{"many in flight at the instants of a simulation", "", func(s *script) {
			s.id.Engine = record.Simulated
			s.id.Nodes = []record.Node{{Name: "door", Kind: "gateway"}, {Name: "shop", Kind: "service"}}
			s.inFlight("door", 50)
		}},
		{"as many in flight as time and rate make", "", func(s *script) {
			s.id.Nodes = []record.Node{{Name: "door", Kind: "gateway"}}
			for i := range s.requests {
				s.requests[i].Done += 2 * second // 10/s × 2 s
			}
			s.inFlight("door", 20)
		}},
		{"a door that is dead counts nothing", "", func(s *script) {
			s.id.Nodes = []record.Node{{Name: "door", Kind: "gateway"}}
			s.inFlight("door", 0)
			s.fault("down", 20*second, 30*second)
			for i := range s.requests[200:300] {
				s.requests[200+i].Done += 9 * second
			}
		}},
		{"few requests before a fault", "held against only 5 successes", func(s *script) { s.fault("down", 500*milli, second) }},
	} {
		s := steadyScript(40 * second)
		s.every(tenth, 0, 40*second, milli, policy.OK)
		c.make(s)
		a := s.analyze(t, Options{})
		if c.want != "" {
			wantWarning(t, a, c.want)
		} else if len(a.Warnings) > 0 {
			t.Errorf("%s: %q", c.name, a.Warnings)
		}
	}
}

func (s *script) inFlight(node string, n int) {
	for at := second; at <= 40*second; at += second {
		s.nodes = append(s.nodes, record.NodeSample{At: at, Node: node, Instance: node + "-1", Interval: second,
			InFlight: n - n/4, Queued: n / 4, Memory: unit.Bytes(time.Second)})
	}
}

// What the backend found out late is among the limits.
func TestUnenforcedLimits(t *testing.T) {
	s := steadyScript(second)
	s.id.Unenforced = []string{"CPU"}
	s.events = []record.Event{
		{Kind: record.Note, Name: record.NoteLimits, Reason: "memory of shop"},
		{Kind: record.Note, Name: record.NoteLimits, Reason: "memory of shop"},
	}
	if a := s.analyze(t, Options{}); !slices.Equal(a.Unenforced, []string{"CPU", "memory of shop"}) || len(a.Warnings) > 0 {
		t.Errorf("%q, warnings %q", a.Unenforced, a.Warnings)
	}
}
