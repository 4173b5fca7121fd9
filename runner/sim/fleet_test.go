package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// scaled is a node of a kind and settings that works for a while, behind a
// gateway, and the phases of load on it.
func scaled(work, node, phases string) string {
	return fmt.Sprintf(`
application: a
components: {u: {operations: {run: [{wait: %s}]}}}
entries: {run: u.run}
---
topology: t
application: a
nodes: {door: {kind: gateway}, u: {%s, hosts: [u]}}
---
scenario: s
topology: t
phases: [%s]
`, work, node, phases)
}

// billed is a tally that keeps the invocations, too.
type billed struct {
	tally
	invocations []record.Invocation
}

func (b *billed) Invocation(i record.Invocation) { b.invocations = append(b.invocations, i) }

func simulateBilled(t *testing.T, text string) *billed {
	t.Helper()
	l, r := load(t, text)[0], &billed{tally: tally{byCause: map[policy.Cause]int{}}}
	if err := (&Engine{}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// count is how many events of u there are of a kind, with that reason where one is given.
func (t *tally) count(kind, reason string) int {
	n := 0
	for _, e := range t.events {
		if e.Node == "u" && e.Kind == kind && (reason == "" || e.Reason == reason) {
			n++
		}
	}
	return n
}

// TestNobodyRefusesForAService: while the burst rule binds, no more start than it
// gives, and what waits does so at the instances that there are; when the bucket
// has one again, another starts.
func TestNobodyRefusesForAService(t *testing.T) {
	r := simulateBilled(t, scaled("500ms", "kind: service, concurrency: 1, scaler: {lambda: {burst: 1, per: 5s, min: 1, max: 20, keep_alive: 1m}}",
		"{name: burst, for: 2s, load: {constant: 20/s}}, {name: idle, for: 5s, load: {constant: 0/s}}"))
	if r.requests != 40 || r.failed != 0 {
		t.Errorf("%d of %d failed", r.failed, r.requests)
	}
	var began []time.Duration
	for _, e := range r.events {
		if e.Node == "u" && e.Kind == record.InstanceStart {
			began = append(began, e.At)
		}
		if strings.Contains(e.Reason, "turned away") || strings.Contains(e.Reason, "refused") {
			t.Errorf("event %+v", e)
		}
	}
	// The sampler's first look is what finds the need, at 1 s.
	if len(began) < 3 || began[1] != time.Second || began[2] != 6*time.Second {
		t.Errorf("instances began at %v", began)
	}
}

// TestIdleInstancesOfAServiceEnd when they have idled for the keep-alive.
func TestIdleInstancesOfAServiceEnd(t *testing.T) {
	r := simulateBilled(t, scaled("500ms", "kind: service, concurrency: 1, scaler: {lambda: {keep_alive: 1s, min: 1, max: 20}}",
		"{name: burst, for: 4s, load: {constant: 20/s}}, {name: idle, for: 60s, load: {constant: 0/s}}, {name: last, for: 2s, load: {constant: 1/s}}"))
	started, retired := r.count(record.InstanceStart, ""), r.count(record.InstanceStop, record.Retired)
	if r.failed != 0 || started < 10 || retired != started-1 {
		t.Errorf("%d failed, %d instances started, of which %d retired", r.failed, started, retired)
	}
}

// TestTheFirstInstancesAreInitialised: those that stand before the run begins,
// provisioned or frozen, are told of and billed as those of a live run.
func TestTheFirstInstancesAreInitialised(t *testing.T) {
	const init = 100 * time.Millisecond
	for _, c := range []struct{ min, paused, inits int }{{2, 0, 2}, {0, 2, 2}, {2, 2, 2}, {0, 0, 2}} {
		r := simulateBilled(t, scaled("300ms", fmt.Sprintf("kind: function, init: [{wait: 40ms}, {parallel: [{wait: 60ms}, {wait: 10ms}]}], paused: %d, scaler: {lambda: {keep_alive: 60s, min: %d, max: 20}}", c.paused, c.min),
			"{name: quiet, for: 1s, load: {constant: 0/s}}, {name: busy, for: 2s, load: {constant: 4/s}}"))
		inits := 0
		for _, i := range r.invocations {
			if i.Init > 0 {
				inits++
			}
			if i.Init != 0 && i.Init != init {
				t.Errorf("%+v: an initialisation of %v", c, i.Init)
			}
		}
		if inits != c.inits {
			t.Errorf("%+v: %d initialisations billed", c, inits)
		}
		if n := r.count(record.InstanceStart, ""); n != max(c.inits, c.min)+c.paused {
			t.Errorf("%+v: %d instances started", c, n)
		}
		if first := r.count(record.InstancePaused, ""); first < c.paused {
			t.Errorf("%+v: %d paused", c, first)
		}
	}
}

// TestThrottled: CPU time under a quota is spent as fast as there are cores, and
// then waits for the next period.
func TestThrottled(t *testing.T) {
	var c Costs
	for _, one := range []struct {
		d     time.Duration
		cores float64
		want  time.Duration
	}{
		{0, 0.5, 0}, {70 * time.Millisecond, 0, 70 * time.Millisecond}, {70 * time.Millisecond, 2, 70 * time.Millisecond},
		{50 * time.Millisecond, 0.5, 50 * time.Millisecond}, {70 * time.Millisecond, 0.5, 120 * time.Millisecond},
		{120 * time.Millisecond, 0.5, 220 * time.Millisecond},
	} {
		if got := c.throttled(one.d, one.cores); (got - one.want).Abs() > time.Microsecond {
			t.Errorf("%v of %v cores take %v, want %v", one.d, one.cores, got, one.want)
		}
	}
}

// TestStartsAreCancelled: who is on its way when fewer are wanted never serves.
func TestStartsAreCancelled(t *testing.T) {
	r := simulateBilled(t, scaled("10ms", "kind: function, init: [{wait: 3s}], scaler: {schedule: [{at: 0s, count: 1}, {at: 1s, count: 5}, {at: 2s, count: 0}]}",
		"{name: quiet, for: 8s, load: {constant: 0/s}}"))
	if started, ready, cancelled := r.count(record.InstanceStart, ""), r.count(record.InstanceReady, ""), r.count(record.InstanceStop, "it never served"); started != 5 || ready != 1 || cancelled != 4 {
		t.Errorf("%d started, %d ready, %d cancelled", started, ready, cancelled)
	}
	if retired, scaled := r.count(record.InstanceStop, record.Retired), r.count(record.Scale, ""); retired != 1 || scaled != 3 {
		t.Errorf("%d retired, %d decisions", retired, scaled)
	}
}

// TestWhoLeavesACold: requests whose callers give up while an instance starts
// are told as such, and no request that its caller gave up for another reason.
func TestWhoLeavesACold(t *testing.T) {
	text := scaled("10ms", "kind: function, init: [{wait: 2s}], scaler: {lambda: {keep_alive: 1s, max: 1}}",
		"{name: p, for: 60s, load: {constant: 0.1/s}}")
	r := simulateBilled(t, strings.Replace(text, "nodes:", "edges: [{to: u, timeout: 500ms}]\nnodes:", 1))
	left := 0
	for _, i := range r.invocations {
		if i.Left {
			left++
		}
		if i.Left && (i.Instance != "" || i.Cold != 500*time.Millisecond || i.Cause != policy.Deadline) {
			t.Errorf("left: %+v", i)
		}
	}
	if left != r.requests || r.failed != r.requests || left != len(r.invocations) {
		t.Errorf("%d left of %d requests, of which %d failed; %d invocations", left, r.requests, r.failed, len(r.invocations))
	}
	// At max, those that wait do so for an instance that works.
	busy := scaled("1s", "kind: function, scaler: {lambda: {max: 1, min: 1}}", "{name: p, for: 3s, load: {constant: 3/s}}")
	r = simulateBilled(t, strings.Replace(busy, "nodes:", "edges: [{to: u, timeout: 500ms}]\nnodes:", 1))
	for _, i := range r.invocations {
		if i.Left {
			t.Errorf("left: %+v", i)
		}
	}
	if r.failed == 0 {
		t.Error("nobody gave up")
	}
}

// parallel is a service that asks three functions, and then one of them again.
const parallel = `
application: a
components:
  c: {operations: {place: [{parallel: [{call: i.run}, {call: p.run}, {call: q.run}]}, {call: r.run}]}}
  i: {operations: {run: [{wait: 1ms}]}}
  p: {operations: {run: [{wait: 1ms}]}}
  q: {operations: {run: [{wait: 1ms}]}}
  r: {operations: {run: [{wait: 1ms}]}}
entries: {place: c.place}
---
topology: t
application: a
nodes:
  c: {kind: service, hosts: [c]}
  i: {kind: function, hosts: [i], init: [{wait: 100ms}]}
  p: {kind: function, hosts: [p], init: [{wait: 200ms}]}
  q: {kind: function, hosts: [q], init: [{wait: 200ms}]}
  r: {kind: function, hosts: [r], init: [{wait: 50ms}]}
---
scenario: s
topology: t
phases: [{name: p, for: 3s, load: {constant: 1/s}}]
`

// TestColdWaitsAtOnceAreNoSum: a request that waited for several instances at once
// waited for the longest of them, and for those that came after.
func TestColdWaitsAtOnceAreNoSum(t *testing.T) {
	var cold []time.Duration
	l := load(t, parallel)[0]
	r := &askers{tally: tally{byCause: map[policy.Cause]int{}}}
	if err := (&Engine{}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	for _, q := range r.requests {
		if q.Cold > q.Latency() {
			t.Errorf("waited %v of %v", q.Cold, q.Latency())
		}
		cold = append(cold, q.Cold)
	}
	if len(cold) != 3 || cold[0] != 250*time.Millisecond || cold[1]+cold[2] != 0 {
		t.Errorf("waits %v", cold)
	}
}

// askers is a tally that keeps the requests, too.
type askers struct {
	tally
	requests []record.Request
}

func (a *askers) Request(r record.Request) { a.requests = append(a.requests, r) }
