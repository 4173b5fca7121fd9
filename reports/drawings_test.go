package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

func TestStretchWidth(t *testing.T) {
	for _, c := range []struct {
		length time.Duration
		most   int
		want   time.Duration
	}{
		{time.Second, 120, 100 * milli}, {4 * second, 120, 200 * milli}, {10 * second, 120, 500 * milli}, {20 * second, 120, second},
		{36 * second, 120, second}, {120 * second, 120, second}, {121 * second, 120, 2 * second}, {time.Hour, 120, 30 * second},
		{time.Hour, 30, 2 * time.Minute}, {100 * time.Hour, 120, time.Hour}, {1000 * time.Hour, 120, 9 * time.Hour},
	} {
		if got := stretchWidth(c.length, c.most); got != c.want {
			t.Errorf("%s in at most %d: %s, want %s", c.length, c.most, got, c.want)
		}
	}
}

// Stretches follow each other without a gap, from the beginning to the end.
func TestStretchesCoverTheRun(t *testing.T) {
	for _, end := range []time.Duration{0, milli, second, 20*second + 300*milli, 36 * second, 90*time.Minute + 7*second} {
		spans := (&timeline{end: end}).stretches(mostStretches)
		at := time.Duration(0)
		for i, s := range spans {
			if s.From != at || s.To <= s.From {
				t.Errorf("%s: stretch %d is %v", end, i, s)
			}
			if got := stretchIndex(spans, s.From); got != i {
				t.Errorf("%s: %s lies in %d, not in %d", end, s.From, got, i)
			}
			at = s.To
		}
		if at != end || len(spans) > mostStretches {
			t.Errorf("%s: %d stretches up to %s", end, len(spans), at)
		}
		if got := stretchIndex(spans, end); got != -1 {
			t.Errorf("%s: the end lies in %d", end, got)
		}
	}
	if got := stretchIndex([]check.Span{{From: 0, To: second}}, -milli); got != -1 {
		t.Errorf("before the beginning lies %d", got)
	}
}

// panel finds a panel of the timeline by its title.
func panel(t *testing.T, s Section, title string) Panel {
	t.Helper()
	for _, b := range s.Blocks {
		if c, ok := b.(*Chart); ok {
			for _, p := range c.Panels {
				if p.Title == title {
					return p
				}
			}
		}
	}
	t.Fatalf("the section %q has no panel %q", s.Title, title)
	return Panel{}
}

func TestTimelineOfAnOutage(t *testing.T) {
	s := steadyScript(30 * second)
	s.fault("down", 10*second, 15*second)
	for i := range 300 {
		at := time.Duration(i) * 100 * milli
		cause := policy.OK
		if at >= 11*second && at < 12*second {
			cause = policy.Refused
		}
		s.send("home", at, time.Duration(5+i%10)*milli, cause)
	}
	section := s.analyze(t, Options{}).timelineSection()
	if want := "At worst, from 11 to 12 s while down held, 100 % of the requests failed"; section.Title != want {
		t.Errorf("%q, want %q", section.Title, want)
	}
	failed := panel(t, section, "failed, %")
	if len(failed.Lines) != 1 || len(failed.Lines[0].Points) != 30 {
		t.Fatalf("%+v", failed)
	}
	for i, q := range failed.Lines[0].Points {
		want := 0.0
		if i == 11 {
			want = 100
		}
		if q.Y != want || q.X != float64(i)+0.5 {
			t.Errorf("point %d is %v", i, q)
		}
	}
	latency := panel(t, section, "latency of successes, ms")
	if got := latency.Lines[0].Points[0].Y; got != 9 { // the fifth of 5 to 14
		t.Errorf("p50 is %v", got)
	}
	if got := latency.Lines[2].Points[11].Y; !math.IsNaN(got) {
		t.Errorf("where nothing succeeded p99 is %v", got)
	}
	bands := section.Blocks[0].(*Chart).Bands
	if want := []Band{{From: 10, To: 15, Name: "down", Tone: Bad}}; !slices.Equal(bands, want) {
		t.Errorf("%v, want %v", bands, want)
	}
}

func TestTimelineOfNothingWrong(t *testing.T) {
	s := steadyScript(20 * second)
	for i := range 200 {
		took := 5 * milli
		if i == 55 {
			took = 70 * milli
		}
		s.send("home", time.Duration(i)*100*milli, took, policy.OK)
	}
	if got, want := s.analyze(t, Options{}).timelineSection().Title, "No request failed; p99 was highest from 5 to 6 s: 70.0 ms"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := steadyScript(20*second).analyze(t, Options{}).timelineSection(); got.Title != "" {
		t.Errorf("a run without requests has a timeline: %q", got.Title)
	}
}

func TestLanesAndInstances(t *testing.T) {
	s := steadyScript(20 * second)
	s.id.Nodes = []record.Node{{Name: "a", Kind: "function"}, {Name: "b", Kind: "service"}}
	s.send("home", 0, milli, policy.OK)
	s.events = []record.Event{
		{At: 0, Kind: record.InstanceReady, Node: "a", Instance: "a-1"},
		{At: 0, Kind: record.InstanceReady, Node: "b", Instance: "b-1"},
		{At: 5 * second, Kind: record.InstanceReady, Node: "a", Instance: "a-2", PhasesMS: map[string]float64{"created": 20, "listening": 30}},
		{At: 6 * second, Kind: record.BreakerState, Instance: "a-1", Edge: "a>b", From: "closed", To: "open"},
		{At: 8 * second, Kind: record.BreakerState, Instance: "a-1", Edge: "a>b", From: "open", To: "half-open"},
		{At: 9 * second, Kind: record.Scale, Node: "a", From: "2", To: "1", Reason: "idle"},
		{At: 10 * second, Kind: record.InstanceStop, Node: "a", Instance: "a-1"},
		{At: 25 * second, Kind: record.InstanceStop, Node: "b", Instance: "b-1", Reason: "end of the run"},
	}
	a := s.analyze(t, Options{})
	want := []Lane{
		{Name: "breaker a>b", States: []Band{{From: 6, To: 8, Name: "a>b open for 2.00 s", Tone: Bad}}},
		{Name: "a", Marks: []Mark{
			{At: 5, Name: "a-2 ready at 5.00 s, after a cold start of 50.0 ms", Tone: Good},
			{At: 9, Name: "2 to 1 instances at 9.00 s: idle", Tone: Doubt},
			{At: 10, Name: "a-1 stopped at 10.0 s", Tone: Bad},
		}},
	}
	if got := a.lanes(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	instances := panel(t, a.timelineSection(), "instances ready")
	if len(instances.Lines) != 1 || instances.Lines[0].Name != "a" {
		t.Fatalf("%+v", instances)
	}
	if got, want := instances.Lines[0].Points, []Spot{{0, 1}, {5, 2}, {10, 1}, {20, 1}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Callers reach the gateway, or where there is none what nobody else calls.
func TestDoors(t *testing.T) {
	node := func(name, kind string) NodeResult { return NodeResult{Name: name, Kind: kind} }
	for _, c := range []struct {
		nodes []NodeResult
		edges []EdgeResult
		want  string
	}{
		{[]NodeResult{node("a", "service")}, nil, "a"},
		{[]NodeResult{node("g", "gateway"), node("worker", "service")}, nil, "g"},
		{[]NodeResult{node("a", "service"), node("b", "service"), node("c", "service")}, []EdgeResult{{From: "a", To: "b"}}, "a c"},
		{[]NodeResult{node("a", "service"), node("g", "gateway")}, []EdgeResult{{From: "a", To: "g"}}, "a"},
	} {
		a := &Analysis{Result: Result{Nodes: c.nodes, Edges: c.edges}}
		if got := strings.Join(a.doors(), " "); got != c.want {
			t.Errorf("%v: %s, want %s", c.nodes, got, c.want)
		}
	}
}

// A front has the name of its function, as its kind stands below, and its own readings.
func TestFrontIsDrawnByItsFunction(t *testing.T) {
	s := steadyScript(10 * second)
	s.id.Nodes = []record.Node{{Name: "pay", Kind: "function"}, {Name: "pay-front", Kind: "front"}, {Name: "shop-front", Kind: "service"}}
	for at := second; at <= 10*second; at += second {
		s.nodes = append(s.nodes, record.NodeSample{At: at, Node: "pay", Instance: "pay-1", Interval: second, Served: 3},
			record.NodeSample{At: at, Node: "pay-front", Instance: "pay-front-1", Interval: second, Served: 7})
	}
	g := s.analyze(t, Options{}).graph()
	front := g.Nodes[2]
	if front.Name != "pay" || front.Kind != "front" || front.Detail != "called pay-front" || !front.Small || g.Nodes[3].Name != "shop-front" {
		t.Errorf("%+v", g.Nodes)
	}
	if len(g.Frames) == 0 || g.Frames[1].Nodes[2].Text != "14.0/s" {
		t.Errorf("%d frames", len(g.Frames))
	}
}

func TestGraphOfARun(t *testing.T) {
	a := outage("shop-microservices", 7).analyze(t, Options{})
	g := a.graph()
	var names, arrows []string
	for _, n := range g.Nodes {
		names = append(names, n.Name)
	}
	for _, e := range g.Edges {
		arrows = append(arrows, g.Nodes[e.From].Name+">"+g.Nodes[e.To].Name)
		if e.Weight < 0 || e.Weight > 1 {
			t.Errorf("the edge to %s weighs %v", g.Nodes[e.To].Name, e.Weight)
		}
	}
	if got := strings.Join(names, " "); got != "callers edge catalog checkout payments" {
		t.Error(got)
	}
	if got := strings.Join(arrows, " "); got != "callers>edge edge>catalog edge>checkout checkout>payments" {
		t.Error(got)
	}
	if len(g.Frames) != 36 {
		t.Fatalf("%d frames", len(g.Frames))
	}
	for _, f := range g.Frames {
		if len(f.Nodes) != len(g.Nodes) || len(f.Edges) != len(g.Edges) {
			t.Errorf("%s has %d nodes and %d edges", f.Name, len(f.Nodes), len(f.Edges))
		}
	}
	down := g.Frames[13]
	if down.Name != "13 to 14 s · payments-down" || down.Nodes[4] != (Reading{Text: "silent", Tone: Bad}) {
		t.Errorf("%+v", down)
	}
}

// The rows of the frames add up to what the table of the whole run says.
func TestFramesAddUp(t *testing.T) {
	a := outage("shop-microservices", 7).analyze(t, Options{})
	spans := a.timeline.stretches(mostStretches)
	m := a.moments(spans)
	for _, n := range a.Nodes {
		served := uint64(0)
		for i, span := range spans {
			if span.From >= 4*second { // the table leaves the warm-up out
				served += m.nodes[n.Name][i].served
			}
		}
		if served != n.Served {
			t.Errorf("%s: %d in the frames, %d in the table", n.Name, served, n.Served)
		}
	}
}

func TestPercentileLine(t *testing.T) {
	v := &values{}
	for i := range 1000 {
		v.add(time.Duration(i+1) * milli)
	}
	l := percentileLine("all", v)
	last := l.Points[len(l.Points)-1]
	if last.Y != 1000 || last.X <= 99.8 || last.X >= 100 {
		t.Errorf("it ends at %v", last)
	}
	for i, q := range l.Points {
		if i > 0 && (q.X <= l.Points[i-1].X || q.Y < l.Points[i-1].Y) {
			t.Errorf("it falls from %v to %v", l.Points[i-1], q)
		}
		if want := v.quantile(q.X / 100); i < len(l.Points)-1 && q.Y != want {
			t.Errorf("%v, want %v", q, want)
		}
	}
	one := &values{}
	one.add(7 * milli)
	for _, q := range percentileLine("one", one).Points {
		if q.Y != 7 || q.X >= 100 {
			t.Errorf("%v", q)
		}
	}
}

// Every success is in one cell.
func TestHeatMapCountsAll(t *testing.T) {
	a := outage("shop-microservices", 7).analyze(t, Options{})
	h := a.heatMap()
	counted := 0
	for _, column := range h.Counts {
		for _, n := range column {
			counted += n
		}
	}
	ok := a.samples.count(anyEntry, spanned(0, forever)).ok()
	if counted != ok || len(h.XEdges) != len(h.Counts)+1 || len(h.YEdges) != len(h.Counts[0])+1 {
		t.Errorf("%d of %d in %d by %d cells", counted, ok, len(h.Counts), len(h.Counts[0]))
	}
	if steadyScript(20*second).analyze(t, Options{}).heatMap() != nil {
		t.Error("a run without successes has a heat map")
	}
}

func TestGauges(t *testing.T) {
	observed := 3.0
	for that, want := range map[string]*Gauge{
		"home.latency.p99 < 250ms": {Observed: 3, Limit: 250, Under: true},
		"home.rate >= 5/s":         {Observed: 3, Limit: 5},
		"home.errors.count == 0":   nil,
		"home.errors.count != 0":   nil,
		"no check":                 nil,
	} {
		got := (&CheckResult{That: that, Observed: &observed}).gauge()
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: %+v, want %+v", that, got, want)
		}
	}
	if (&CheckResult{That: "home.rate > 1/s"}).gauge() != nil {
		t.Error("a check without a value has a gauge")
	}
}

func TestShellWords(t *testing.T) {
	args := []string{"windtunnel", "run", "a b", "--check", "x.latency.p99 < 1ms", "it's", "", "-o", "r.html"}
	if got, want := shellWords(args), `windtunnel run 'a b' --check 'x.latency.p99 < 1ms' 'it'\''s' '' -o r.html`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The sections come in the order in which a reader asks.
func TestSectionOrder(t *testing.T) {
	d := outage("shop-microservices", 7).analyze(t, Options{}).Document()
	var names []string
	for _, s := range d.Sections {
		names = append(names, s.Name)
	}
	if got, want := strings.Join(names, " "), "verdict checks timeline topology latency nodes edges faults errors load  method glossary"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if len(d.Runs) != 1 || d.Runs[0].Topology != "shop-microservices" {
		t.Errorf("%d runs", len(d.Runs))
	}
}

// A check knows where it was written.
func TestCheckPlaces(t *testing.T) {
	s := steadyScript(5 * second)
	s.id.Checks, s.id.CheckPlaces = []string{"home.rate > 1/s", "home.rate > 2/s"}, []string{"a.yaml:3:5", "--check home.rate > 2/s"}
	s.send("home", 0, milli, policy.OK)
	a := s.analyze(t, Options{Checks: []string{"home.rate > 3/s"}})
	for i, want := range []string{"a.yaml:3:5", "--check home.rate > 2/s", ""} {
		if a.Checks[i].Place != want {
			t.Errorf("check %d stands at %q", i, a.Checks[i].Place)
		}
	}
}

func TestComparisonDrawings(t *testing.T) {
	var runs []*Analysis
	for seed := range uint64(3) {
		for _, topology := range []string{"shop-monolith", "shop-microservices"} {
			runs = append(runs, outage(topology, seed).analyze(t, Options{}))
		}
	}
	c, err := Compare(runs, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	d := c.Document()
	if len(d.Runs) != 6 {
		t.Errorf("%d runs", len(d.Runs))
	}
	for _, s := range d.Sections {
		switch s.Name {
		case "timeline":
			if lines := s.Blocks[0].(*Chart).Panels[0].Lines; len(lines) != 2 || lines[1].Name != "shop-microservices" || lines[1].Series != 1 {
				t.Errorf("%+v", lines)
			}
		case "topologies":
			if len(s.Blocks) != 2 || s.Blocks[0].(*Graph).Key != "" || s.Blocks[1].(*Graph).Key == "" {
				t.Errorf("%+v", s.Blocks)
			}
		case "latency":
			lines := s.Blocks[0].(*Chart).Panels[0].Lines
			if len(lines) != 6 || lines[0].Repeats || !lines[1].Repeats || lines[3].Repeats {
				t.Errorf("%+v", lines)
			}
		case "spread":
			for _, b := range s.Blocks {
				if rows := b.(*Dots).Rows; len(rows) != 2 || len(rows[0].Values) != 3 || rows[0].Middle == nil {
					t.Errorf("%+v", rows)
				}
			}
		}
	}
}
