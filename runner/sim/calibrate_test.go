package sim

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/work"
)

// truth is a machine whose costs are known: a simulated one, so that what
// Calibrate finds does not hang on the machine that runs the test.
func truth() Costs {
	return Costs{
		Cores: 2, Late: work.Dist{Kind: work.Lognormal, A: 100 * time.Microsecond, B: 2 * time.Millisecond},
		EntryHop: work.ConstantOf(30 * time.Microsecond), Hop: work.ConstantOf(20 * time.Microsecond), Wait: work.ConstantOf(80 * time.Microsecond),
		Wake:    work.Dist{Kind: work.Lognormal, A: 40 * time.Microsecond, B: 900 * time.Microsecond},
		Start:   work.Dist{Kind: work.Uniform, A: 20 * time.Millisecond, B: 40 * time.Millisecond},
		Compute: 1.15, Idle: 0.002, Generate: 300 * time.Microsecond, GenerateIdle: 0.03, Aside: 0.6,
		Kinds: []KindCosts{{"service", 90 * time.Microsecond, 70 * time.Microsecond}, {"gateway", 160 * time.Microsecond, 0}},
	}
}

const calibrated = `
scenario: calibrated
mix: {browse: 6, detail: 2, basket: 1, checkout: 1}
phases:
  - {name: warm-up, for: 2s, load: {constant: 50/s}, warmup: true}
  - {name: steady, for: 30s, load: {poisson: RATE/s}}
FAULTS
`

func shop(t testing.TB, topology, rate, faults string) scenarios.Loaded {
	t.Helper()
	text := strings.NewReplacer("RATE", rate, "FAULTS", faults).Replace(calibrated)
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"x.yaml"}, Topologies: []string{topology},
		Glob: func(string) ([]string, error) { return nil, nil },
		ReadFile: func(name string) ([]byte, error) {
			if name != "x.yaml" {
				return nil, fs.ErrNotExist
			}
			return []byte(text), nil
		}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return loaded[0]
}

// pretend leaves the record of a run on a machine with those costs, as if it
// were a live one.
func pretend(t testing.TB, l scenarios.Loaded, seed uint64, c Costs) *record.Run {
	t.Helper()
	plan := runner.NewPlan("x", l.Scenario, l.Graph, seed, 1)
	id := record.Identity{Run: "x", Engine: record.Live, Backend: "process", Scenario: l.Scenario.Name,
		Topology: l.Graph.Topology.Name, Seed: seed, Environment: record.Environment{Cores: int(c.Cores), Host: "somewhere", Go: "go1.26"}}
	for i, p := range l.Scenario.Phases {
		id.Phases = append(id.Phases, record.Phase{Name: p.Name, Begin: record.Millis(l.Scenario.Begin(i)), For: record.Millis(p.For), Warmup: p.Warmup})
	}
	for _, f := range l.Scenario.Faults {
		id.Faults = append(id.Faults, record.Fault{Name: f.Name, At: record.Millis(f.At), For: record.Millis(f.For)})
	}
	for _, n := range l.Graph.Topology.Nodes {
		id.Nodes = append(id.Nodes, record.Node{Name: n.Name, Kind: n.Kind, CPU: float64(n.CPU)})
	}
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir, id, l.Resolved)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&Engine{Costs: c}).Run(context.Background(), plan, w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := record.WriteResult(dir, map[string]any{"verdict": "pass"}); err != nil {
		t.Fatal(err)
	}
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func calibrate(t testing.TB, runs ...*record.Run) *Calibration {
	t.Helper()
	c, err := Calibrate(context.Background(), runs)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func off(got, want float64) float64 { return math.Abs(got/want - 1) }

func TestCalibrationOfAKnownMachine(t *testing.T) {
	c := calibrate(t, pretend(t, shop(t, "shop-microservices", "150", ""), 1, truth()), pretend(t, shop(t, "shop-monolith", "150", ""), 2, truth()))
	t.Run("finds its CPU", func(t *testing.T) { findsTheCPU(t, c) })
	t.Run("predicts it", func(t *testing.T) { predicts(t, c) })
}

// What the series add up to is found again: each second of each instance is an
// equation that holds exactly, but for requests at its ends.
func findsTheCPU(t *testing.T, c *Calibration) {
	got, want := c.Costs(), truth()
	for name, pair := range map[string][2]float64{
		"compute": {got.Compute, want.Compute}, "idle": {got.Idle, want.Idle}, "generate": {float64(got.Generate), float64(want.Generate)},
		"generator":         {got.GenerateIdle, want.GenerateIdle},
		"serve of services": {float64(got.of("service").Serve), float64(want.of("service").Serve)},
		"send of services":  {float64(got.of("service").Send), float64(want.of("service").Send)},
		"serve of gateways": {float64(got.of("gateway").Serve), float64(want.of("gateway").Serve)},
	} {
		if off(pair[0], pair[1]) > 0.1 {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	if got.Cores != 2 || off(float64(got.Late.Mean()), float64(want.Late.Mean())) > 0.1 {
		t.Errorf("%v cores, late by %v for %v", got.Cores, got.Late.Mean(), want.Late.Mean())
	}
}

// The runs themselves come out as they were, and so does a load that was not
// among them.
func predicts(t *testing.T, c *Calibration) {
	for _, a := range c.Agreement {
		for i, live := range a.Live {
			if off(a.Sim[i], live) > []float64{0.04, 0.08, 0.10}[i] {
				t.Errorf("%s on %s: %v, want %v", a.Entry, a.Topology, a.Sim, a.Live)
			}
		}
	}
	for _, rate := range []string{"60", "500"} {
		for _, topology := range []string{"shop-microservices", "shop-monolith"} {
			l := shop(t, topology, rate, "")
			got, want := simulate(t, l, c.Costs(), 3), simulate(t, l, truth(), 3)
			for i, g := range threeQuantiles(seconds64(got.latencies)) {
				if w := threeQuantiles(seconds64(want.latencies))[i]; off(g, w) > 0.08 {
					t.Errorf("%s at %s/s: quantile %d is %v, want %v", topology, rate, i, g, w)
				}
			}
		}
	}
}

func seconds64(all []time.Duration) []float64 {
	var s []float64
	for _, d := range all {
		s = append(s, d.Seconds())
	}
	return s
}

// Warm-up and faults tell nothing of the costs, and start-ups after the begin do.
func TestCalibrationLeavesFaultsOut(t *testing.T) {
	c := truth()
	run := pretend(t, shop(t, "shop-microservices", "100", "faults: [{name: down, at: steady+10s, for: 3s, kill: {component: payments}}]"), 1, c)
	got := calibrate(t, run)
	if n := got.FittedOn.Requests; n < 1800 || n > 2400 { // 22 s of 100/s
		t.Errorf("%d requests", n)
	}
	if start := got.Costs().Start; start.Kind != work.Empirical || len(start.Values) != 2 || start.Mean() < c.Start.A || start.Mean() > c.Start.B {
		t.Errorf("%+v", start)
	}
}

func TestCalibrationIsRepeatable(t *testing.T) {
	run := pretend(t, shop(t, "shop-microservices", "60", ""), 1, truth())
	if one, other := calibrate(t, run), calibrate(t, run); !reflect.DeepEqual(one, other) {
		t.Error("it finds something else each time")
	}
}

func TestCalibrationSurvivesItsFile(t *testing.T) {
	c := calibrate(t, pretend(t, shop(t, "shop-monolith", "60", ""), 1, truth()))
	path := filepath.Join(t.TempDir(), "calibration.json")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := LoadCalibration(path)
	if err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("%+v\n%+v, %v", back, c, err)
	}
	other := *back
	other.Fitted.Cores++
	if back.Name() != c.Name() || other.Name() == c.Name() || (*Calibration)(nil).Name() != "" {
		t.Errorf("%q, %q", back.Name(), other.Name())
	}
}

// A topology with one node sees no messages between nodes; they are taken to
// cost what those from outside do.
func TestCalibrationWithoutHops(t *testing.T) {
	c := calibrate(t, pretend(t, shop(t, "shop-monolith", "100", ""), 1, truth())).Costs()
	if !reflect.DeepEqual(c.Hop, c.EntryHop) || c.of("gateway") != c.of("service") {
		t.Errorf("%+v", c)
	}
}

func TestCalibrationRefuses(t *testing.T) {
	good := pretend(t, shop(t, "shop-monolith", "60", ""), 1, truth())
	with := func(change func(*record.Run)) *record.Run {
		run := *good
		change(&run)
		return &run
	}
	for want, runs := range map[string][]*record.Run{
		"there are no runs":     nil,
		"only live runs":        {with(func(r *record.Run) { r.Identity.Engine = record.Simulated })},
		"partial":               {with(func(r *record.Run) { r.Partial = true })},
		"they cost differently": {good, with(func(r *record.Run) { r.Identity.Backend = "docker" })},
		"of another machine":    {good, with(func(r *record.Run) { r.Identity.Environment.Host = "elsewhere" })},
		"read the plan of":      {with(func(r *record.Run) { r.Dir = t.TempDir() })},
		"no requests that tell": {with(func(r *record.Run) { r.Identity.Phases[1].Warmup = true })},
	} {
		if _, err := Calibrate(context.Background(), runs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestStartUpsLeaveOutWhatIsDeclared: a fetched image, an initialisation and
// questions for others are the plan's own, and who is woken does not start.
func TestStartUpsLeaveOutWhatIsDeclared(t *testing.T) {
	ready := func(phases map[string]float64) record.Event {
		return record.Event{At: time.Second, Kind: record.InstanceReady, PhasesMS: phases}
	}
	runs := []*record.Run{{Events: []record.Event{
		ready(map[string]float64{"created": 5, "listening": 3, "fetched": 250, "initialised": 167, "discovered": 30, "ready": 2}),
		ready(map[string]float64{"woken": 39, "ready": 1}),
	}}}
	if got := startUps(runs, false).Mean(); got != 10*time.Millisecond {
		t.Errorf("a start takes %v, want 10ms", got)
	}
	if got := startUps(runs, true).Mean(); got != 40*time.Millisecond {
		t.Errorf("to be woken takes %v, want 40ms", got)
	}
}

// TestFrozenInstancesAreWoken: the request that wakes one waits for as long as
// that costs, and for nothing where it costs nothing.
func TestFrozenInstancesAreWoken(t *testing.T) {
	const text = `
application: pool
components: {unit: {operations: {run: [{wait: 10ms}]}}}
entries: {run: unit.run}
---
topology: pool
application: pool
nodes: {unit: {kind: function, hosts: [unit], paused: 2, init: [{wait: 300ms}], scaler: {lambda: {keep_alive: 60s}}}}
---
scenario: pool
topology: pool
phases: [{name: p, for: 2s, load: {constant: 1/s}}]
`
	for _, takes := range []time.Duration{0, 40 * time.Millisecond} {
		r := &lives{}
		if err := (&Engine{Costs: Costs{Woken: work.ConstantOf(takes)}}).Run(context.Background(), plan(load(t, text)[0]), r); err != nil {
			t.Fatal(err)
		}
		if got := r.requests[0].Done - r.requests[0].Sent; got != 10*time.Millisecond+takes {
			t.Errorf("woken in %v: the first request takes %v", takes, got)
		}
		for _, e := range r.all {
			if woken, is := e.PhasesMS["woken"]; is && woken != milliseconds(takes) {
				t.Errorf("woken in %v: it tells of %v ms", takes, woken)
			}
		}
	}
}

// TestWhatIsNoCalibration: another file, or one with costs that nothing has, is
// refused with what is wrong.
func TestWhatIsNoCalibration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "calibration.json")
	whole := func(change func(*Calibration)) string {
		c := calm()
		change(c)
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for name, c := range map[string]struct{ text, want string }{
		"whole":          {whole(func(*Calibration) {}), ""},
		"empty":          {"", "that is none"},
		"another format": {fmt.Sprintf(`{"format": %d, "fitted_on": {}, "more": 1}`, CalibrationFormat+1), fmt.Sprintf("format %d, this windtunnel reads %d", CalibrationFormat+1, CalibrationFormat)},
		"a record":       {`{"format": 1, "engine": "live"}`, "that is none: it does not say what it was fitted on"},
		"more than that": {fmt.Sprintf(`{"format": %d, "fitted_on": {}, "engine": "live"}`, CalibrationFormat), `that is none: json: unknown field "engine"`},
		"nothing in it":  {fmt.Sprintf(`{"format": %d}`, CalibrationFormat), "it does not say what it was fitted on"},
		"no runs":        {whole(func(c *Calibration) { c.FittedOn.Runs = 0 }), "it does not say what it was fitted on"},
		"cores":          {whole(func(c *Calibration) { c.Fitted.Cores = -3 }), "a negative cost: cores"},
		"a hop":          {whole(func(c *Calibration) { c.Fitted.Hop = work.ConstantOf(-1) }), "a negative cost: hop"},
		"a start": {whole(func(c *Calibration) {
			c.Fitted.Start = work.Dist{Kind: work.Mix, Parts: []work.DistPart{{Weight: 1, Of: work.Dist{Kind: work.Empirical, Values: []time.Duration{1, -1}}}}}
		}), "a negative cost: start"},
		"a kind": {whole(func(c *Calibration) { c.Fitted.Kinds = []KindCosts{{"store", 1, -1}} }), "a negative cost: store send_ns"},
		"aside":  {whole(func(c *Calibration) { c.Fitted.Aside = 1.5 }), "aside is a share"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := LoadCalibration(path)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
