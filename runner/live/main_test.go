package live

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/backend/process"
	"windtunnel/runner/machine"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies"
	"windtunnel/topologies/work"
)

// memory is a recorder that keeps everything.
type memory struct {
	mu       sync.Mutex
	events   []record.Event
	requests []record.Request
	nodes    []record.NodeSample
	edges    []record.EdgeSample

	invocations []record.Invocation
}

func (m *memory) Event(e record.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, e)
}
func (m *memory) Request(r record.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests = append(m.requests, r)
}
func (m *memory) Node(s record.NodeSample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nodes = append(m.nodes, s)
}
func (m *memory) Edge(s record.EdgeSample) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.edges = append(m.edges, s)
}
func (m *memory) Invocation(i record.Invocation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.invocations = append(m.invocations, i)
}

func (m *memory) Traces(record.Traces)  {}
func (m *memory) LogFile(string) string { return "" }

// bySeq returns the requests in the order of their arrival.
func (m *memory) bySeq() []record.Request {
	m.mu.Lock()
	defer m.mu.Unlock()
	sorted := slices.Clone(m.requests)
	slices.SortFunc(sorted, func(a, b record.Request) int { return int(a.Seq) - int(b.Seq) })
	return sorted
}

// eventsOf returns the events of one kind.
func (m *memory) eventsOf(kind string) []record.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []record.Event
	for _, e := range m.events {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// one is an application of a single operation, "unit.ask", on a single service.
func one(concurrency, queue int, idempotent bool, steps ...work.Step) *topologies.Graph {
	app := &topologies.Application{
		Name: "one",
		Components: []topologies.Component{{Name: "unit", Operations: []work.Operation{
			{Name: "unit.ask", Idempotent: idempotent, Steps: steps}}}},
		Entries: []topologies.Entry{{Name: "ask", Operation: "unit.ask"}},
	}
	return &topologies.Graph{
		Application: app,
		Topology: &topologies.Topology{Name: "one", Application: "one", Nodes: []*topologies.Node{{
			Name: "unit", Kind: "service", Replicas: 1,
			Spec: &topologies.Service{Hosts: []string{"unit"}, Workers: topologies.Workers{Concurrency: concurrency, Queue: queue}}}}},
		Entries: []topologies.EntryPoint{{Name: "ask", Node: "unit", Operation: "unit.ask",
			Request: topologies.Request{Method: "POST", Path: "/op/unit.ask"}}},
		HostOf: map[string]string{"unit": "unit"},
	}
}

// scenario is one phase of load.
func scenario(length time.Duration, load arrival.Process) *scenarios.Scenario {
	return &scenarios.Scenario{
		Name:   "test",
		Phases: []scenarios.Phase{{Name: "steady", For: length, Load: load}},
		Generator: scenarios.Generator{Timeout: 30 * time.Second, MaxInFlight: 20000,
			MaxLateness: 50 * time.Millisecond},
	}
}

// carryOut runs a plan on processes.
func carryOut(t *testing.T, ctx context.Context, s *scenarios.Scenario, g *topologies.Graph, seed uint64) (*memory, error) {
	t.Helper()
	return carryOutWith(t, ctx, s, g, seed, nil)
}

func carryOutWith(t *testing.T, ctx context.Context, s *scenarios.Scenario, g *topologies.Graph, seed uint64, progress Progress) (*memory, error) {
	t.Helper()
	calibration, err := machine.Calibrate()
	if err != nil {
		t.Log(err)
	}
	run := "t" + time.Now().Format("150405.000000000")[7:]
	m := &memory{}
	err = (&Engine{Backend: process.Backend{}, Progress: progress}).Run(ctx, runner.NewPlan(run, s, g, seed, calibration.SpinPerMS), m)
	if left, sweepErr := process.Sweep(context.Background(), run); left != 0 || sweepErr != nil {
		t.Errorf("%d things of the run are left (%v)", left, sweepErr)
	}
	return m, err
}

// soak says whether the long campaigns are asked for.
func soak(t *testing.T) {
	t.Helper()
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("a long campaign; make soak runs it")
	}
}
