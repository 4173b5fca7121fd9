package live

import (
	"context"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// faulted is a scenario of three seconds at 100 requests a second with one
// fault from the first second on.
func faulted(f fault.Fault, length time.Duration) *scenarios.Scenario {
	s := scenario(3*time.Second, &arrival.Constant{PerSecond: 100})
	s.Generator.Timeout = 5 * time.Second
	s.Faults = []scenarios.FaultPlan{{Name: "trouble", At: time.Second, For: length, Fault: f}}
	return s
}

var quick = work.Step{Kind: work.Wait, For: work.ConstantOf(2 * time.Millisecond)}

// between returns the requests that were meant to be sent in a span, and were, with
// a margin on both sides in which either outcome is right.
func between(requests []record.Request, from, to time.Duration) []record.Request {
	const margin = 60 * time.Millisecond
	var found []record.Request
	for _, r := range requests {
		if r.Intended >= from+margin && r.Sent < to-margin {
			found = append(found, r)
		}
	}
	return found
}

func count(requests []record.Request, c policy.Cause) int {
	n := 0
	for _, r := range requests {
		if r.Cause == c {
			n++
		}
	}
	return n
}

// instants returns when the fault began and was healed.
func instants(t *testing.T, m *memory) (begun, healed time.Duration) {
	t.Helper()
	began, heals := m.eventsOf(record.FaultBegan), m.eventsOf(record.FaultHealed)
	if len(began) != 1 || len(heals) != 1 {
		t.Fatalf("%d faults begun, %d healed; want one each", len(began), len(heals))
	}
	return began[0].At, heals[0].At
}

func TestKillHoldsDownUntilTheHeal(t *testing.T) {
	m, err := carryOut(t, context.Background(), faulted(&fault.Kill{Target: fault.Target{Component: "unit"}}, time.Second), one(64, 1000, true, quick), 1)
	if err != nil {
		t.Fatal(err)
	}
	requests := m.bySeq()
	_, healed := instants(t, m)
	stopped := m.eventsOf(record.InstanceStop)
	if len(stopped) == 0 {
		t.Fatal("nothing was killed")
	}
	// The fault is told before it is done, and on a busy machine that takes a while.
	if down := between(requests, stopped[0].At, healed); count(down, policy.Refused) != len(down) || len(down) == 0 {
		t.Errorf("while killed %d of %d requests were refused, want all", count(down, policy.Refused), len(down))
	}
	ready := m.eventsOf(record.InstanceReady)
	if len(ready) != 2 || ready[1].At < healed {
		t.Fatalf("ready: %+v; want a second instance, after the heal at %v", ready, healed)
	}
	if up := between(requests, ready[1].At, 3*time.Second); count(up, policy.OK) != len(up) || len(up) == 0 {
		t.Errorf("after the replacement %d of %d requests succeeded, want all", count(up, policy.OK), len(up))
	}
}

func TestKillWithoutLengthIsReplacedAtOnce(t *testing.T) {
	m, err := carryOut(t, context.Background(), faulted(&fault.Kill{Target: fault.Target{Component: "unit"}}, 0), one(64, 1000, true, quick), 1)
	if err != nil {
		t.Fatal(err)
	}
	begun, healed := instants(t, m)
	if heal := m.eventsOf(record.FaultHealed)[0]; healed > begun+500*time.Millisecond || heal.Reason != runner.Replaced {
		t.Errorf("begun at %v, healed at %v, %q: a kill that holds nothing down is over at once", begun, healed, heal.Reason)
	}
	ready := m.eventsOf(record.InstanceReady)
	if len(ready) != 2 {
		t.Fatalf("%d instances were ready in all, want the first and its replacement", len(ready))
	}
	if took := ready[1].At - begun; took > time.Second {
		t.Errorf("the replacement took %v", took)
	}
	stops := map[string]int{}
	for _, e := range m.eventsOf(record.InstanceStop) {
		stops[e.Instance]++
	}
	for _, e := range m.eventsOf(record.InstanceStart) {
		if stops[e.Instance] != 1 {
			t.Errorf("%s stopped %d times; what was started is stopped once, at the run's end too", e.Instance, stops[e.Instance])
		}
	}
}

// TestFaultOnOneInstance: the others do as before, and what replaces it has it too.
func TestFaultOnOneInstance(t *testing.T) {
	graph := one(64, 1000, true, quick)
	graph.Topology.Nodes[0].Replicas = 3
	s := faulted(&fault.Fail{Target: fault.Target{Node: "unit"}, Instance: 2, Share: 1}, time.Second)
	s.Faults = append(s.Faults, scenarios.FaultPlan{Name: "crash", At: 1300 * time.Millisecond,
		Fault: &fault.Kill{Target: fault.Target{Node: "unit"}}})
	m, err := carryOut(t, context.Background(), s, graph, 1)
	if err != nil {
		t.Fatal(err)
	}
	hit := map[string]int{}
	for _, e := range m.eventsOf(record.EffectState) {
		hit[e.Instance]++
	}
	if len(hit) != 2 || hit["unit-2"] != 1 {
		t.Errorf("effects began and were healed on %v; want on the second instance and on the one that replaced it", hit)
	}
	requests := m.bySeq()
	if failed := count(requests, policy.Declared); failed == 0 || failed > len(requests)/3 {
		t.Errorf("%d of %d requests failed as declared; want a third of a third", failed, len(requests))
	}
}

func TestPauseFreezesAndThaws(t *testing.T) {
	m, err := carryOut(t, context.Background(), faulted(&fault.Pause{Target: fault.Target{Node: "unit"}}, 500*time.Millisecond), one(64, 1000, true, quick), 1)
	if err != nil {
		t.Fatal(err)
	}
	requests := m.bySeq()
	begun, healed := instants(t, m)
	if failed := len(requests) - count(requests, policy.OK); failed != 0 {
		t.Errorf("%d requests failed; a pause of half a second only delays", failed)
	}
	for _, r := range between(requests, begun, healed) {
		if r.Done < healed-10*time.Millisecond {
			t.Errorf("request %d, intended at %v, was answered at %v, while the node was frozen until %v", r.Seq, r.Intended, r.Done, healed)
		}
	}
}

// One of three that is frozen holds a third of the requests up, and the others
// do as before.
func TestPauseOfOneInstance(t *testing.T) {
	graph := one(64, 1000, true, quick)
	graph.Topology.Nodes[0].Replicas = 3
	m, err := carryOut(t, context.Background(), faulted(&fault.Pause{Target: fault.Target{Node: "unit"}, Instance: 2}, time.Second), graph, 1)
	if err != nil {
		t.Fatal(err)
	}
	requests := m.bySeq()
	if failed := len(requests) - count(requests, policy.OK); failed != 0 {
		t.Errorf("%d requests failed; a pause of a second only delays", failed)
	}
	begun, healed := instants(t, m)
	held, all := 0, between(requests, begun, healed)
	for _, r := range all {
		if r.Done >= healed-10*time.Millisecond {
			held++
		}
	}
	if held == 0 || 2*held > len(all) {
		t.Errorf("%d of %d requests waited for the heal; want a third", held, len(all))
	}
}

func TestDelayAndFailAreWhatTheyDeclare(t *testing.T) {
	const delay = 80 * time.Millisecond
	m, err := carryOut(t, context.Background(), faulted(&fault.Delay{Target: fault.Target{Component: "unit"}, By: work.ConstantOf(delay)}, time.Second), one(64, 1000, true, quick), 1)
	if err != nil {
		t.Fatal(err)
	}
	begun, healed := instants(t, m)
	for _, r := range between(m.bySeq(), begun, healed) {
		if r.Latency() < delay {
			t.Errorf("request %d took %v during a delay of %v", r.Seq, r.Latency(), delay)
		}
	}
	for _, r := range between(m.bySeq(), healed, 3*time.Second) {
		if r.Latency() > 2*delay {
			t.Errorf("request %d took %v after the delay was healed", r.Seq, r.Latency())
		}
	}
	m, err = carryOut(t, context.Background(), faulted(&fault.Fail{Target: fault.Target{Component: "unit"}, Share: unit.Share(0.5)}, time.Second), one(64, 1000, true, quick), 1)
	if err != nil {
		t.Fatal(err)
	}
	begun, healed = instants(t, m)
	during := between(m.bySeq(), begun, healed)
	// 88 draws at a half: 24 is more than five standard deviations.
	if failed := count(during, policy.Declared); failed < len(during)/2-24 || failed > len(during)/2+24 {
		t.Errorf("%d of %d requests failed during a fault of half", failed, len(during))
	}
}

func TestFaultThatDoesNotApplyIsReported(t *testing.T) {
	s := faulted(&fault.Kill{Target: fault.Target{Node: "gateway"}}, time.Second)
	m, err := carryOut(t, context.Background(), s, one(64, 1000, true, quick), 1)
	if err != nil {
		t.Fatal(err)
	}
	if skipped := m.eventsOf(record.FaultSkipped); len(skipped) != 1 || skipped[0].Reason == "" {
		t.Errorf("skipped: %+v; want the one fault with a reason", skipped)
	}
}

func TestInterruptHealsAndRemoves(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := faulted(&fault.Pause{Target: fault.Target{Node: "unit"}}, 2*time.Second)
	p := &interrupter{at: record.FaultBegan, stop: cancel}
	m, err := carryOutWith(t, ctx, s, one(64, 1000, true, quick), 1, p)
	if err == nil || ctx.Err() == nil {
		t.Fatalf("an interrupted run returned %v", err)
	}
	if heals := m.eventsOf(record.FaultHealed); len(heals) != 1 {
		t.Errorf("%d faults healed, want the one that was in force", len(heals))
	}
}

// interrupter cancels a run when an event of a kind comes.
type interrupter struct {
	at   string
	stop context.CancelFunc
}

func (i *interrupter) Deploying(int, int, []string) {}
func (i *interrupter) Began(time.Duration)          {}
func (i *interrupter) Event(e record.Event) {
	if e.Kind == i.at {
		i.stop()
	}
}
