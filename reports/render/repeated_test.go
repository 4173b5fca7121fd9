package render_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

// repeated are runs of one of the made-up topologies, whose latencies differ a
// little from run to run, and by a factor from what they are.
func repeated(t *testing.T, name string, runs int, factor float64) []*reports.Analysis {
	t.Helper()
	var all []*reports.Analysis
	for k := range runs {
		a := analysis(t, name)
		a.Seed, a.Dir = uint64(k), fmt.Sprintf("runs/%s-%d", name, k)
		for _, phases := range a.Results {
			for _, m := range phases {
				if q := m.LatencyMS; q != nil {
					by := factor * (1 + 0.01*float64(k*7%runs))
					q.Mean, q.P50, q.P95, q.P99 = q.Mean*by, q.P50*by, q.P95*by, q.P99*by
				}
			}
		}
		all = append(all, a)
	}
	return all
}

// sweep is the monolith at five rates, of which it serves no more than 80 a second.
func sweep(t *testing.T) *reports.Document {
	t.Helper()
	var all []*reports.Analysis
	for i, rate := range []float64{10, 20, 40, 80, 160} {
		for k, a := range repeated(t, "monolith", 2, 1+rate*rate/4000) {
			a.Params = map[string]string{"rate": fmt.Sprintf("%v/s", rate)}
			a.Dir = fmt.Sprintf("runs/%d-%d", i, k)
			m := a.Results[reports.Total][reports.All]
			m.OfferedRate, m.OKRate = rate, min(rate, 80)
			m.ErrorShare = 1 - m.OKRate/rate
			all = append(all, a)
		}
	}
	return reports.Sweep(all, reports.Swept(all)).Document()
}

// capacity is a search that ended, with one load that held in some repetitions.
func capacity(t *testing.T) *reports.Document {
	t.Helper()
	const that = "total.latency.p99 < 250ms"
	at := func(v float64) *float64 { return &v }
	c := &reports.Capacity{
		Param: "rate", Unit: "/s",
		Objectives: []string{that}, Precision: 0.05, Load: at(400), Low: at(381), High: at(420), Edges: []float64{400, 381, 400, 400, 381, 400},
		Trials: []reports.Trial{
			{Load: 400, Kept: true, Observed: at(120), Unit: "ms"}, {Load: 381, Kept: true, Observed: at(90), Unit: "ms"},
			{Load: 400, Observed: at(260), Unit: "ms", Broken: []string{that + ": observed 260ms"}},
			{Load: 420, Observed: at(700), Unit: "ms", Broken: []string{that + ": observed 700ms"}},
		},
	}
	a := analysis(t, "monolith")
	a.Result = reports.Result{Format: 1, Began: "2026-01-02T03:04:05Z", Scenario: "load", Topology: "shop-monolith", Engine: "live", Backend: "process",
		Seed: 3, Params: map[string]string{"rate": "100/s", "size": "2"}, Warnings: []string{"the warm-up was too short"}}
	c.Take(a)
	return c.Document()
}

// TestRepeatedGoldens shows what repetitions, sweeps and searches read like.
func TestRepeatedGoldens(t *testing.T) {
	both := append(repeated(t, "monolith", 8, 1), repeated(t, "microservices", 8, 1.2)...)
	gate, err := reports.ParseGate("p99:+10%")
	if err != nil {
		t.Fatal(err)
	}
	c, err := reports.Compare(both, reports.CompareOptions{Margin: 0.05, Gates: []reports.Gate{gate}})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*reports.Document{"repetitions": c.Document(), "sweep": sweep(t), "capacity": capacity(t)} {
		for extension, format := range map[string]string{".txt": "terminal", ".md": "markdown"} {
			var b bytes.Buffer
			if err := render.Write(&b, format, d, render.Options{Width: 110}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+extension)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("%s differs:\n%s", path, &b)
			}
		}
	}
}
