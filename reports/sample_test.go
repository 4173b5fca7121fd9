package reports

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

var update = flag.Bool("update", false, "write goldens and fixtures anew")

const (
	second = time.Second
	milli  = time.Millisecond
)

// script is a run that a test makes up.
type script struct {
	id       record.Identity
	requests []record.Request
	events   []record.Event
	nodes    []record.NodeSample
	edges    []record.EdgeSample
	traces   *record.Traces
	cut      bool   // leave the end out
	input    string // resolved; empty: the scenario's name alone
}

// write leaves the run directory.
func (s *script) write(t testing.TB, dir string) {
	t.Helper()
	w, err := record.Create(dir, s.id, []byte(cmp.Or(s.input, "scenario: "+s.id.Scenario+"\n")))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.events {
		w.Event(e)
	}
	for _, q := range s.requests {
		w.Request(q)
	}
	for _, n := range s.nodes {
		w.Node(n)
	}
	for _, e := range s.edges {
		w.Edge(e)
	}
	if s.traces != nil {
		w.Traces(*s.traces)
	}
	if !s.cut {
		w.Event(record.Event{At: 100 * second, Kind: record.RunEnded})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// analyze writes the run, loads it and analyses it as one that has just ended.
func (s *script) analyze(t testing.TB, o Options) *Analysis {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	s.write(t, dir)
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Fresh = true
	a, err := Analyze(run, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// send adds a request that took so long, or failed with a cause after it.
func (s *script) send(entry string, at, took time.Duration, cause policy.Cause) {
	q := record.Request{
		Seq: uint64(len(s.requests)), Entry: entry, Intended: at, Sent: at + 100*time.Microsecond,
		Done: at + took, Status: 200, Cause: cause,
	}
	switch cause {
	case policy.OK:
	case policy.Unsent:
		q.Sent, q.Status = 0, 0
	default:
		q.Status = 503
	}
	s.requests = append(s.requests, q)
}

// steadyScript has one phase of the length, and no requests.
func steadyScript(length time.Duration) *script {
	return &script{id: record.Identity{
		Run: "t3st", Engine: record.Live, Backend: "process", Scenario: "test", Topology: "small", Entries: []string{"home"},
		Phases:      []record.Phase{{Name: "steady", For: record.Millis(length)}},
		Environment: record.Environment{OS: "linux", Cores: 2, Host: "same"},
		Generator:   record.Generator{MaxLateness: record.Millis(50 * milli)},
	}}
}

// fault adds a fault and its events.
func (s *script) fault(name string, from, to time.Duration) {
	s.id.Faults = append(s.id.Faults, record.Fault{Name: name, Kind: "kill", Target: "component payments",
		At: record.Millis(from), For: record.Millis(to - from)})
	s.events = append(s.events, record.Event{At: from, Kind: record.FaultBegan, Name: name},
		record.Event{At: to, Kind: record.FaultHealed, Name: name})
}

// outage is the demo's scenario on one of its two topologies, made up: 4 s of
// warm-up, 32 s of load, payments down from 12 s to 20 s.
func outage(topology string, seed uint64) *script {
	monolith := topology == "shop-monolith"
	s := &script{id: record.Identity{
		Run: "demo", Began: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Engine: record.Live, Backend: "process",
		Scenario: "payments-outage", Topology: topology, Application: "shop", Work: "x", Seed: seed,
		Command: []string{"windtunnel", "run", "payments-outage", "-t", topology}, Version: "0.1.0",
		Environment: record.Environment{OS: "linux", Arch: "amd64", Kernel: "6.1", Cores: 2, MemoryBytes: 24 << 30, Go: "go1.26", Host: "0123456789ab"},
		SpinPerMS:   1000, Entries: []string{"browse", "checkout"}, Mix: []record.MixShare{{Entry: "browse", Weight: 8}, {Entry: "checkout", Weight: 2}},
		Phases: []record.Phase{
			{Name: "warm-up", For: record.Millis(4 * second), Warmup: true, Load: "constant 20/s", Rate: 20},
			{Name: "steady", Begin: record.Millis(4 * second), For: record.Millis(32 * second), Load: "constant 20/s", Rate: 20},
		},
		Checks: []string{
			"total.errors.rate < 1% @before(payments-down)",
			"browse.errors.rate < 1% @during(payments-down)",
			"browse.latency.p95 < 150ms @during(payments-down)",
			"checkout.recovery.time <= 8s @after(payments-down)",
		},
		Generator: record.Generator{Timeout: record.Millis(30 * second), MaxLateness: record.Millis(50 * milli), MaxInFlight: 20000},
	}}
	s.fault("payments-down", 12*second, 20*second)
	if monolith {
		s.id.Nodes = []record.Node{{Name: "shop", Kind: "service", Hosts: []string{"catalog", "checkout", "payments"}, Replicas: 1, CPU: 1, Memory: 128 << 20}}
	} else {
		s.id.Nodes = []record.Node{
			{Name: "edge", Kind: "gateway", Replicas: 1},
			{Name: "catalog", Kind: "service", Hosts: []string{"catalog"}, Replicas: 2, CPU: 0.25, Memory: 32 << 20},
			{Name: "checkout", Kind: "service", Hosts: []string{"checkout"}, Replicas: 1, CPU: 0.25, Memory: 32 << 20},
			{Name: "payments", Kind: "service", Hosts: []string{"payments"}, Replicas: 1, CPU: 0.25, Memory: 32 << 20},
		}
		s.id.Edges = []record.Edge{{From: "edge", To: "catalog"}, {From: "edge", To: "checkout"},
			{From: "checkout", To: "payments", Policy: "timeout 300ms, 3 attempts, breaker at 50%"}}
		for _, e := range []record.Event{
			{At: 12600 * milli, From: "closed", To: "open", Reason: "5 of 10 failed"},
			{At: 17600 * milli, From: "open", To: "half-open"},
			{At: 17700 * milli, From: "half-open", To: "open"},
			{At: 22700 * milli, From: "open", To: "half-open"},
			{At: 22800 * milli, From: "half-open", To: "closed"},
		} {
			e.Kind, e.Node, e.Instance, e.Edge = record.BreakerState, "checkout", "checkout-1", "checkout>payments"
			s.events = append(s.events, e)
		}
	}
	s.outageRequests(monolith)
	s.outageSamples()
	return s
}

func (s *script) outageRequests(monolith bool) {
	for i := range 36 * 20 {
		at := time.Duration(i) * 50 * milli
		down := at >= 12*second && at < 20*second
		entry, took, cause := "browse", time.Duration(2000+i*37%900)*time.Microsecond, policy.OK
		if i%5 == 4 {
			entry, took = "checkout", time.Duration(20000+i*91%30000)*time.Microsecond
		}
		switch {
		case monolith && (down || at < 20500*milli && at >= 20*second):
			cause, took = policy.Refused, milli
		case !monolith && entry == "checkout" && down && at < 12600*milli:
			cause, took = policy.Timeout, 950*milli
		case !monolith && entry == "checkout" && at >= 12*second && at < 22700*milli:
			cause, took = policy.RejectedBreaker, 3*milli
		}
		s.send(entry, at, took, cause)
		q := &s.requests[len(s.requests)-1]
		q.Phase = "steady"
		if at < 4*second {
			q.Phase = "warm-up"
		}
		if !monolith {
			q.Calls, q.Attempts = 1, 1
			if entry == "checkout" {
				q.Calls, q.Attempts = 2, 2
			}
			if cause == policy.Timeout {
				q.Attempts = 4
			}
		}
	}
}

func (s *script) outageSamples() {
	for at := second; at <= 36*second; at += second {
		for _, n := range s.id.Nodes {
			down := (n.Name == "shop" || n.Name == "payments") && at > 12*second && at <= 20*second
			for i := range n.Replicas {
				if down {
					continue
				}
				s.nodes = append(s.nodes, record.NodeSample{
					At: at, Node: n.Name, Instance: n.Name + "-" + string(rune('1'+i)), CPU: 80 * milli, Interval: second,
					Memory: unit.Bytes(9+int64(i)) << 20, Served: 10,
				})
			}
		}
		for _, e := range s.id.Edges {
			s.edges = append(s.edges, record.EdgeSample{At: at, From: e.From, Instance: e.From + "-1", To: e.To,
				Calls: 10, Attempts: 11, Failed: 1, Latency: 33 * milli})
		}
		for node, cpu := range map[string]time.Duration{record.GeneratorNode: 30 * milli, record.HostNode: 900 * milli, record.StealNode: 10 * milli} {
			s.nodes = append(s.nodes, record.NodeSample{At: at, Node: node, CPU: cpu, Interval: second})
		}
	}
}

// fixtures are the two runs of the demo as record directories, for the goldens here and of package render.
var fixtures = map[string]string{
	"shop-monolith":      "testdata/monolith",
	"shop-microservices": "testdata/microservices",
}

// TestFixtures makes the run directories anew with -update.
func TestFixtures(t *testing.T) {
	for topology, dir := range fixtures {
		if *update {
			os.RemoveAll(dir)
			outage(topology, 7).write(t, dir)
		}
		run, err := record.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Analyze(run, Options{Fresh: true})
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := record.WriteResult(dir, &a.Result); err != nil {
				t.Fatal(err)
			}
		}
	}
}
