package reports

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// Ten requests of which seven succeed after 1 to 7 ms: every figure by hand.
func TestAnalyzeByHand(t *testing.T) {
	s := steadyScript(5 * second)
	for i := 1; i <= 7; i++ {
		s.send("home", time.Duration(i)*100*milli, time.Duration(i)*milli, policy.OK)
	}
	s.send("home", 800*milli, 300*milli, policy.Timeout)
	s.send("home", 900*milli, 100*milli, policy.Refused)
	s.send("home", 950*milli, 50*milli, policy.Unsent)
	m := s.analyze(t, Options{}).Results[Total][All]
	want := &Measured{
		Seconds: 5, Offered: 10, Sent: 9, OK: 7, Failed: Causes{policy.Timeout: 1, policy.Refused: 1, policy.Unsent: 1},
		ErrorShare: 0.3, OfferedRate: 2, Rate: 1.8, OKRate: 1.4, Amplification: 1,
		LatencyMS:       &Quantiles{Count: 7, Mean: 4, P50: 4, P90: 7, P95: 7, P99: 7, P999: 7, Max: 7},
		FailedLatencyMS: &Quantiles{Count: 2, Mean: 200, P50: 100, P90: 300, P95: 300, P99: 300, P999: 300, Max: 300},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("\n got %+v %+v %+v\nwant %+v %+v %+v", m, m.LatencyMS, m.FailedLatencyMS, want, want.LatencyMS, want.FailedLatencyMS)
	}
}

func TestWarmUpIsLeftOutOfAll(t *testing.T) {
	s := steadyScript(0)
	s.id.Phases = []record.Phase{
		{Name: "warm-up", For: record.Millis(second), Warmup: true},
		{Name: "low", Begin: record.Millis(second), For: record.Millis(second)},
		{Name: "pause", Begin: record.Millis(2 * second), For: record.Millis(second), Warmup: true},
		{Name: "high", Begin: record.Millis(3 * second), For: record.Millis(2 * second)},
	}
	for i := range 10 {
		s.send("home", time.Duration(i)*500*milli, milli, policy.OK)
	}
	s.send("home", 6*second, milli, policy.OK) // past the end: of the last phase
	r := s.analyze(t, Options{}).Results[Total]
	for phase, want := range map[string]int{"warm-up": 2, "low": 2, "pause": 2, "high": 5, All: 7} {
		if got := r[phase].Offered; got != want {
			t.Errorf("%s: %d requests, want %d", phase, got, want)
		}
	}
	if r[All].Seconds != 3 {
		t.Errorf("all lasts %v s", r[All].Seconds)
	}
}

func TestEntriesAreKeptApart(t *testing.T) {
	s := steadyScript(5 * second)
	s.send("home", second, milli, policy.OK)
	s.send("stranger", second, 3*milli, policy.OK) // not in the identity
	a := s.analyze(t, Options{})
	if !reflect.DeepEqual(a.Entries, []string{Total, "home", "stranger"}) {
		t.Errorf("%q", a.Entries)
	}
	if got := a.Results["stranger"][All].LatencyMS.Mean; got != 3 {
		t.Error(got)
	}
}

// An entry called total and a phase called all do not hide the real ones.
func TestReservedNames(t *testing.T) {
	s := steadyScript(5 * second)
	s.id.Phases[0].Name = All
	s.id.Phases = append(s.id.Phases, record.Phase{Name: "more", Begin: record.Millis(5 * second), For: record.Millis(second)})
	s.send(Total, second, milli, policy.OK)
	s.send("home", 5*second, milli, policy.OK)
	if got := s.analyze(t, Options{}).Results[Total][All].Offered; got != 2 {
		t.Errorf("%d of 2 requests", got)
	}
}

// Whatever happens, each figure is the sum of its parts.
func TestConservation(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := steadyScript(10 * second)
		s.id.Phases = append(s.id.Phases, record.Phase{Name: "more", Begin: record.Millis(10 * second), For: record.Millis(second)})
		s.id.Entries = []string{"a", "b"}
		all := append(policy.Causes(), policy.OK)
		for range rapid.IntRange(0, 60).Draw(rt, "requests") {
			s.send(rapid.SampledFrom(s.id.Entries).Draw(rt, "entry"), time.Duration(rapid.IntRange(0, 10999).Draw(rt, "at"))*milli,
				time.Duration(rapid.IntRange(0, 5000).Draw(rt, "took"))*milli, rapid.SampledFrom(all).Draw(rt, "cause"))
		}
		n++
		path := filepath.Join(dir, string(rune('a'+n%26))+time.Now().Format("150405.000000000"))
		s.write(t, path)
		run, err := record.Load(path)
		if err != nil {
			rt.Fatal(err)
		}
		a, err := Analyze(run, Options{Fresh: true})
		if err != nil {
			rt.Fatal(err)
		}
		for _, w := range a.Warnings {
			if strings.Contains(w, "add up") {
				rt.Fatal(w)
			}
		}
		for phase := range a.Results[Total] {
			total := a.Results[Total][phase]
			sum := Measured{Failed: Causes{}}
			for _, entry := range s.id.Entries {
				m := a.Results[entry][phase]
				sum.Offered += m.Offered
				sum.OK += m.OK
				sum.Sent += m.Sent
				for cause, count := range m.Failed {
					sum.Failed[cause] += count
				}
			}
			if total.Offered != sum.Offered || total.OK != sum.OK || total.Sent != sum.Sent || !reflect.DeepEqual(total.Failed, sum.Failed) {
				rt.Fatalf("%s: total %+v, sum %+v", phase, total, sum)
			}
			latencies := 0
			for _, q := range []*Quantiles{total.LatencyMS, total.FailedLatencyMS} {
				if q != nil {
					latencies += q.Count
				}
			}
			if latencies != total.Sent {
				rt.Fatalf("%s: %d latencies of %d sent", phase, latencies, total.Sent)
			}
		}
		if got := a.Results[Total]["steady"].Offered + a.Results[Total]["more"].Offered; got != len(s.requests) || a.Results[Total][All].Offered != got {
			rt.Fatalf("%d of %d requests", got, len(s.requests))
		}
	})
}

// The paths of run.json that others rely on.
func TestRunJSONPaths(t *testing.T) {
	text, err := os.ReadFile("testdata/microservices/run.json")
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"format", "engine", "backend", "scenario", "topology", "seed", "verdict",
		"checks.0.that", "checks.0.observed", "checks.0.low", "checks.0.high", "checks.0.verdict",
		"generator.lateness_ms.p99", "generator.dropped",
		"results.total.all.offered", "results.total.all.sent", "results.total.all.ok", "results.total.all.failed.timeout",
		"results.checkout.steady.rate", "results.browse.warm-up.latency_ms.mean", "results.browse.all.latency_ms.p50",
		"results.browse.all.latency_ms.p90", "results.browse.all.latency_ms.p95", "results.browse.all.latency_ms.p99",
		"results.browse.all.latency_ms.p999", "results.browse.all.latency_ms.max", "results.checkout.all.failed_latency_ms.p50",
		"nodes.0.name", "edges.0.breaker_openings", "faults.0.recovery.total.ms", "warnings", "environment.cores", "command", "digest",
	} {
		if !has(v, strings.Split(path, ".")) {
			t.Errorf("run.json has no %s", path)
		}
	}
}

func has(v any, path []string) bool {
	if len(path) == 0 {
		return v != nil
	}
	switch v := v.(type) {
	case map[string]any:
		return has(v[path[0]], path[1:])
	case []any:
		return len(v) > 0 && has(v[0], path[1:])
	}
	return false
}

// Cut at any byte, a run is analysed as far as it goes, and never passes.
func TestCutRunsArePartial(t *testing.T) {
	for _, name := range []string{"identity.json", "events.ndjson", "requests.csv.zst", "series.csv", "run.json"} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS("testdata/microservices")); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for part := range 20 {
			os.WriteFile(path, text[:len(text)*part/20], 0o644)
			run, err := record.Load(dir)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			a, err := Analyze(run, Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if whole := name == "series.csv" || name == "events.ndjson"; a.Verdict == Pass && !whole {
				t.Errorf("%s cut at %d/20 passes", name, part)
			}
			if _, err := json.Marshal(&a.Result); err != nil {
				t.Errorf("%s cut at %d/20: %v", name, part, err)
			}
			a.Document()
		}
	}
}

func TestEmptyRun(t *testing.T) {
	a := steadyScript(second).analyze(t, Options{})
	if a.Verdict != Inconclusive {
		t.Errorf("nothing was sent: %s", a.Verdict)
	}
	a.Document()
	if _, err := json.Marshal(&a.Result); err != nil {
		t.Error(err)
	}
}

// A million requests are analysed within seconds.
func TestManyRequests(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const n = manyRequests
	s := steadyScript(100 * second)
	s.id.Entries = []string{"a", "b", "c"}
	s.fault("down", 30*second, 40*second)
	s.requests = make([]record.Request, 0, n)
	for i := range n {
		x := uint64(i) * 0x9e3779b97f4a7c15 >> 40 // spread over 24 bits
		s.send(s.id.Entries[i%3], time.Duration(i)*100*time.Microsecond, time.Duration(1+x)*time.Microsecond, policy.OK)
	}
	dir := filepath.Join(t.TempDir(), "run")
	s.write(t, dir)
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	a, err := Analyze(run, Options{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%d requests analysed in %s", n, took.Round(milli))
	if took > 30*second { // it is about one, and many times that on a busy machine
		t.Error("too slow")
	}
	// The latencies are 1 µs to 2²⁴ µs, evenly spread: the median is half.
	if m := a.Results[Total][All]; m.OK != n || math.Abs(m.LatencyMS.P50-8388.6) > 10 {
		t.Errorf("%d ok, median %v ms", m.OK, m.LatencyMS.P50)
	}
}
