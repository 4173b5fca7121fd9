package render_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"
	"pgregory.net/rapid"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

// readBench reads benchmark text as benchstat does; anything that it does not
// understand is an error.
func readBench(t interface{ Fatal(...any) }, text []byte) ([]*benchfmt.Result, *benchfmt.Reader) {
	var results []*benchfmt.Result
	r := benchfmt.NewReader(bytes.NewReader(text), "bench.txt")
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			results = append(results, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Fatal(rec, string(text))
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return results, r
}

func TestBenchIsRead(t *testing.T) {
	d := documents(t)["comparison"]
	var b bytes.Buffer
	if err := render.Write(&b, "bench", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	results, reader := readBench(t, b.Bytes())
	lines := 0
	for _, r := range d.Runs {
		for _, entry := range r.Entries {
			for _, phase := range []string{"all", "steady"} {
				m := r.Results[entry][phase]
				if m.LatencyMS == nil {
					continue
				}
				got := results[lines]
				lines++
				if want := fmt.Sprintf("Windtunnel/entry=%s/phase=%s-2", entry, phase); string(got.Name) != want || got.Iters != m.OK {
					t.Errorf("%s with %d iterations, want %s with %d", got.Name, got.Iters, want, m.OK)
				}
				for unit, want := range map[string]float64{"sec/op": m.LatencyMS.Mean / 1e3, "p50-sec": m.LatencyMS.P50 / 1e3,
					"p95-sec": m.LatencyMS.P95 / 1e3, "p99-sec": m.LatencyMS.P99 / 1e3, "req/s": m.OKRate, "failed-%": 100 * m.ErrorShare} {
					if v, ok := got.Value(unit); !ok || math.Abs(v-want) > 1e-5*want+1e-9 {
						t.Errorf("%s: %v %s, want %v", got.Name, v, unit, want)
					}
				}
				if got.GetConfig("topology") != r.Topology || got.GetConfig("seed") != "" {
					t.Errorf("topology %q, seed %q", got.GetConfig("topology"), got.GetConfig("seed"))
				}
			}
		}
	}
	if lines != len(results) || lines == 0 {
		t.Errorf("%d lines, want %d", len(results), lines)
	}
	for unit, better := range map[string]int{"p99-sec": -1, "req/s": 1, "failed-%": -1, "sec/op": -1} {
		if got := reader.Units().GetBetter(unit); got != better {
			t.Errorf("%s: better %d, want %d", unit, got, better)
		}
	}
}

// Runs that were given other parameters are no repetitions of each other.
func TestParametersKeepRunsApart(t *testing.T) {
	r := *documents(t)["monolith"].Runs[0]
	r.Params = map[string]string{"users": "3", "rate": "100/s"}
	d := &reports.Document{Runs: []*reports.Result{&r}}
	for format, want := range map[string]string{"bench": "\nparams: rate=100/s users=3\n", "csv": ",rate=100/s users=3,",
		"junit": `name="payments-outage on shop-monolith rate=100/s users=3"`} {
		var b bytes.Buffer
		if err := render.Write(&b, format, d, render.Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s does not say %q:\n%s", format, want, &b)
		}
	}
}

func TestBenchLeavesOutWhatCannotBeJudged(t *testing.T) {
	r := *documents(t)["monolith"].Runs[0]
	r.Verdict, r.Reasons = reports.Inconclusive, []string{"Benchmark of\nnothing"}
	var b bytes.Buffer
	if err := render.Write(&b, "bench", &reports.Document{Runs: []*reports.Result{&r}}, render.Options{}); err != nil {
		t.Fatal(err)
	}
	if results, _ := readBench(t, b.Bytes()); len(results) != 0 || !strings.Contains(b.String(), "inconclusive") {
		t.Errorf("%d results in\n%s", len(results), &b)
	}
}

// Whatever entries and phases are called, each has a line of its own that is
// read with the same parts.
func TestNamesInBenchAndCSV(t *testing.T) {
	name := rapid.OneOf(rapid.String(), rapid.StringMatching("[-a-c0-9/=% \t\n\",]{1,8}"), rapid.SampledFrom([]string{"ramp-2", "=1+1", "<script>", "total"}))
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfNDistinct(name, 1, 4, rapid.ID).Draw(t, "entries")
		phase := name.Draw(t, "phase")
		r := &reports.Result{Scenario: phase, Topology: entries[0], Verdict: reports.Pass, Entries: entries, Results: map[string]map[string]*reports.Measured{}}
		for _, e := range entries {
			r.Results[e] = map[string]*reports.Measured{reports.All: {OK: 1, LatencyMS: &reports.Quantiles{Count: 1, P50: 2}}}
		}
		d := &reports.Document{Runs: []*reports.Result{r}}
		var b bytes.Buffer
		if err := render.Write(&b, "bench", d, render.Options{}); err != nil {
			t.Fatal(err)
		}
		results, _ := readBench(t, b.Bytes())
		names := map[string]bool{}
		for _, got := range results {
			base, parts := got.Name.Parts()
			if string(base) != "Windtunnel" || len(parts) != 3 || string(parts[2]) != "-1" {
				t.Fatalf("%q has the parts %q", got.Name, parts)
			}
			names[string(got.Name)] = true
		}
		if len(names) != len(entries) {
			t.Fatalf("%d names for %d entries", len(names), len(entries))
		}
		b.Reset()
		if err := render.Write(&b, "csv", d, render.Options{}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			for _, field := range row[:len(row)-1] {
				if field != "" && strings.ContainsAny(field[:1], "=+-@") {
					t.Fatalf("%q is a formula", field)
				}
			}
		}
	})
}

func TestCSV(t *testing.T) {
	d := documents(t)["microservices"]
	var b bytes.Buffer
	if err := render.Write(&b, "csv", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, row := range rows[1:] {
		v, err := strconv.ParseFloat(row[10], 64)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.Join(row[6:10], " ")] = v
	}
	all := d.Runs[0].Results["checkout"]["all"]
	for name, want := range map[string]float64{
		"checkout all latency.p99 ms": all.LatencyMS.P99, "checkout all offered requests": float64(all.Offered),
		"checkout all failed.rejected-breaker requests": float64(all.Failed["rejected-breaker"]), "checkout steady error_share share": all.ErrorShare,
		"checkout all failed_latency.max ms": all.FailedLatencyMS.Max,
	} {
		if got, ok := found[name]; !ok || got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if head := strings.Join(rows[0], " "); head != "run scenario topology params engine seed entry phase metric unit value" {
		t.Error(head)
	}
}

// What a search found is no run's, and is listed all the same: a value for each
// repetition, without the load that was searched for.
func TestFiguresOfACapacity(t *testing.T) {
	var b bytes.Buffer
	if err := render.Write(&b, "bench", capacity(t), render.Options{}); err != nil {
		t.Fatal(err)
	}
	results, _ := readBench(t, b.Bytes())
	if v, ok := results[1].Value("req/s"); len(results) != 6 || !ok || v != 381 || string(results[1].Name) != "Windtunnel/capacity-1" ||
		results[1].GetConfig("topology") != "shop-monolith" || results[1].GetConfig("params") != "size=2" {
		t.Errorf("%d results, the second %+v", len(results), results[1])
	}
	b.Reset()
	if err := render.Write(&b, "csv", capacity(t), render.Options{}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if want := []string{"", "load", "shop-monolith", "size=2", "live", "4", "total", "all", "capacity", "/s", "381"}; err != nil || len(rows) != 7 || !slices.Equal(rows[2], want) {
		t.Errorf("%v, %v", rows, err)
	}
}
