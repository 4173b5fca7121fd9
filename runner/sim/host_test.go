package sim

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// hops are costs that both the simulator and a bubble know how to spend. They
// are drawn, so that requests which have nothing to do with each other never
// meet at one instant.
var hops = Costs{
	Hop:      work.Dist{Kind: work.Uniform, A: 20 * time.Microsecond, B: 300 * time.Microsecond},
	EntryHop: work.Dist{Kind: work.Uniform, A: 30 * time.Microsecond, B: 500 * time.Microsecond},
	Start:    work.Dist{Kind: work.Uniform, A: 5 * time.Millisecond, B: 40 * time.Millisecond},
}

// even are such costs without a draw: what leaves at one instant arrives at one.
var even = Costs{Hop: work.ConstantOf(100 * time.Microsecond), EntryHop: work.ConstantOf(150 * time.Microsecond), Start: work.ConstantOf(20 * time.Millisecond)}

// agree carries the plan out by the simulator and on the hosts of the node
// program, and holds the two records against each other: each request with all
// that is recorded of it, each transition of a breaker and each state of an
// effect, and each second's counters of every instance, operation and edge, and
// the latencies of every instance. The sums of service times among them tell which
// instance got which request. So are the traces that are kept, span by span.
//
// Not compared are CPU and memory, which no bubble has, and the events of
// instances, which the bubble starts itself. The workers' queues and the alarms
// of breakers have timers of their own that a pause does not stop: they only
// tell earlier what a frozen process would have found when it thawed.
//
// Conducted, the goroutines of one instant take turns in the bubble. Else they
// race as they do in a process, and nothing may be a tie.
func agree(t *testing.T, l scenarios.Loaded, c Costs, seed uint64, conducted bool) *recording {
	t.Helper()
	p := runner.NewPlan("twin", l.Scenario, l.Graph, seed, 1)
	simulated := &recording{}
	if err := (&Engine{Costs: c, Latencies: true}).Run(context.Background(), p, simulated); err != nil {
		t.Fatal(err)
	}
	live := inBubble(t, p, c, conducted)
	if len(simulated.requests) == 0 {
		t.Error("no requests: the test tells nothing")
	}
	simulated.sort()
	live.sort()
	if live.frozen { // how far what thaws then gets until the last sample is nobody's promise
		simulated.cut()
		live.cut()
	}
	differences := 0
	differ := func(format string, args ...any) {
		t.Helper()
		if differences++; differences <= 10 {
			t.Errorf(format, args...)
		}
	}
	compare(differ, "request", simulated.requests, live.requests)
	compare(differ, "event", simulated.events, live.events)
	compare(differ, "sample of a node", simulated.nodes, live.nodes)
	compare(differ, "sample of an edge", simulated.edges, live.edges)
	compareTraces(differ, simulated.traces, live.traces, pauses(p))
	if differences > 10 {
		t.Errorf("%d differences in all", differences)
	}
	return simulated
}

func compare[T any](differ func(string, ...any), what string, simulated, live []T) {
	if len(simulated) != len(live) {
		differ("%d %ss simulated, %d live", len(simulated), what, len(live))
	}
	for i := range min(len(simulated), len(live)) {
		if !reflect.DeepEqual(simulated[i], live[i]) {
			differ("%s %d\nsimulated %+v\nlive      %+v", what, i, simulated[i], live[i])
		}
	}
}

// pauses says whether a fault of the plan freezes something.
func pauses(p *runner.Plan) bool {
	return slices.ContainsFunc(p.Faults, func(f runner.PlannedFault) bool {
		return slices.ContainsFunc(f.Effects, func(e wire.Effect) bool { return e.Kind == wire.Pause })
	})
}

// untimed takes away when a request gave up waiting for a worker, which a frozen
// process may find only when it thaws.
func untimed(spans []record.Span) []record.Span {
	for i := range spans {
		if s := &spans[i]; s.Part == record.PartQueue || s.Part == record.PartServe && s.Cause == policy.Deadline {
			s.End = 0
		}
	}
	return spans
}

// compareTraces holds every span of every trace that is kept against the other
// engine's.
func compareTraces(differ func(string, ...any), simulated, live record.Traces, paused bool) {
	if simulated.Counts != live.Counts {
		differ("traces are kept of %+v simulated, of %+v live", simulated.Counts, live.Counts)
	}
	if len(simulated.Kept) != len(live.Kept) {
		differ("%d traces simulated, %d live", len(simulated.Kept), len(live.Kept))
		return
	}
	for i := range simulated.Kept {
		s, l := simulated.Kept[i], live.Kept[i]
		if paused {
			s.Spans, l.Spans = untimed(s.Spans), untimed(l.Spans)
		}
		compare(differ, fmt.Sprintf("span of request %d (%s, %s)", s.Seq, s.Reason, s.Spans[0].Cause), s.Spans, l.Spans)
		if s.Spans, l.Spans = nil, nil; !reflect.DeepEqual(s, l) {
			differ("trace %d\nsimulated %+v\nlive      %+v", i, s, l)
		}
	}
}

// idle turns every compute step of the plan into one of no time: in a bubble,
// burning CPU takes none.
func idle(l scenarios.Loaded) scenarios.Loaded {
	var still func([]work.Step)
	still = func(steps []work.Step) {
		for i := range steps {
			if steps[i].Kind == work.Compute {
				steps[i].For = work.Dist{}
			}
			for _, b := range steps[i].Branches {
				still(b.Steps)
			}
		}
	}
	for _, c := range l.Graph.Application.Components {
		for _, op := range c.Operations {
			still(op.Steps)
		}
	}
	return l
}

func TestHostsOfTheShop(t *testing.T) {
	for _, scenario := range []string{"steady", "spike", "payments-outage", "trace-day"} {
		loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{scenario}, Topologies: []string{"shop-monolith", "shop-microservices"}})
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for _, l := range loaded {
			t.Run(scenario+"/"+l.Graph.Topology.Name, func(t *testing.T) {
				t.Log(agree(t, idle(l), hops, 1, scenario == "payments-outage")) // whose kill meets a sample
			})
		}
	}
}
