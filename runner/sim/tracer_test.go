package sim

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
)

// tracesOf runs a document and returns its traces.
func tracesOf(t *testing.T, text string, c Costs) record.Traces {
	t.Helper()
	l := load(t, text)[0]
	r := &recording{}
	if err := (&Engine{Costs: c}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	return r.traces
}

// parts counts the spans of each part.
func parts(t record.Traces) map[record.Part]int {
	n := map[record.Part]int{}
	for _, one := range t.Kept {
		for _, s := range one.Spans {
			n[s.Part]++
		}
	}
	return n
}

const tracedCalls = `
application: a
components:
  front: {operations: {ask: [{wait: 1ms}, {call: back.work}, {call: front.tell}], tell: [{wait: 2ms}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 10ms}}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front]}
  back:  {kind: service, hosts: [back], replicas: 2, concurrency: 1, queue: 3}
edges:
  - {to: back, EDGE}
---
scenario: s
topology: t
traces: TRACES
phases: [{name: steady, for: 3s, load: {poisson: 120/s}}]
FAULTS
`

func tracedDocument(edge, traces, faults string) string {
	return strings.NewReplacer("EDGE", edge, "TRACES", traces, "FAULTS", faults).Replace(tracedCalls)
}

func TestTracesOfRetriesAndHedges(t *testing.T) {
	all := tracesOf(t, tracedDocument("timeout: 25ms, retry: {attempts: 3, backoff: {base: 5ms}}, hedge: {after: 12ms, budget: 100%}", "{limit: 2000, sample: 100%}", ""), Costs{})
	n := parts(all)
	for _, part := range []record.Part{record.PartRequest, record.PartServe, record.PartQueue, record.PartWork, record.PartCall, record.PartAttempt, record.PartBackoff} {
		if n[part] == 0 {
			t.Errorf("there is no span of part %s: %v", part, n)
		}
	}
	hedges, lost, timeouts := 0, 0, 0
	for _, one := range all.Kept {
		for _, s := range one.Spans {
			if s.Hedge {
				hedges++
			}
			if s.Lost {
				lost++
			}
			if s.Part == record.PartAttempt && s.Cause == policy.Timeout {
				timeouts++
			}
			if s.Part == record.PartWork && s.Name == "front.tell" && s.Duration() != 2*time.Millisecond {
				t.Errorf("an operation of 2 ms lasts %v", s.Duration())
			}
		}
	}
	if hedges == 0 || lost == 0 || timeouts == 0 {
		t.Errorf("%d hedges, %d lost, %d timeouts", hedges, lost, timeouts)
	}
}

// A killed instance leaves partial traces, and those of whom it did not touch are whole.
func TestTracesOfTheKilled(t *testing.T) {
	all := tracesOf(t, tracedDocument("timeout: 1s", "{limit: 2000, sample: 100%}", "faults: [{name: down, at: 1s, for: 500ms, kill: {component: back}}]"), Costs{})
	partial := 0
	for _, one := range all.Kept {
		if !one.Partial {
			continue
		}
		partial++
		if !slices.ContainsFunc(one.Spans, func(s record.Span) bool { return s.Missing && s.To == "back" && s.Cause == policy.Reset }) {
			t.Errorf("trace %d is partial, and nothing of it is missing", one.Seq)
		}
	}
	if partial == 0 || partial > 20 {
		t.Errorf("%d of %d are partial", partial, len(all.Kept))
	}
}

// What is traced changes nothing of the run, and nothing is where it is off.
func TestTracesChangeNothing(t *testing.T) {
	run := func(traces string) *recording {
		l := load(t, tracedDocument("timeout: 25ms, retry: {attempts: 3}", traces, ""))[0]
		r := &recording{}
		if err := (&Engine{Costs: livelyCosts()}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	with, without := run("{limit: 50}"), run("{limit: 0}")
	if !slices.Equal(with.requests, without.requests) {
		t.Error("the requests are others")
	}
	if len(with.traces.Kept) == 0 || len(without.traces.Kept) > 0 || without.traces.Counts != (record.TraceCounts{}) {
		t.Errorf("%d traces with, %d without", len(with.traces.Kept), len(without.traces.Kept))
	}
}

// Logs are used again: those at hand are no more than were under way at once,
// and those that are kept.
func TestLogsAreUsedAgain(t *testing.T) {
	l := load(t, tracedDocument("timeout: 25ms, retry: {attempts: 3}, hedge: {after: 12ms}", "{limit: 10}", ""))[0]
	w, err := newWorld(runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), Costs{}, &recording{}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.load.stop()
	if err := w.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.tracer.logs.free); n == 0 || n > 60 {
		t.Errorf("%d logs are free", n)
	}
	for _, log := range w.tracer.logs.free {
		if log.Users != 0 || log.Free || len(log.Spans) > 0 {
			t.Errorf("a log that is free has %d users and %d spans", log.Users, len(log.Spans))
		}
	}
}

// A cold start is in the trace of the request that met it, with its parts.
func TestTracesOfColdStarts(t *testing.T) {
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"cold-burst"}, Topologies: []string{"shop-functions"}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	l := loaded[0]
	r := &recording{}
	if err := (&Engine{Costs: livelyCosts()}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	n, cold := parts(r.traces), 0
	for _, one := range r.traces.Kept {
		for _, s := range one.Spans {
			if s.Cold {
				cold++
			}
			if s.Cold && s.Duration() <= 0 {
				t.Error("a cold start in no time")
			}
		}
	}
	if cold == 0 || n[record.PartStart] < cold {
		t.Errorf("%d cold starts with %d parts", cold, n[record.PartStart])
	}
}
