package live

import (
	"context"
	"io/fs"
	"slices"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// loadYAML loads a file's one scenario on each of the named topologies, through
// the loader that users meet.
func loadYAML(t *testing.T, text string, names ...string) []scenarios.Loaded {
	t.Helper()
	loaded, problems := scenarios.Load(scenarios.Query{
		Scenarios: []string{"test.yaml"}, Topologies: names,
		ReadFile: func(name string) ([]byte, error) {
			if name != "test.yaml" {
				return nil, fs.ErrNotExist
			}
			return []byte(text), nil
		},
		Glob: func(string) ([]string, error) { return nil, nil },
	})
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 || len(loaded) != max(1, len(names)) {
		t.Fatalf("%d scenarios loaded of %d", len(loaded), max(1, len(names)))
	}
	return loaded
}

// drive runs a file's scenario on its only topology.
func drive(t *testing.T, text string, seed uint64) *memory {
	t.Helper()
	return driveOn(t, loadYAML(t, text)[0], seed)
}

func driveOn(t *testing.T, one scenarios.Loaded, seed uint64) *memory {
	t.Helper()
	m, err := carryOut(t, context.Background(), one.Scenario, one.Graph, seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// total is what the nodes told of one operation over the whole run, all instances added up.
func (m *memory) total(operation string) record.OperationSample {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := record.OperationSample{Name: operation}
	for _, s := range m.nodes {
		for _, o := range s.Operations {
			if o.Name == operation {
				sum.Count += o.Count
				sum.Failed += o.Failed
				sum.Service += o.Service
				sum.Wait += o.Wait
			}
		}
	}
	return sum
}

// edge is what the callers told of one edge over the whole run.
func (m *memory) edge(from, to string) record.EdgeSample {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := record.EdgeSample{From: from, To: to}
	for _, s := range m.edges {
		if s.From == from && s.To == to {
			sum.Calls += s.Calls
			sum.Attempts += s.Attempts
			sum.Failed += s.Failed
			sum.Latency += s.Latency
		}
	}
	return sum
}

// served is how many requests each instance of a node has served.
func (m *memory) served(node string) map[string]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	served := map[string]uint64{}
	for _, s := range m.nodes {
		if s.Node == node {
			served[s.Instance] += s.Served
		}
	}
	return served
}

// of returns the requests of one entry, in the order of their arrival.
func (m *memory) of(entry string) []record.Request {
	return slices.DeleteFunc(m.bySeq(), func(r record.Request) bool { return r.Entry != entry })
}

// took is what each request took once it was on its way: how late a busy
// machine's generator was is not the system's doing.
func took(requests []record.Request) []time.Duration {
	spent := make([]time.Duration, len(requests))
	for i, r := range requests {
		spent[i] = r.Done - r.Sent
	}
	return spent
}

// inCalm measures up to three times until nothing is over its bound. What a busy
// machine adds it does not add each time, and what the program adds it does.
// Bounds from below are not for this: they hold always.
func inCalm(t *testing.T, measure func() (over string)) {
	t.Helper()
	over := measure()
	for range 2 {
		if over == "" {
			return
		}
		t.Logf("measured once more: %s", over)
		over = measure()
	}
	if over != "" {
		t.Error(over)
	}
}

// within returns the requests that were sent and answered within a span.
func within(requests []record.Request, from, to time.Duration) []record.Request {
	return slices.DeleteFunc(slices.Clone(requests), func(r record.Request) bool { return r.Sent < from || r.Done > to })
}

// inForce returns the span in which the only effect on nodes held on all of
// them, by their own word.
func (m *memory) inForce(t *testing.T) (from, to time.Duration) {
	t.Helper()
	to = time.Hour
	for _, e := range m.eventsOf(record.EffectState) {
		switch e.To {
		case "begun":
			from = max(from, e.At)
		case "healed":
			to = min(to, e.At)
		}
	}
	if from == 0 || to == time.Hour {
		t.Fatalf("effects: %+v", m.eventsOf(record.EffectState))
	}
	return from, to
}

func median(values []time.Duration) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// failures returns the numbers of the requests that failed for a cause.
func failuresOf(requests []record.Request, cause policy.Cause) []uint64 {
	var numbers []uint64
	for _, r := range requests {
		if r.Cause == cause {
			numbers = append(numbers, r.Seq)
		}
	}
	return numbers
}

// chiSquare is Pearson's statistic of counts against expected shares.
func chiSquare(counts []int, weights []float64) float64 {
	total, weight := 0, 0.0
	for i := range counts {
		total += counts[i]
		weight += weights[i]
	}
	x := 0.0
	for i, n := range counts {
		expected := float64(total) * weights[i] / weight
		x += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	return x
}

// The 99.9th percentiles of χ² by degrees of freedom.
var chiSquare999 = map[int]float64{1: 10.83, 2: 13.82, 3: 16.27}

// near says whether n of total lies within four standard deviations of a share:
// one chance in 16,000 for a right program, were the seeds not fixed.
func near(n, total int, share float64) bool {
	expected := share * float64(total)
	off := float64(n) - expected
	return off*off <= 16*expected*(1-share)
}

// Nodes tell how long each request was with them, as long as its work at least.
func TestNodesTellTheirLatencies(t *testing.T) {
	t.Parallel()
	const work, offered = 20 * time.Millisecond, 60
	m := drive(t, lone("20ms", "", "{name: steady, for: 2s, load: {constant: 30/s}}", ""), 3)
	served, told, samples := uint64(0), uint64(0), 0
	for _, s := range m.nodes {
		if s.Node != "unit" {
			continue
		}
		served += s.Served
		if s.Latency != nil {
			samples++
		}
		for d, n := range s.Latency.Each {
			if told += n; float64(d) < float64(work)*(1-wire.LatencyError) {
				t.Errorf("%d requests took %v", n, d)
			}
		}
	}
	if told != served || served < offered/2 || samples < 2 {
		t.Errorf("%d of %d requests are served, latencies of %d told in %d samples", served, offered, told, samples)
	}
}
