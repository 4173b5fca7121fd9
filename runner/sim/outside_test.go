package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// shopOperations are those that the shop's visitors have done.
var shopOperations = []string{"basket.add", "catalog.browse", "catalog.detail", "catalog.lookup", "checkout.place",
	"inventory.reserve", "payments.charge", "pricing.quote"}

// calm is a calibration that the plan of the test lies inside.
func calm() *Calibration {
	return &Calibration{Format: CalibrationFormat, Fitted: truth(), FittedOn: FittedOn{Runs: 3, Requests: 1000,
		Backend: "process", Environment: record.Environment{Host: "here", Cores: 2, Go: "go1.26"},
		Kinds: []string{"gateway", "service"}, Topologies: []string{"shop-microservices", "shop-monolith"}, Operations: shopOperations,
		Edges: []string{"gateway > shop"}, Rate: Range{50, 150}, HostBusy: 0.2, LimitBusy: 0.2}}
}

func TestOutside(t *testing.T) {
	here := record.Environment{Host: "here", Cores: 2, Go: "go1.26"}
	slow := shop(t, "shop-microservices", "100", "")
	fast := shop(t, "shop-microservices", "400", "")
	idle := shop(t, "shop-microservices", "20", "")
	plan := runner.NewPlan("x", slow.Scenario, slow.Graph, 1, 1)
	spiky := *slow.Scenario
	spiky.Phases = []scenarios.Phase{{Name: "steady", For: 600 * time.Second,
		Load: &arrival.Spike{Base: 60, Peak: 5000, At: 100500 * time.Millisecond, For: time.Second}}}
	for name, c := range map[string]struct {
		c           *Calibration
		plan        *runner.Plan
		backend     string
		environment record.Environment
		want        []string
	}{
		"inside":           {calm(), plan, "process", here, nil},
		"said of nothing":  {calm(), plan, "", record.Environment{}, nil},
		"no calibration":   {nil, plan, "process", here, []string{"not calibrated"}},
		"another backend":  {calm(), plan, "docker", here, []string{"fitted on process, and this is to stand for docker"}},
		"another machine":  {calm(), plan, "process", record.Environment{Host: "there", Cores: 2, Go: "go1.26"}, []string{"another machine"}},
		"more cores":       {calm(), plan, "process", record.Environment{Host: "here", Cores: 8, Go: "go1.26"}, []string{"fitted on 2 cores, and this machine has 8"}},
		"another compiler": {calm(), plan, "process", record.Environment{Host: "here", Cores: 2, Go: "go1.27"}, []string{"built with go1.26"}},
		"more load":        {calm(), runner.NewPlan("x", fast.Scenario, fast.Graph, 1, 1), "process", here, []string{"highest rate was 150/s, and phase steady goes up to 400/s"}},
		"hardly any load":  {calm(), runner.NewPlan("x", idle.Scenario, idle.Graph, 1, 1), "process", here, []string{"lowest rate was 50/s, and phase steady has 20/s"}},
		"a short spike": {calm(), runner.NewPlan("x", &spiky, slow.Graph, 1, 1), "process", here,
			[]string{"highest rate was 150/s, and phase steady goes up to 5000/s"}},
		"another topology": {func() *Calibration { c := calm(); c.FittedOn.Topologies = []string{"a", "b"}; return c }(), plan, "process", here,
			[]string{"fitted on the topology a and b, and this is shop-microservices"}},
		"an unseen kind": {func() *Calibration { c := calm(); c.FittedOn.Kinds = []string{"service"}; return c }(), plan, "process", here,
			[]string{"no node of kind gateway, which is taken to cost what a service does"}},
	} {
		got := c.c.Outside(c.plan, c.backend, c.environment)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: %q, want %q", name, got[i], want)
			}
		}
	}
}

// doubtsOf are the notes that a run leaves about its costs.
func doubtsOf(t *testing.T, e *Engine, rate string) []string {
	t.Helper()
	l := shop(t, "shop-monolith", rate, "")
	r := &tally{byCause: map[policy.Cause]int{}}
	if err := e.Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	var doubts []string
	for _, ev := range r.events {
		if ev.Kind == record.Note && ev.Name == record.NoteCalibration {
			doubts = append(doubts, ev.Reason)
		}
	}
	return doubts
}

// A record says what its costs rest on, where that is in doubt.
func TestRunsTellOfTheirCosts(t *testing.T) {
	some := func(doubts []string, what string) bool {
		return slices.ContainsFunc(doubts, func(d string) bool { return strings.Contains(d, what) })
	}
	if d := doubtsOf(t, &Engine{}, "20"); len(d) != 1 || !some(d, "not calibrated") {
		t.Errorf("%q", d)
	}
	if d := doubtsOf(t, &Engine{Costs: Costs{Cores: 2}}, "20"); len(d) != 0 {
		t.Errorf("given costs are in doubt: %q", d)
	}
	if d := doubtsOf(t, &Engine{Calibration: calm(), Backend: "process"}, "100"); len(d) != 0 {
		t.Errorf("%q", d)
	}
	d := doubtsOf(t, &Engine{Calibration: calm(), Backend: "docker"}, "900")
	if !some(d, "stand for docker") || !some(d, "900/s") || !some(d, "of the host's cores") || !some(d, "of an instance's CPU limit") {
		t.Errorf("%q", d)
	}
}

// What a run did that the fitted ones did not is said when it is over.
func TestUnseen(t *testing.T) {
	const text = `
application: q
components: {a: {operations: {ask: [{call: b.do}], never: [{wait: 1ms}]}}, b: {operations: {do: [{wait: 1ms}]}}}
entries: {ask: a.ask}
---
topology: q
application: q
nodes: {a: {kind: service, hosts: [a]}, b: {kind: service, hosts: [b]}}
---
scenario: q
topology: q
phases: [{name: p, for: 5s, load: {closed: {users: %d, think: 99ms}}}]
`
	for _, c := range []struct {
		name              string
		users             int
		operations, edges []string
		want              string
	}{
		{"inside", 10, []string{"a.ask", "b.do"}, []string{"a > b"}, ""},
		{"an operation", 10, []string{"a.ask"}, []string{"a > b"}, "not seen the operation b.do"},
		{"an edge", 10, []string{"a.ask", "b.do"}, nil, "not seen a call along a > b"},
		{"many users", 50, []string{"a.ask", "b.do"}, []string{"a > b"}, "highest rate was 150/s, and the users of phase p asked"},
		{"hardly any", 1, []string{"a.ask", "b.do"}, []string{"a > b"}, "lowest rate was 50/s, and the users of phase p asked"},
	} {
		on := &Calibration{Format: CalibrationFormat, FittedOn: FittedOn{Runs: 1, Requests: 1, Backend: "process", Kinds: []string{"service"},
			Topologies: []string{"q"}, Operations: c.operations, Edges: c.edges, Rate: Range{50, 150}, HostBusy: 1, LimitBusy: 1}}
		l := load(t, fmt.Sprintf(text, c.users))[0]
		r := &tally{byCause: map[policy.Cause]int{}}
		if err := (&Engine{Calibration: on}).Run(context.Background(), plan(l), r); err != nil {
			t.Fatal(err)
		}
		var doubts []string
		for _, e := range r.events {
			if e.Kind == record.Note {
				doubts = append(doubts, e.Reason)
			}
		}
		if got := strings.Join(doubts, "; "); (c.want == "") != (got == "") || !strings.Contains(got, c.want) || len(doubts) > 1 {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for want, names := range map[string][]string{"a": {"a"}, "a, b, c, d": {"a", "b", "c", "d"}, "a, b, c and 2 more": {"a", "b", "c", "d", "e"}} {
		if got := someOf(names); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// How busy a run was is the busiest of its spans, by all that it runs.
func TestBusy(t *testing.T) {
	b := newBusy(2, []record.Node{{Name: "small", CPU: 0.5}, {Name: "free"}})
	for at := time.Second; at <= 20*time.Second; at += time.Second {
		cpu := 100 * time.Millisecond
		if at > 5*time.Second && at <= 10*time.Second {
			cpu = 400 * time.Millisecond
		}
		for _, s := range []record.NodeSample{{Node: "small", Instance: "small-1", CPU: cpu}, {Node: "small", Instance: "small-2"},
			{Node: "free", Instance: "free-1", CPU: cpu}, {Node: record.GeneratorNode, CPU: 200 * time.Millisecond},
			{Node: record.HostNode, CPU: 2 * time.Second}, {Node: record.StealNode, CPU: time.Second}} {
			s.At, s.Interval = at, time.Second
			b.add(s)
		}
	}
	b.close()
	if off(b.host, 0.5) > 1e-9 || off(b.limit, 0.8) > 1e-9 {
		t.Errorf("host %v, limit %v", b.host, b.limit)
	}
}

// Each cost is paid where it falls due, as often as it does.
func TestCostsAreCharged(t *testing.T) {
	const text = `
application: two
components: {front: {operations: {ask: [{call: back.answer}]}}, back: {operations: {answer: [{wait: 10ms}, {compute: 1ms}]}}}
entries: {ask: front.ask}
---
topology: two
application: two
nodes: {front: {kind: service, hosts: [front]}, back: {kind: service, hosts: [back]}}
---
scenario: two
topology: two
phases: [{name: steady, for: 5s, load: {constant: 10/s}}]
`
	l := load(t, text)[0]
	const declared = 11 * time.Millisecond
	each := func(d time.Duration) work.Dist { return work.ConstantOf(d) }
	for name, c := range map[string]struct {
		costs Costs
		want  time.Duration
	}{
		"nothing":         {Costs{Cores: 8}, declared},
		"late":            {Costs{Late: each(time.Millisecond)}, declared + time.Millisecond},
		"entry":           {Costs{EntryHop: each(time.Millisecond)}, declared + 2*time.Millisecond},
		"hop":             {Costs{Hop: each(time.Millisecond)}, declared + 2*time.Millisecond},
		"wait":            {Costs{Wait: each(time.Millisecond)}, declared + time.Millisecond},
		"wake":            {Costs{Wake: each(time.Millisecond)}, declared + 5*time.Millisecond},
		"serve":           {Costs{Kinds: []KindCosts{{"service", time.Millisecond, 0}}}, declared + 2*time.Millisecond},
		"send":            {Costs{Kinds: []KindCosts{{"service", 0, time.Millisecond}}}, declared + time.Millisecond},
		"generate":        {Costs{Generate: time.Millisecond}, declared + time.Millisecond},
		"compute":         {Costs{Compute: 2}, declared + time.Millisecond},
		"quicker compute": {Costs{Compute: 0.5}, declared - time.Millisecond/2},
		"aside": {Costs{Aside: 1, Compute: 2, Generate: time.Millisecond,
			Kinds: []KindCosts{{"service", time.Millisecond, time.Millisecond}}}, declared},
		"half aside": {Costs{Aside: 0.5, Kinds: []KindCosts{{"service", time.Millisecond, time.Millisecond}}}, declared + 1500*time.Microsecond},
	} {
		r := simulate(t, l, c.costs, 1)
		for _, got := range r.latencies {
			if d := got - c.want; d < 0 || d > 20*time.Nanosecond { // CPU is rounded up
				t.Errorf("%s: %v, want %v", name, got, c.want)
				break
			}
		}
	}
}
