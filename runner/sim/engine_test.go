package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

func plan(l scenarios.Loaded) *runner.Plan { return runner.NewPlan("x", l.Scenario, l.Graph, 1, 1) }

// A system of the user's own does what nobody knows: the plan is refused, and
// the message names the node.
func TestOwnNodesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"sut is external": `
topology: x
sut: {kind: external, url: "http://127.0.0.1:9", entries: {home: GET /}}
---
scenario: x
topology: x
phases: [{name: p, for: 1s, load: {constant: 1/s}}]
`,
		"bank is container": `
application: x
components: {a: {operations: {go: [{call: b.go}]}}, b: {operations: {go: []}}}
entries: {go: a.go}
---
topology: x
application: x
nodes:
  front: {kind: service, hosts: [a]}
  bank:  {kind: container, hosts: [b], command: [sleep, "1"], port: 80}
---
scenario: x
topology: x
phases: [{name: p, for: 1s, load: {constant: 1/s}}]
`,
	} {
		err := (&Engine{}).Run(context.Background(), plan(load(t, text)[0]), &counting{})
		var environment *runner.EnvironmentError
		if !errors.As(err, &environment) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "of the user's own") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run that is cut short ends at once, with ctx's error, and leaves no
// goroutine behind.
func TestCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	l := load(t, strings.Replace(mm1, "20000s", "900h", 1))[0]
	r := &cancelling{cancel: cancel}
	if err := (&Engine{}).Run(ctx, plan(l), r); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	if took := time.Since(r.at); took > 2*time.Second {
		t.Errorf("it took %v to end", took)
	}
	for n := 0; runtime.NumGoroutine() > before; n++ {
		if runtime.Gosched(); n == 1_000_000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// cancelling is a recorder that ends the run after a thousand requests.
type cancelling struct {
	counting
	cancel context.CancelFunc
	at     time.Time
}

func (c *cancelling) Request(r record.Request) {
	if c.counting.Request(r); c.requests == 1000 {
		c.at = time.Now()
		c.cancel()
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := &counting{}
	if err := (&Engine{}).Run(ctx, plan(load(t, mm1)[0]), r); !errors.Is(err, context.Canceled) || r.requests > 0 {
		t.Errorf("it ends with %v, after %d requests", err, r.requests)
	}
}

// What is in force when a run is cut short is healed in the record.
func TestCancelHeals(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	l := load(t, strings.Replace(mm1, "phases:", "faults: [{name: stall, at: 1s, delay: {node: q, by: 1ms}}]\nphases:", 1))[0]
	r := &cancellingTally{tally: tally{byCause: map[policy.Cause]int{}}, cancel: cancel}
	if err := (&Engine{}).Run(ctx, plan(l), r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	last := r.events[len(r.events)-1]
	for _, e := range r.events {
		if e.Kind == record.FaultHealed {
			last = e
		}
	}
	if last.Kind != record.FaultHealed || last.Reason != "end of the run" {
		t.Errorf("the last of the fault is %+v", last)
	}
}

type cancellingTally struct {
	tally
	cancel context.CancelFunc
}

func (c *cancellingTally) Request(r record.Request) {
	if c.tally.Request(r); c.requests == 1000 {
		c.cancel()
	}
}

// series is a recorder that keeps the samples.
type series struct {
	tally
	nodes []record.NodeSample
	edges []record.EdgeSample
}

func (s *series) Node(n record.NodeSample) { s.nodes = append(s.nodes, n) }
func (s *series) Edge(e record.EdgeSample) { s.edges = append(s.edges, e) }

// Samples come once a second of virtual time, and one for the rest at the end;
// together they are all that happened.
func TestSamples(t *testing.T) {
	l := load(t, `
application: x
components: {a: {operations: {go: [{compute: 2ms}, {call: b.go}]}}, b: {operations: {go: [{wait: 10ms}, {fail: 50%}]}}}
entries: {go: a.go}
---
topology: x
application: x
nodes: {a: {kind: service, hosts: [a]}, b: {kind: service, hosts: [b], replicas: 2}}
---
scenario: x
topology: x
phases: [{name: p, for: 3500ms, load: {constant: 100/s}}]
`)[0]
	r := &series{tally: tally{byCause: map[policy.Cause]int{}}}
	if err := (&Engine{}).Run(context.Background(), plan(l), r); err != nil {
		t.Fatal(err)
	}
	var served, failed, count uint64
	var cpu, service time.Duration
	at := map[time.Duration]int{}
	for _, s := range r.nodes {
		at[s.At]++
		if s.At%time.Second == 0 && s.Interval != time.Second {
			t.Errorf("at %v a sample of %v", s.At, s.Interval)
		}
		if s.Node == "b" {
			served, failed = served+s.Served, failed+s.Failed
			count, service = count+s.Operations[0].Count, service+s.Operations[0].Service
		}
		cpu += s.CPU
	}
	if len(at) != 4 || at[time.Second] != 3 || at[3*time.Second] != 3 {
		t.Errorf("samples at %v: four times three instances", at)
	}
	if served+failed != 350 || count != 350 || failed != uint64(r.failed) || service != 3500*time.Millisecond {
		t.Errorf("b served %d and failed %d of 350 in %v; the outside saw %d fail", served, failed, service, r.failed)
	}
	if off := cpu - 700*time.Millisecond; off < -time.Microsecond || off > time.Microsecond {
		t.Errorf("%v of CPU for 350 times 2ms", cpu)
	}
	calls := uint64(0)
	for _, e := range r.edges {
		calls += e.Calls
	}
	if calls != 350 {
		t.Errorf("%d calls on the edge", calls)
	}
}

// The laws catch an engine that loses a request, counts one twice, or mistakes
// its time.
func TestLawsAreBroken(t *testing.T) {
	lawful := func() *world {
		w := &world{offered: 3, ended: 3}
		w.load.area, w.load.sojourns = 5000, 5000
		return w
	}
	if err := lawful().lawful(); err != nil {
		t.Error(err)
	}
	for name, broken := range map[string]func(*world){
		"3 requests offered, 2 recorded": func(w *world) { w.ended = 2 },
		"3 requests offered, 4 recorded": func(w *world) { w.ended = 4 },
		"in flight after the end":        func(w *world) { w.load.inFlight = 1 },
		"law of Little":                  func(w *world) { w.load.area++ },
		"5.001µs spent by the requests":  func(w *world) { w.load.sojourns++ },
	} {
		w := lawful()
		broken(w)
		if err := w.lawful(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run of which the world goes wrong does not pass: here a request is recorded
// by nobody, as its timeout has come and nothing else.
func TestLawsAreAskedOfRuns(t *testing.T) {
	l := load(t, mm1)[0]
	l.Scenario.Phases[0].For = time.Second
	w, err := newWorld(plan(l), Costs{}, &counting{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.load.stop()
	w.schedule()
	if err := w.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := w.lawful(); err != nil {
		t.Error(err)
	}
	w.load.change(w, 1)
	w.now = w.now.Add(time.Second)
	w.load.change(w, -1)
	if err := w.lawful(); err == nil || !strings.Contains(err.Error(), "the law of Little is broken") {
		t.Errorf("a second that nobody spent: %v", err)
	}
}

// Users who think for no time and are refused in none do not ask without end.
func TestHastyUsers(t *testing.T) {
	l := load(t, `
application: x
components: {a: {operations: {go: []}}}
entries: {go: a.go}
---
topology: x
application: x
nodes: {a: {kind: service, hosts: [a]}}
---
scenario: x
topology: x
phases: [{name: p, for: 2s, load: {closed: 3}}]
faults: [{name: down, at: 500ms, for: 500ms, kill: {node: a}}]
`)[0]
	r := simulate(t, l, Costs{}, 1)
	if want := 3 * int(2*time.Second/haste); r.requests != want || r.byCause[policy.Refused] != want/4 {
		t.Errorf("%d requests, %d refused: not %d and a quarter of them", r.requests, r.byCause[policy.Refused], want)
	}
}

// A long queue of what takes no time is worked off one after the other, and
// not one within the other: stacks have an end.
func TestQueueOfNoWork(t *testing.T) {
	l := load(t, `
application: x
components: {a: {operations: {slow: [{wait: 10s}], quick: []}}}
entries: {slow: a.slow, quick: a.quick}
---
topology: x
application: x
nodes: {a: {kind: service, hosts: [a], concurrency: 1, queue: 1000000}}
---
scenario: x
topology: x
mix: {slow: 1, quick: 999999}
phases: [{name: p, for: 3s, load: {constant: 100000/s}}]
faults: [{name: stall, at: 0s, for: 3s, pause: {node: a}}]
generator: {max_in_flight: 1000000}
`)[0]
	r := simulate(t, l, Costs{}, 1)
	if r.requests != 300_000 || r.failed != 0 {
		t.Errorf("%d requests, %d failed", r.requests, r.failed)
	}
}

// Two services that wait for each other, all workers taken, do not end by
// themselves. The run does, and the record says why: timeouts.
func TestCircle(t *testing.T) {
	l := load(t, `
application: x
components:
  a: {operations: {go: [{wait: 5ms}, {call: b.go}], back: [{wait: 1ms}]}}
  b: {operations: {go: [{wait: 5ms}, {call: a.back}]}}
entries: {go: a.go}
---
topology: x
application: x
nodes:
  a: {kind: service, hosts: [a], concurrency: 1}
  b: {kind: service, hosts: [b], concurrency: 1}
---
scenario: x
topology: x
phases: [{name: p, for: 2s, load: {constant: 20/s}}]
generator: {timeout: 3s}
`)[0]
	r := simulate(t, l, Costs{}, 1)
	if r.requests != 40 || r.byCause[policy.Timeout] != 40 {
		t.Errorf("%d requests: %v", r.requests, r.byCause)
	}
}

// A path tells all nodes, however many the topology has.
func TestManyNodes(t *testing.T) {
	const nodes = 400
	var components, hosts strings.Builder
	for i := range nodes {
		call := fmt.Sprintf("{call: c%d.go}", i+1)
		if i%100 == 99 { // rings of a hundred, of which the last is asked for
			call = ""
		}
		fmt.Fprintf(&components, "  c%d: {operations: {go: [%s]}}\n", i, call)
		fmt.Fprintf(&hosts, "  n%d: {kind: service, hosts: [c%d]}\n", i, i)
	}
	l := load(t, fmt.Sprintf(`
application: x
components:
%sentries: {first: c0.go, last: c390.go}
---
topology: x
application: x
nodes:
%s---
scenario: x
topology: x
phases: [{name: p, for: 1s, load: {constant: 20/s}}]
`, &components, &hosts))[0]
	r := &paths400{seen: map[string]string{}}
	if err := (&Engine{}).Run(context.Background(), plan(l), r); err != nil {
		t.Fatal(err)
	}
	if want := "n390>n391>n392>n393>n394>n395>n396>n397>n398>n399"; r.seen["last"] != want {
		t.Errorf("the last came by %q", r.seen["last"])
	}
	if p := r.seen["first"]; !strings.HasPrefix(p, "n0>n1>n2>") || len(p) > 256 || len(p) < 250 {
		t.Errorf("the first came by %q", p)
	}
}

type paths400 struct {
	counting
	seen map[string]string
}

func (p *paths400) Request(r record.Request) { p.seen[r.Entry] = r.Path }

// The payments outage of the catalogue tells its story in either topology, with
// costs and without.
func TestPaymentsOutage(t *testing.T) {
	for name, c := range map[string]Costs{"no costs": {}, "costs": {Cores: 2, Hop: work.ConstantOf(60 * time.Microsecond),
		EntryHop: work.ConstantOf(60 * time.Microsecond), Start: work.ConstantOf(20 * time.Millisecond)}} {
		for topology, one := range outage(t) {
			t.Run(topology+", "+name, func(t *testing.T) { story(t, one, c, topology == "shop-monolith") })
		}
	}
}

func outage(t *testing.T) map[string]scenarios.Loaded {
	t.Helper()
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"payments-outage"}, Topologies: []string{"shop-monolith", "shop-microservices"}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	by := map[string]scenarios.Loaded{}
	for _, l := range loaded {
		by[l.Graph.Topology.Name] = l
	}
	return by
}

func story(t *testing.T, l scenarios.Loaded, c Costs, monolith bool) {
	r := &during{tally: tally{byCause: map[policy.Cause]int{}}, from: 12 * time.Second, to: 20 * time.Second, failed: map[string]int{}, all: map[string]int{}}
	if err := (&Engine{Costs: c}).Run(context.Background(), plan(l), r); err != nil {
		t.Fatal(err)
	}
	browse := float64(r.failed["browse"]) / float64(r.all["browse"])
	checkout := float64(r.failed["checkout"]) / float64(r.all["checkout"])
	opened, closed, before := 0, 0, 0
	for _, e := range r.events {
		switch {
		case e.Kind == record.BreakerState && e.To == policy.Open:
			opened++
		case e.Kind == record.BreakerState && e.To == policy.Closed:
			closed++
		}
		if e.Kind == record.BreakerState && e.At < r.from {
			before++
		}
	}
	if monolith {
		if browse != 1 || checkout != 1 || opened > 0 {
			t.Errorf("while the shop is down %.0f%% of the browsing and %.0f%% of the checkouts fail", 100*browse, 100*checkout)
		}
		return
	}
	if browse != 0 || checkout < 0.95 || opened == 0 || closed == 0 || before > 0 {
		t.Errorf("while payments are down %.0f%% of the browsing and %.0f%% of the checkouts fail; breakers open %d times, %d of it before, and close %d times",
			100*browse, 100*checkout, opened, before, closed)
	}
	if others := r.tally.failed - r.failed["checkout"]; others > r.requests/50 {
		t.Errorf("%d of %d requests failed at other times", others, r.requests)
	}
}

// during counts the requests of a while by entry.
type during struct {
	tally
	from, to    time.Duration
	all, failed map[string]int
}

func (d *during) Request(r record.Request) {
	d.tally.Request(r)
	if r.Intended < d.from || r.Intended >= d.to {
		return
	}
	d.all[r.Entry]++
	if r.Cause != policy.OK {
		d.failed[r.Entry]++
	}
}
