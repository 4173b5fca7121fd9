package sim

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
)

// counting is a recorder that costs as little as one can.
type counting struct{ requests, failed, samples int }

func (c *counting) Event(record.Event) {}
func (c *counting) Request(r record.Request) {
	c.requests++
	if r.Cause != "" {
		c.failed++
	}
}
func (c *counting) Node(record.NodeSample)       { c.samples++ }
func (c *counting) Edge(record.EdgeSample)       {}
func (c *counting) Invocation(record.Invocation) {}
func (c *counting) Traces(record.Traces)         {}
func (c *counting) LogFile(string) string        { return "" }

// race runs a loaded scenario for about so many requests and reports how many a
// second it simulates.
func race(b *testing.B, l scenarios.Loaded, c Costs, perSecond float64) {
	l.Scenario.Phases[len(l.Scenario.Phases)-1].For = time.Duration(float64(b.N)/perSecond*float64(time.Second)) + time.Millisecond
	p := runner.NewPlan("x", l.Scenario, l.Graph, 1, 1)
	r := &counting{}
	b.ReportAllocs()
	b.ResetTimer()
	if err := (&Engine{Costs: c}).Run(context.Background(), p, r); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(r.requests)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkMM1 is one node with one worker. SimFaaS, a simulator of function
// platforms in Python, prints 21,000 requests a second for about as much.
func BenchmarkMM1(b *testing.B) { race(b, load(b, mm1)[0], Costs{}, 70) }

// BenchmarkShop is the whole shop as microservices: on average a request makes
// two calls and eight steps, and is balanced, guarded and timed on its way.
func BenchmarkShop(b *testing.B) {
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"steady"}, Topologies: []string{"shop-microservices"}})
	if err := problems.Err(); err != nil {
		b.Fatal(err)
	}
	rate := 0.0
	for _, p := range loaded[0].Scenario.Phases {
		rate = declared(p)
	}
	race(b, loaded[0], Costs{}, rate)
}

func declared(p scenarios.Phase) float64 {
	return p.Load.(interface {
		Rate(t, length time.Duration) float64
	}).Rate(0, p.For)
}

// farm is a scenario of so many requests a second over instances of 20 nodes
// behind a door that balances over all of them, in a world of so many cores.
func farm(instances int, rate float64, length time.Duration) string {
	var components, nodes, edges, entries, mix strings.Builder
	const kinds = 20
	for k := range kinds {
		fmt.Fprintf(&components, "  c%d: {operations: {ask: {idempotent: true, steps: [{compute: 100µs}, {wait: {exponential: 5ms}}]}}}\n", k)
		fmt.Fprintf(&nodes, "  n%d: {kind: service, hosts: [c%d], replicas: %d}\n", k, k, instances/kinds-1)
		fmt.Fprintf(&edges, "  - {to: n%d, timeout: 1s, retry: {attempts: 2, budget: 20%%}, balance: p2c}\n", k)
		fmt.Fprintf(&entries, "  e%d: c%d.ask\n", k, k)
		fmt.Fprintf(&mix, "e%d: 1, ", k)
	}
	return fmt.Sprintf("application: farm\ncomponents:\n%sentries:\n%s---\ntopology: farm\napplication: farm\nnodes:\n  door: {kind: gateway, replicas: %d, concurrency: 0}\n%sedges:\n%s---\n"+
		"scenario: farm\ntopology: farm\nmix: {%s}\nphases: [{name: steady, for: %v, load: {poisson: %g/s}}]\ngenerator: {max_in_flight: 1000000}\n",
		&components, &entries, kinds, &nodes, &edges, strings.TrimSuffix(mix.String(), ", "), length, rate)
}

// BenchmarkFarm is 100,000 requests a second over 2,000 instances on 64 cores.
func BenchmarkFarm(b *testing.B) {
	race(b, load(b, farm(2000, 100_000, time.Second))[0], Costs{Cores: 64}, 100_000)
}

// TestSimSixtyMillionSoak is ten minutes of 100,000 requests a second over 2,000
// instances, with a run directory. It ends, and its memory does not grow with
// the requests.
func TestSimSixtyMillionSoak(t *testing.T) {
	soak(t)
	l := load(t, farm(2000, 100_000, 10*time.Minute))[0]
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir, record.Identity{Run: "x", Engine: record.Simulated, Sampling: record.SamplingFor(60e6)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	watch := watchHeap()
	r := &keeping{Recorder: w}
	began := time.Now()
	err = (&Engine{Costs: Costs{Cores: 64}}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	took, most := time.Since(began), watch()
	t.Logf("%d requests in %v: %.0f a second, at most %d MiB of heap", r.requests, took, float64(r.requests)/took.Seconds(), most>>20)
	if r.requests < 59_000_000 || r.failed > 0 {
		t.Errorf("%d requests, %d failed", r.requests, r.failed)
	}
	if limit := uint64(256 << 20); most > limit {
		t.Errorf("the heap grew to %d MiB", most>>20)
	}
}

// keeping is a recorder that counts what another one keeps.
type keeping struct {
	record.Recorder
	counting
}

func (k *keeping) Request(r record.Request) {
	k.counting.Request(r)
	k.Recorder.Request(r)
}
func (k *keeping) Event(e record.Event)           { k.Recorder.Event(e) }
func (k *keeping) Node(s record.NodeSample)       { k.Recorder.Node(s) }
func (k *keeping) Edge(s record.EdgeSample)       { k.Recorder.Edge(s) }
func (k *keeping) Invocation(i record.Invocation) { k.Recorder.Invocation(i) }
func (k *keeping) Traces(t record.Traces)         { k.Recorder.Traces(t) }
func (k *keeping) LogFile(name string) string     { return k.Recorder.LogFile(name) }

// TestSteadyStateNeedsNoMemory: what a request costs has been there before.
func TestSteadyStateNeedsNoMemory(t *testing.T) {
	allocations := func(requests float64) uint64 {
		l := load(t, farm(60, 2000, time.Duration(requests/2000*float64(time.Second))))[0]
		p := runner.NewPlan("x", l.Scenario, l.Graph, 1, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := (&Engine{Costs: Costs{Cores: 8}}).Run(context.Background(), p, &counting{}); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	seconds := 20.0 // more, in each of which samples are taken: some allocations for each instance and edge
	more := float64(allocations(50_000)) - float64(allocations(10_000))
	if each := (more - seconds*60*100) / 40_000; each > 0.05 {
		t.Errorf("a request more is %.2f allocations more", each)
	}
}
