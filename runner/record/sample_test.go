package record

import (
	"fmt"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

const second = time.Second

// sampleIdentity is a small run's identity with every field filled.
func sampleIdentity() Identity {
	return Identity{
		Run: "k3x9", Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Engine: Live, Backend: "process",
		Scenario: "outage", Topology: "shop, \"small\"", Application: "shop", Params: map[string]string{"rate": "100"},
		Seed: 1<<64 - 1, Command: []string{"windtunnel", "run", "outage"}, Version: "0.1.0", SpinPerMS: 1234.5,
		Environment: Environment{OS: "linux", Arch: "amd64", Kernel: "6.1", CPU: "Some CPU", Cores: 2, MemoryBytes: 1 << 34, Go: "go1.26", Host: "0123456789ab"},
		Unenforced:  []string{"memory of catalog: no cgroup"},
		Phases: []Phase{
			{Name: "warm-up", For: Millis(second), Warmup: true, Load: "constant 10/s", Rate: 10},
			{Name: "steady", Begin: Millis(second), For: Millis(9 * second), Load: "poisson 10/s", Rate: 10},
		},
		Mix: []MixShare{{"browse", 8}, {"checkout", 2}}, Entries: []string{"browse", "checkout"},
		Faults: []Fault{{Name: "down", Kind: "kill", Target: "component payments", At: Millis(3 * second), For: Millis(2 * second)}},
		Checks: []string{"total.errors.rate < 1%"},
		Nodes:  []Node{{Name: "shop", Kind: "service", Hosts: []string{"catalog"}, Replicas: 1, CPU: 0.5, Memory: 64 << 20}},
		Edges:  []Edge{{From: "edge", To: "shop", Policy: "timeout 300ms"}},
		Generator: Generator{
			Timeout: Millis(30 * second), MaxLateness: Millis(50 * time.Millisecond), MaxInFlight: 100, MaxConnections: 10},
	}
}

func sampleRequest(i int) Request {
	r := Request{
		Seq: uint64(i), Entry: "browse", Phase: "steady", Intended: time.Duration(i) * 100 * time.Millisecond,
		Status: 200, Attempts: 3, Calls: 2, Bytes: 512, Path: "edge>catalog",
	}
	r.Sent = r.Intended + 123456
	r.FirstByte = r.Sent + time.Millisecond
	r.Done = r.FirstByte + 7
	if i%5 == 0 {
		r.Entry, r.Cause, r.Status, r.Cold = "checkout", policy.Timeout, 0, 3*time.Millisecond
	}
	return r
}

func sampleEvents() []Event {
	return []Event{
		{At: -1500 * time.Millisecond, Kind: InstanceStart, Node: "shop", Instance: "shop-1"},
		{At: -1, Kind: InstanceReady, Node: "shop", Instance: "shop-1", PhasesMS: map[string]float64{"ready": 3.5}},
		{At: 3 * second, Kind: FaultBegan, Name: "down"},
		{At: 3*second + 1, Kind: BreakerState, Edge: "edge>shop", From: "closed", To: "open", Reason: "6 of 10 failed\nbadly"},
		{At: 5 * second, Kind: FaultHealed, Name: "down"},
		{At: 10 * second, Kind: RunEnded},
	}
}

func sampleNode(i int) NodeSample {
	return NodeSample{
		At: time.Duration(i) * second, Node: "shop", Instance: "shop-1", CPU: 250 * time.Millisecond, Interval: second,
		Memory: 5 << 20, Served: 10, Failed: 1, Rejected: 2, InFlight: 3, Queued: 4,
		Operations: []OperationSample{
			{Name: "catalog.browse", Count: 9, Failed: 1, Service: 20 * time.Millisecond, Wait: time.Millisecond},
			{Name: "checkout.place", Count: 1, Service: 30 * time.Millisecond},
		},
	}
}

func sampleEdge(i int) EdgeSample {
	return EdgeSample{
		At: time.Duration(i) * second, From: "edge", Instance: "edge-1", To: "shop",
		Calls: 10, Attempts: 12, Failed: 1, Breaker: "closed", Latency: 99 * time.Millisecond,
	}
}

// writeSample leaves a finished run of n requests and returns its directory.
func writeSample(t testing.TB, n int) string {
	t.Helper()
	dir := NewDir(t.TempDir(), sampleIdentity().Began, "outage", "shop", "k3x9")
	w, err := Create(dir, sampleIdentity(), []byte("scenario: outage\n"))
	if err != nil {
		t.Fatal(err)
	}
	handIn(w, n)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteResult(dir, map[string]any{"format": Format, "verdict": "pass"}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func handIn(r Recorder, requests int) {
	for _, e := range sampleEvents() {
		r.Event(e)
	}
	for i := range requests {
		r.Request(sampleRequest(i))
	}
	for i := range 3 {
		r.Node(sampleNode(i))
		r.Edge(sampleEdge(i))
	}
}

// requestsOf collects a stream; the errors come as texts.
func requestsOf(r *Run) (all []Request, errs []string) {
	for q, err := range r.Requests() {
		if err != nil {
			errs = append(errs, fmt.Sprint(err))
			continue
		}
		all = append(all, q)
	}
	return all, errs
}
