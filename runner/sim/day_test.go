package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"windtunnel/fixtures/traces"
	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/work"
)

// A day of a function platform: a synthetic trace in the Azure layout, each of
// its functions a component, an entry and a function of its own.

// day is one to be simulated.
type day struct {
	functions int
	requests  float64
	scaler    string
	length    time.Duration // of the day; 0: all of it
}

// dayCosts has a start take what a small runtime's takes on a public platform.
var dayCosts = Costs{Start: work.Dist{Kind: work.Uniform, A: 150 * time.Millisecond, B: 350 * time.Millisecond}}

// durations are those of the functions, in turn: half of all functions take less
// than a second on average (Shahrad et al., Serverless in the Wild, 3.4). What is
// asked more than busyFunction times a day takes the shortest.
var durations = []string{"50ms", "150ms", "400ms", "1s", "3s"}

const busyFunction = 200_000

// load writes the day's trace and documents, and loads them.
func (d day) load(t testing.TB) scenarios.Loaded {
	t.Helper()
	dir := t.TempDir()
	trace, err := os.Create(filepath.Join(dir, "day.csv"))
	if err == nil {
		err = errors.Join(traces.WriteDay(trace, 1, d.functions, d.requests), trace.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	var components, entries, nodes strings.Builder
	for i, f := range traces.Population(1, d.functions, d.requests) {
		takes := durations[i%len(durations)]
		if f.PerDay > busyFunction {
			takes = durations[0]
		}
		fmt.Fprintf(&components, "  %s: {operations: {run: [{wait: {exponential: %s}}]}}\n", f.Name, takes)
		fmt.Fprintf(&entries, "  %s: %s.run\n", f.Name, f.Name)
		fmt.Fprintf(&nodes, "  %s: {kind: function, hosts: [%s], memory: 128Mi, scaler: %s}\n", f.Name, f.Name, d.scaler)
	}
	from := time.Duration(0)
	if d.length > 0 {
		from = 12 * time.Hour // the busy part
	}
	text := fmt.Sprintf("application: platform\ncomponents:\n%sentries:\n%s---\ntopology: platform\napplication: platform\nnodes:\n%s---\n"+
		"scenario: day\ntopology: platform\ngenerator: {timeout: 5m, max_in_flight: 1000000}\n"+
		"phases: [{name: day, for: %v, load: {trace: {file: day.csv, by: function, from: %v}}}]\n", &components, &entries, &nodes,
		cmp.Or(d.length, 24*time.Hour), from)
	file := filepath.Join(dir, "day.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{file}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return loaded[0]
}

// bill is what a day comes to.
type bill struct {
	requests, failed, invocations, cold, started uint64
	hours, used                                  float64 // of instances, and of those with a request
	most                                         uint64  // bytes of heap
	took                                         time.Duration
}

func (b bill) share() float64 { return float64(b.cold) / float64(b.invocations) }

// simulate lets the day pass, with a run directory, and reads its bills from there.
func (d day) simulate(t testing.TB) bill {
	t.Helper()
	l := d.load(t)
	p := runner.NewPlan("x", l.Scenario, l.Graph, 1, 1)
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir, record.Identity{Run: "x", Engine: record.Simulated, Sampling: record.SamplingFor(d.requests)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	watch := watchHeap()
	r := &keeping{Recorder: w}
	began := time.Now()
	err = (&Engine{Costs: dayCosts}).Run(context.Background(), p, r)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	b := bill{requests: uint64(r.requests), failed: uint64(r.failed), took: time.Since(began), most: watch()}
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range run.Bills {
		b.invocations, b.cold, b.used = b.invocations+f.Invocations, b.cold+f.Cold, b.used+f.Duration.Hours()
	}
	for _, f := range run.Fleets {
		b.hours, b.started = b.hours+f.Alive.Hours(), b.started+f.Started
	}
	return b
}

// watchHeap follows the heap until it is asked for the most that it was.
func watchHeap() func() uint64 {
	var most atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapInuse))
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return most.Load()
	}
}

// table shows bills by what they were made with.
func table(names []string, bills []bill) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scaler\trequests\tfailed\tcold %\tinstances started\tinstance-hours\tin use %\twall time\trequests/s\theap MiB\t")
	for i, b := range bills {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.3f\t%d\t%.0f\t%.1f\t%v\t%.0f\t%d\t\n", names[i], b.requests, b.failed, 100*b.share(), b.started,
			b.hours, 100*b.used/b.hours, b.took.Round(time.Millisecond), float64(b.requests)/b.took.Seconds(), b.most>>20)
	}
	w.Flush()
	return text.String()
}

// keepAlives are what a day is compared for, longer and longer.
var keepAlives = []string{"1m", "10m", "20m"}

// Whoever keeps instances for longer has fewer cold starts, and pays for it in
// instances. The same requests are asked whatever the scaler.
func TestDayByKeepAlive(t *testing.T) {
	const functions, requests = 50, 200_000
	var bills []bill
	for i, keep := range keepAlives {
		b := day{functions: functions, requests: requests, scaler: "{lambda: {keep_alive: " + keep + "}}"}.simulate(t)
		bills = append(bills, b)
		if b.invocations != b.requests || b.failed > 0 || b.requests < requests/2 {
			t.Errorf("kept for %s: %d requests, %d failed, %d invocations", keep, b.requests, b.failed, b.invocations)
		}
		if i == 0 {
			continue
		}
		if shorter := bills[i-1]; b.share() >= shorter.share() || b.hours <= shorter.hours || b.requests != shorter.requests {
			t.Errorf("kept for %s instead of %s: %.3f %% cold instead of %.3f, %.1f instance-hours instead of %.1f, %d requests instead of %d", keep, keepAlives[i-1],
				100*b.share(), 100*shorter.share(), b.hours, shorter.hours, b.requests, shorter.requests)
		}
	}
	knative := day{functions: functions, requests: requests, scaler: "{kpa: {initial: 0}}"}.simulate(t)
	if knative.failed > 0 || knative.requests != bills[0].requests {
		t.Errorf("kpa: %d requests, %d failed", knative.requests, knative.failed)
	}
	t.Log("\n" + table(append(append([]string{}, keepAlives...), "kpa"), append(bills, knative)))
}

// TestDayOfAThousandFunctionsSoak is a hundred million requests to a thousand
// functions, by each keep-alive and by kpa: each within ten minutes and bounded memory.
func TestDayOfAThousandFunctionsSoak(t *testing.T) {
	soak(t)
	scalers := []string{"{kpa: {initial: 0}}"}
	for _, keep := range keepAlives {
		scalers = append(scalers, "{lambda: {keep_alive: "+keep+"}}")
	}
	for _, scaler := range scalers {
		t.Run(scaler, func(t *testing.T) {
			b := day{functions: 1000, requests: 100e6, scaler: scaler}.simulate(t)
			t.Log("\n" + table([]string{scaler}, []bill{b}))
			if b.requests < 80e6 {
				t.Errorf("only %d requests", b.requests)
			}
			if b.took > 10*time.Minute {
				t.Errorf("it took %v", b.took)
			}
			if limit := uint64(1 << 30); b.most > limit {
				t.Errorf("the heap grew to %d MiB", b.most>>20)
			}
		})
	}
}

// BenchmarkDay is the noon of the day of a thousand functions.
func BenchmarkDay(b *testing.B) {
	for name, scaler := range map[string]string{"lambda": "{lambda: {keep_alive: 10m}}", "kpa": "{kpa: {initial: 0}}"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := day{functions: 1000, requests: 100e6, scaler: scaler, length: 10 * time.Minute}.simulate(b)
				b.ReportMetric(float64(r.requests)/r.took.Seconds(), "requests/s")
			}
		})
	}
}
