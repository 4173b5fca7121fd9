package sim

import (
	"context"
	"math"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// tally is a recorder that keeps sums only.
type tally struct {
	requests, failed int
	latency          float64
	events           []record.Event
	byCause          map[policy.Cause]int
	latencies        []time.Duration
}

func (t *tally) Event(e record.Event)   { t.events = append(t.events, e) }
func (t *tally) Node(record.NodeSample) {}
func (t *tally) Edge(record.EdgeSample) {}
func (t *tally) LogFile(string) string  { return "" }
func (t *tally) Request(r record.Request) {
	t.requests++
	if r.Cause != "" {
		t.failed++
	}
	t.byCause[r.Cause]++
	t.latency += r.Latency().Seconds()
	if len(t.latencies) < 1<<20 {
		t.latencies = append(t.latencies, r.Latency())
	}
}

func load(t testing.TB, text string, topologies ...string) []scenarios.Loaded {
	t.Helper()
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"x.yaml"}, Topologies: topologies,
		ReadFile: func(string) ([]byte, error) { return []byte(text), nil }})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return loaded
}

func simulate(t testing.TB, l scenarios.Loaded, c Costs, seed uint64) *tally {
	t.Helper()
	r := &tally{byCause: map[policy.Cause]int{}}
	if err := (&Engine{Costs: c}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, seed, 1), r); err != nil {
		t.Fatal(err)
	}
	return r
}

const mm1 = `
application: q
components: {q: {operations: {ask: [{wait: {exponential: 10ms}}]}}}
entries: {ask: q.ask}
---
topology: q
application: q
nodes: {q: {kind: service, hosts: [q], concurrency: 1, queue: 1000000}}
---
scenario: q
topology: q
phases: [{name: steady, for: 20000s, load: {poisson: 70/s}}]
`

func TestMM1(t *testing.T) {
	begin := time.Now()
	r := simulate(t, load(t, mm1)[0], Costs{}, 1)
	took := time.Since(begin)
	mean := r.latency / float64(r.requests)
	want := 0.010 / 0.3
	t.Logf("%d requests in %v (%.0f/s), mean %v want %v", r.requests, took, float64(r.requests)/took.Seconds(), mean, want)
	if math.Abs(mean/want-1) > 0.02 {
		t.Error("no M/M/1")
	}
}

func TestShop(t *testing.T) {
	for _, scenario := range []string{"payments-outage", "steady"} {
		loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{scenario}, Topologies: []string{"shop-monolith", "shop-microservices"}})
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for _, l := range loaded {
			begin := time.Now()
			r := simulate(t, l, Costs{Cores: 2, Hop: work.ConstantOf(60 * time.Microsecond), EntryHop: work.ConstantOf(60 * time.Microsecond), Start: work.ConstantOf(20 * time.Millisecond)}, 1)
			t.Logf("%s on %s: %d requests in %v, %v", scenario, l.Graph.Topology.Name, r.requests, time.Since(begin), r.byCause)
			for _, e := range r.events {
				if e.Kind == record.BreakerState {
					t.Log(e.At, e.From, e.To, e.Reason)
				}
			}
		}
	}
}
