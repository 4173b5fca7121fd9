package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// steps makes changes of "0s:0 2s:3": from when on how many.
func steps(t *testing.T, text string) (all []change) {
	t.Helper()
	for _, one := range strings.Fields(text) {
		at, count, _ := strings.Cut(one, ":")
		span, err := time.ParseDuration(at)
		c := change{at: span}
		if _, countErr := fmt.Sscan(count, &c.count); err != nil || countErr != nil {
			t.Fatalf("%q: %v %v", one, err, countErr)
		}
		all = append(all, c)
	}
	return all
}

// TestScaleStep: one phase from 10 s to 40 s, whose last third begins at 30 s.
func TestScaleStep(t *testing.T) {
	for name, c := range map[string]struct {
		changes, present, busy string
		want                   ScaleStep
	}{
		"nothing happens":          {"0s:3", "0s:3", "0s:3", ScaleStep{From: 3, To: 3, Most: 3, Need: 3}},
		"up at the phase's begin":  {"0s:1 12s:4", "0s:1 10s:4", "0s:1 12s:4", ScaleStep{From: 1, To: 4, Most: 4, Need: 4, LagMS: 2000}},
		"up at the load's step":    {"0s:1 22s:4", "0s:1 20s:4", "0s:1 22s:4", ScaleStep{From: 1, To: 4, Most: 4, Need: 4, LagMS: 2000}},
		"up in two":                {"0s:1 12s:2 15s:4", "0s:1 11s:4", "0s:1 15s:4", ScaleStep{From: 1, To: 4, Most: 4, Need: 4, LagMS: 4000}},
		"two rises, the longer":    {"0s:1 12s:2 25s:4", "0s:1 11s:2 20s:4", "0s:1 25s:4", ScaleStep{From: 1, To: 4, Most: 4, Need: 4, LagMS: 5000}},
		"more than was busy":       {"0s:0 11s:6", "0s:0 10s:6 12s:2", "0s:0 11s:2", ScaleStep{To: 6, Most: 6, Need: 2, LagMS: 1000, Overshoot: 2}},
		"more than there was":      {"0s:4 11s:6", "0s:5 12s:2", "0s:2", ScaleStep{From: 4, To: 6, Most: 6, Need: 2, Overshoot: 0.5}},
		"kept, not started":        {"0s:9", "0s:1", "0s:1", ScaleStep{From: 9, To: 9, Most: 9, Need: 1}},
		"down":                     {"0s:4 16s:1", "0s:4 15s:1", "0s:4 15s:1", ScaleStep{From: 4, To: 1, Most: 4, Need: 4, LagMS: 1000}},
		"down, less before":        {"0s:4 16s:0", "0s:4 5s:0", "0s:0", ScaleStep{From: 4, To: 0, Most: 4, LagMS: 6000}},
		"back and forth":           {"0s:1 12s:4 15s:3 18s:4 21s:3 24s:4", "0s:1 10s:3", "0s:1 12s:3", ScaleStep{From: 1, To: 4, Most: 4, Need: 3, LagMS: 2000, Turns: 3, Overshoot: 1. / 3}},
		"before and after it":      {"0s:1 4s:7 9s:2 41s:9", "0s:1 3s:7 5s:2 40s:9", "0s:1", ScaleStep{From: 2, To: 2, Most: 2, Need: 1}},
		"never":                    {"0s:1", "0s:1 12s:3", "0s:1", ScaleStep{From: 1, To: 1, Most: 1, Need: 1, LagMS: 38000}},
		"nobody knows who is busy": {"0s:1 12s:4", "0s:0", "", ScaleStep{From: 1, To: 4, Most: 4, Need: 4}},
	} {
		c.want.Phase = "p"
		all, n := steps(t, c.changes), need{steps(t, c.present), steps(t, c.busy)}
		if got := scaleStep("p", all, n, shortages(n.present, all, 50*second), 10*second, 40*second); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestNeedIsReadFromInvocations: of those that wait for a start from when they
// came, of those that left until they did, so many to an instance.
func TestNeedIsReadFromInvocations(t *testing.T) {
	changes := []change{{4 * second, 1}, {6 * second, -1}, {4 * second, 1}, {6 * second, -1}, {5 * second, 1}, {7 * second, -1}, {7 * second, 1}, {8 * second, -1}}
	if got, want := instancesFor(changes, 2), steps(t, "0s:0 4s:1 5s:2 6s:1 8s:0"); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	a := functions(t, functionScript(), 50*second)
	n := a.needOf("pay")
	at := func(all []change, at time.Duration) int { return clip(all, at, at+1)[0].count }
	if at(n.present, 20*second-milli) != 1 || at(n.busy, 20*second-milli) != 0 { // it waits from 19.1 s on
		t.Errorf("before 20 s %v present, %v busy", n.present, n.busy)
	}
	if at(n.present, 50*second+400*milli) != 1 || at(n.busy, 50*second+400*milli) != 0 { // it left at 50.5 s
		t.Error("who leaves is not needed for")
	}
}

// TestDecisionsAreWaitedFor until as many serve, or fewer are wanted.
func TestDecisionsAreWaitedFor(t *testing.T) {
	s := functionScript()
	for _, e := range []record.Event{{At: 70 * second, From: "1", To: "5"}, {At: 73 * second, From: "5", To: "1"}} {
		e.Kind, e.Node = record.Scale, "pay"
		s.events = append(s.events, e)
	}
	a := functions(t, s)
	want := []check.Span{{From: 18 * second, To: 21 * second}, {From: 70 * second, To: 73 * second}}
	if got := a.decided("pay", a.serving("pay")); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := united([]check.Span{{From: 5, To: 6}, {From: 1, To: 3}, {From: 2, To: 5}, {From: 8, To: 9}}); !slices.Equal(got, []check.Span{{From: 1, To: 6}, {From: 8, To: 9}}) {
		t.Errorf("united %v", got)
	}
}

func TestUsual(t *testing.T) {
	for changes, want := range map[string]int{
		"0s:3": 3, "0s:1 4s:2": 2, "0s:1 6s:2": 1, "0s:1 3s:2 6s:1": 1, "0s:1 2s:2 4s:3 6s:2": 2,
		"0s:2 5s:1": 2, // of equals the one at the begin
	} {
		if got := usual(steps(t, changes), 10*second); got != want {
			t.Errorf("%s: %d, want %d", changes, got, want)
		}
	}
}

// life is the events of one instance of pay, at seconds.
func life(instance string, start, ready, stop float64, parts map[string]float64) []record.Event {
	at := func(s float64) time.Duration { return time.Duration(s * float64(second)) }
	events := []record.Event{
		{At: at(start), Kind: record.InstanceStart, Node: "pay", Instance: instance},
		{At: at(ready), Kind: record.InstanceReady, Node: "pay", Instance: instance, PhasesMS: parts},
	}
	if stop > 0 {
		events = append(events, record.Event{At: at(stop), Kind: record.InstanceStop, Node: "pay", Instance: instance})
	}
	return events
}

// functionScript is function pay for 100 s: pay-1 from before the begin, pay-2
// and pay-3 from 20 s and 21 s, one of them from the pool, back to one at 60 s.
func functionScript() *script {
	s := steadyScript(100 * second)
	s.id.Nodes = []record.Node{
		{Name: "door", Kind: "gateway", Replicas: 1},
		{Name: "pay", Kind: "function", Hosts: []string{"payments"}, Memory: 512 << 20, Concurrency: 1},
		{Name: "idle", Kind: "function", Concurrency: 1},
	}
	for _, events := range [][]record.Event{
		life("pay-1", -2, -1, 0, map[string]float64{"created": 500, "ready": 1}),
		life("pay-2", 19, 20, 60, map[string]float64{"created": 100, "initialised": 800, "ready": 4}),
		life("pay-3", 10, 21, 60, map[string]float64{"woken": 5, "ready": 1}),
		{{At: 11 * second, Kind: record.InstancePaused, Node: "pay", Instance: "pay-3"},
			{At: 18 * second, Kind: record.Scale, Node: "pay", From: "1", To: "3", Reason: "3 at once"}},
	} {
		s.events = append(s.events, events...)
	}
	slices.SortStableFunc(s.events, func(a, b record.Event) int { return cmp.Compare(a.At, b.At) })
	for i := range 100 {
		s.send("home", time.Duration(i)*second, 30*milli, policy.OK)
		if i == 20 || i == 21 {
			s.requests[i].Cold = 900 * milli
		}
	}
	return s
}

// functions analyses the script with its invocations, which a script knows nothing
// of, and with those that left while an instance was starting.
func functions(t *testing.T, s *script, left ...time.Duration) *Analysis {
	t.Helper()
	dir := t.TempDir() + "/run"
	w, err := record.Create(dir, s.id, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(s.events, record.Event{At: 100 * second, Kind: record.RunEnded}) {
		w.Event(e)
	}
	for i, q := range s.requests {
		w.Request(q)
		w.Invocation(record.Invocation{At: q.Intended, Node: "pay", Instance: "pay-1", Duration: 20 * milli, Cold: q.Cold, Memory: 512 << 20,
			Cause: map[bool]policy.Cause{true: policy.Reset}[i == 50]})
	}
	for _, at := range left {
		w.Invocation(record.Invocation{At: at, Node: "pay", Cold: 500 * milli, Memory: 512 << 20, Cause: policy.Deadline, Left: true})
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Analyze(run, Options{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFunctionsAreMeasured(t *testing.T) {
	a := functions(t, functionScript())
	if len(a.Functions) != 2 || a.Functions[1].Node != "idle" || a.Functions[1].Invocations != 0 || a.Functions[1].ColdMS != nil {
		t.Fatalf("functions %+v", a.Functions)
	}
	f := a.Functions[0]
	if f.Invocations != 100 || f.Failed != 1 || f.Cold != 2 || f.ColdShare != 0.02 || f.DurationMS != 20 || !within(f.GBSeconds, 1, 1e-9) || f.ColdMS.P50 != 900 || f.ColdMS.Count != 2 {
		t.Errorf("%+v, cold %+v", f, f.ColdMS)
	}
	// pay-1 serves all the time, pay-2 and pay-3 for 40 s and 39 s, and 2 s are spent at work.
	if i := f.Instances; i.Started != 3 || i.Peak != 3 || !within(i.Mean, 1.79, 1e-9) || !within(i.Idle, 1.77, 1e-9) || !within(i.Hours*3600, 100+41+50, 1e-9) || !within(i.Paused*3600, 10, 1e-9) {
		t.Errorf("instances %+v", i)
	}
	var parts []string
	for _, p := range f.Phases {
		parts = append(parts, fmt.Sprintf("%s %d×%v", p.Name, p.MS.Count, p.MS.P50))
	}
	if got := strings.Join(parts, ", "); got != "created 1×100, initialised 1×800, woken 1×5, ready 2×1" {
		t.Errorf("parts of the starts: %s", got) // those before the begin are nobody's wait
	}
	if len(f.Scaling) != 1 || f.Scaling[0] != (ScaleStep{Phase: "steady", From: 1, To: 1, Most: 3, Need: 1, LagMS: 3000, Overshoot: 2, Turns: 1}) {
		t.Errorf("scaling %+v", f.Scaling)
	}
}

// TestFunctionSections: the titles say what the tables hold.
func TestFunctionSections(t *testing.T) {
	titles := func(a *Analysis) (all []string) {
		for _, s := range a.functionSections() {
			if s.Title != "" {
				all = append(all, s.Title)
			}
		}
		return all
	}
	want := []string{"2 of 100 invocations (2.00 %) met a cold start", "Of the starts, the longest part is pay: initialised, with 87.9 % of the time",
		"Instances on average: pay 1.79 (1.77 idle)"}
	if got := titles(functions(t, functionScript())); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("titles %q, want %q", got, want)
	}
	warm := functionScript()
	warm.requests[20].Cold, warm.requests[21].Cold = 0, 0
	if got := titles(functions(t, warm)); got[0] != "No invocation met a cold start" {
		t.Errorf("titles %q", got)
	}
	if got := titles(steadyScript(10*second).analyze(t, Options{})); len(got) != 0 {
		t.Errorf("a run without functions has %q", got)
	}
}

// TestFunctionMetrics: what checks may ask of functions.
func TestFunctionMetrics(t *testing.T) {
	s := functionScript()
	s.fault("down", 30*second, 50*second)
	a := functions(t, s)
	for _, c := range []struct {
		subject, metric string
		w               check.Window
		want            float64
	}{
		{"total", "cold.rate", check.Window{}, 0.02},
		{"home", "cold.rate", check.Window{}, 0.02},
		{"total", "cold.rate", check.Window{Kind: check.Before, Name: "down"}, 2. / 30},
		{"total", "cold.rate", check.Window{Kind: check.During, Name: "down"}, 0},
		{"pay", "instances.max", check.Window{}, 3},
		{"payments", "instances.max", check.Window{}, 3}, // by its component
		{"pay", "instances.max", check.Window{Kind: check.During, Name: "down"}, 3},
		{"idle", "instances.max", check.Window{}, 0},
	} {
		v, err := a.Metric(check.Metric{Subject: c.subject, Name: c.metric}, c.w)
		if err != nil || !within(v.Observed, c.want, 1e-9) || v.Low > v.Observed || v.High < v.Observed || v.Samples == 0 {
			t.Errorf("%s.%s %+v: %+v, %v; want %v", c.subject, c.metric, c.w, v, err, c.want)
		}
	}
	if v, err := a.Metric(check.Metric{Subject: "nobody", Name: "instances.max"}, check.Window{}); err == nil {
		t.Errorf("nobody has %+v", v)
	}
}

// TestColdRateOfASample is that of all requests, not of those that were kept.
func TestColdRateOfASample(t *testing.T) {
	cold := func(oneIn uint64) check.Value {
		s := busyScript(oneIn)
		for i := range s.requests {
			if i%10 == 0 {
				s.requests[i].Cold = milli
			}
		}
		v, err := s.analyze(t, Options{}).Metric(check.Metric{Subject: "total", Name: "cold.rate"}, check.Window{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if full, sampled := cold(0), cold(20); full != sampled || !within(full.Observed, 0.1, 1e-9) {
		t.Errorf("all %+v, of a sample %+v", full, sampled)
	}
}

// TestWhoLeftCountsAsCold: requests whose callers gave up while an instance was
// starting are in the function's figures and in what is said, and a check of the
// cold share does not pass for their record's not knowing.
func TestWhoLeftCountsAsCold(t *testing.T) {
	s := functionScript()
	for i := 40; i < 46; i++ {
		s.requests[i].Cause = policy.Timeout
	}
	s.requests[50].Attempts, s.requests[50].Calls = 2, 1
	left := []time.Duration{40 * second, 41 * second, 42 * second, 43 * second}
	a := functions(t, s, left...)
	f := a.Functions[0]
	if f.Invocations != 100 || f.Cold != 2 || f.ColdLeft != 4 || !within(f.ColdShare, 6./104, 1e-9) || f.ColdMS.Count != 2 {
		t.Errorf("%+v", f)
	}
	if got := a.coldSection().Title; got != "6 of 104 requests to functions (5.77 %) met a cold start, and 4 of them left before it was over" {
		t.Errorf("title %q", got)
	}
	for w, want := range map[check.Window]float64{{}: 0.06, {Kind: check.InPhase, Name: "steady"}: 0.06} {
		if v, err := a.Metric(check.Metric{Subject: "total", Name: "cold.rate"}, w); err != nil || !within(v.Observed, want, 1e-9) {
			t.Errorf("%+v: %+v, %v", w, v, err)
		}
	}
	// Of one entry it is told where no other's requests may have been those that left.
	s.id.Entries = []string{"home", "away"}
	s.send("away", 44*second, 30*milli, policy.OK)
	home := func() (check.Value, error) {
		return functions(t, s, left...).Metric(check.Metric{Subject: "home", Name: "cold.rate"}, check.Window{})
	}
	if v, err := home(); err != nil || !within(v.Observed, 0.06, 1e-9) {
		t.Errorf("%+v, %v", v, err)
	}
	for range 4 {
		s.send("away", 45*second, 30*milli, policy.Status)
	}
	if v, err := home(); err == nil || !strings.HasPrefix(err.Error(), "4 requests left while an instance was starting, and of which entry is not recorded") {
		t.Errorf("%+v, %v", v, err)
	}
	s.requests = s.requests[:100]
	// No more than those who cannot tell: what succeeded at once was not cold.
	for i := range s.requests {
		s.requests[i].Cause, s.requests[i].Attempts, s.requests[i].Calls = policy.OK, 1, 1
	}
	s.requests[50].Attempts = 2
	if v, err := functions(t, s, left...).Metric(check.Metric{Subject: "total", Name: "cold.rate"}, check.Window{}); err != nil || !within(v.Observed, 0.03, 1e-9) {
		t.Errorf("%+v, %v", v, err)
	}
}
