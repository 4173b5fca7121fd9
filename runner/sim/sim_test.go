package sim

import (
	"context"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
)

// tally is a recorder that keeps sums only.
type tally struct {
	requests, failed int
	latency          float64
	events           []record.Event
	byCause          map[policy.Cause]int
	latencies        []time.Duration
}

func (t *tally) Event(e record.Event)         { t.events = append(t.events, e) }
func (t *tally) Node(record.NodeSample)       {}
func (t *tally) Edge(record.EdgeSample)       {}
func (t *tally) Invocation(record.Invocation) {}
func (t *tally) Traces(record.Traces)         {}
func (t *tally) LogFile(string) string        { return "" }
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
