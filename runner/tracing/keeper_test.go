package tracing

import (
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

const ms = time.Millisecond

// plan has a gateway before a service, which calls another, a function behind
// its front, and a user's own system.
func plan(s scenarios.Traces) *runner.Plan {
	node := func(name, kind string, spec any) *topologies.Node {
		return &topologies.Node{Name: name, Kind: kind, Spec: spec}
	}
	return &runner.Plan{Seed: 1, Scenario: &scenarios.Scenario{Traces: s, Phases: []scenarios.Phase{{Name: "warm", Warmup: true}, {Name: "steady"}}},
		Graph: &topologies.Graph{
			Entries: []topologies.EntryPoint{{Name: "buy", Node: "door"}, {Name: "look", Node: "door"}},
			Topology: &topologies.Topology{Nodes: []*topologies.Node{
				node("door", "gateway", &topologies.Gateway{}), node("shop", "service", &topologies.Service{}), node("bank", "service", &topologies.Service{}),
				node("fn-front", "front", &topologies.Front{Function: "fn"}), node("fn", "function", &topologies.Function{}),
				node("own", "external", &topologies.External{})}}}}
}

// offer offers a request that began at its number in milliseconds.
func offer(k *Keeper, seq uint64, entry, phase string, took time.Duration, cause policy.Cause) *Log {
	at := time.Duration(seq) * ms
	return k.Offer(k.Entry(entry), &record.Request{Seq: seq, Entry: entry, Phase: phase, Intended: at, Sent: at, Done: at + took, Cause: cause},
		work.Root(1).Child(seq), &Log{})
}

func reasons(t record.Traces) map[string]int {
	n := map[string]int{}
	for _, one := range t.Kept {
		n[one.Reason]++
	}
	return n
}

func TestNothingIsTraced(t *testing.T) {
	if New(plan(scenarios.Traces{Sample: 1})) != nil {
		t.Error("a limit of 0 keeps something")
	}
}

func TestTheSlowestOfEachEntryAreKept(t *testing.T) {
	k := New(plan(scenarios.Traces{Limit: 8}))
	for i := range uint64(100) {
		offer(k, 2*i, "buy", "steady", time.Duration(100+i)*ms, policy.OK)
		offer(k, 2*i+1, "look", "steady", time.Duration(i+1)*ms, policy.OK)
		offer(k, 1000+i, "look", "warm", time.Hour, policy.OK)
		offer(k, 2000+i, "look", "steady", time.Hour, policy.Unsent)
	}
	all := k.Traces()
	if len(all.Kept) != 4 || all.Counts.Requests != 300 || all.Counts.Sampled != 0 {
		t.Fatalf("%d kept of %+v", len(all.Kept), all.Counts)
	}
	for _, one := range all.Kept {
		least := map[string]time.Duration{"buy": 198 * ms, "look": 99 * ms}[one.Entry]
		if took := one.Spans[0].Duration(); took < least || one.Reason != record.TraceSlow || one.Phase != "steady" {
			t.Errorf("kept a %s of %v in %s as %s", one.Entry, took, one.Phase, one.Reason)
		}
	}
}

func TestSlowIsWhatTheScenarioSays(t *testing.T) {
	k := New(plan(scenarios.Traces{Limit: 100, Slow: 50 * ms}))
	for i := range uint64(60) {
		offer(k, i, "buy", "steady", time.Duration(i)*ms, policy.OK)
	}
	if all := k.Traces(); len(all.Kept) != 10 || all.Counts.Slow != 10 {
		t.Errorf("%d kept, %d were slow", len(all.Kept), all.Counts.Slow)
	}
}

// Failures of every cause are kept, however seldom it is, and all are counted.
func TestFailuresOfEveryCauseAreKept(t *testing.T) {
	k := New(plan(scenarios.Traces{Limit: 40}))
	for i := range uint64(1000) {
		offer(k, i, "buy", "steady", ms, policy.Refused)
	}
	offer(k, 1000, "buy", "steady", ms, policy.Timeout)
	offer(k, 1001, "look", "warm", ms, policy.Reset)
	all := k.Traces()
	causes := map[policy.Cause]int{}
	for _, one := range all.Kept {
		causes[one.Spans[0].Cause]++
	}
	if causes[policy.Refused] != 8 || causes[policy.Timeout] != 1 || causes[policy.Reset] != 1 || all.Counts.Failed != 1002 {
		t.Errorf("kept %v of %d", causes, all.Counts.Failed)
	}
}

// The sample hangs on the identity alone, and holds about its share.
func TestSample(t *testing.T) {
	drawn := map[uint64]bool{}
	for pass := range 2 {
		k := New(plan(scenarios.Traces{Limit: 10000, Sample: unit.Share(0.1), Slow: time.Hour}))
		for i := range uint64(10000) {
			seq := i
			if pass == 1 {
				seq = 9999 - i // in another order
			}
			offer(k, seq, "buy", "steady", ms, policy.OK)
		}
		all := k.Traces()
		if n := len(all.Kept); n < 900 || n > 1100 || uint64(n) != all.Counts.Sampled {
			t.Errorf("%d of 10,000 drawn, %d counted", n, all.Counts.Sampled)
		}
		for _, one := range all.Kept {
			if pass == 1 && !drawn[one.Seq] {
				t.Errorf("request %d is drawn in one order and not in the other", one.Seq)
			}
			drawn[one.Seq] = true
		}
	}
}

// Who gives way among the slowest is kept all the same where the sample has drawn it.
func TestWhoIsDrawnStays(t *testing.T) {
	k := New(plan(scenarios.Traces{Limit: 4, Sample: 1}))
	for i := range uint64(3) {
		if free := offer(k, i, "buy", "steady", time.Duration(i+1)*ms, policy.OK); free != nil {
			t.Errorf("request %d lets go of %v", i, free)
		}
	}
	if got := reasons(k.Traces()); got[record.TraceSlow] != 2 || got[record.TraceSampled] != 1 {
		t.Errorf("kept %v", got)
	}
}

// What is let go of is told: the log that was given, or that of who had to go.
func TestWhoHasToGo(t *testing.T) {
	k := New(plan(scenarios.Traces{Limit: 2}))
	at := record.Request{Entry: "buy", Phase: "steady"}
	first, second, third := &Log{}, &Log{}, &Log{}
	at.Done = 2 * ms
	if free := k.Offer(k.Entry("buy"), &at, 1, first); free != nil {
		t.Error("the first has no room")
	}
	at.Done = ms
	if free := k.Offer(k.Entry("buy"), &at, 2, second); free != second {
		t.Error("a faster one is kept")
	}
	at.Done = 3 * ms
	if free := k.Offer(k.Entry("buy"), &at, 3, third); free != first || first.Root != 1 {
		t.Error("a slower one does not take its place")
	}
}

func TestLogIsBounded(t *testing.T) {
	l := &Log{}
	for range MaxSpans + 5 {
		*l.Next(&Place{}) = wire.Span{Kind: wire.ServeSpan}
	}
	if len(l.Spans) != MaxSpans || !l.Cut {
		t.Errorf("%d spans, cut: %v", len(l.Spans), l.Cut)
	}
}
