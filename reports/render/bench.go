package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// benchFormat prints results as Go's benchmarks print theirs
// (golang.org/design/14313-benchmark-format), a line for each entry and phase.
// Runs that cannot be judged are named and left out.
type benchFormat struct{}

func (benchFormat) Extensions() []string { return []string{"bench.txt", ".bench"} }

func (benchFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	var b bytes.Buffer
	b.WriteString("Unit p50-ns better=lower\nUnit p95-ns better=lower\nUnit p99-ns better=lower\n" +
		"Unit req/s better=higher\nUnit failed-% better=lower\n")
	for _, r := range d.Runs {
		b.WriteByte('\n')
		if r.Verdict == reports.Partial || r.Verdict == reports.Inconclusive {
			b.WriteString("# " + safe.Text(fmt.Sprintf("%s on %s is %s: %s", r.Scenario, r.Topology, r.Verdict, strings.Join(r.Reasons, "; "))) + "\n")
			continue
		}
		benchConfig(&b, r)
		for _, entry := range r.Entries {
			for _, phase := range phasesOf(r) {
				benchLine(&b, r, entry, phase)
			}
		}
	}
	for i, f := range d.Figures {
		if i == 0 {
			if f.Unit != "/s" { // which is among those above
				b.WriteString("Unit " + benchUnit(f.Unit) + " better=higher\n")
			}
			b.WriteByte('\n')
			benchConfig(&b, f.Of)
		}
		fmt.Fprintf(&b, "BenchmarkWindtunnel/%s-%d\t1\t%s %s\n", benchName(f.Metric), max(f.Of.Environment.Cores, 1), strconv.FormatFloat(f.Value, 'g', 6, 64), benchUnit(f.Unit))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// benchUnit is a unit as benchmarks write it.
func benchUnit(unit string) string {
	if unit == "/s" {
		return "req/s"
	}
	return unit
}

// benchConfig writes what sets results apart that are not to be compared. It
// leaves out what differs between repetitions, which are samples of one thing.
func benchConfig(b *bytes.Buffer, r *reports.Result) {
	for _, c := range [][2]string{
		{"goos", r.Environment.OS}, {"goarch", r.Environment.Arch}, {"cpu", r.Environment.CPU},
		{"engine", r.Engine}, {"backend", r.Backend}, {"scenario", r.Scenario}, {"topology", r.Topology}, {"params", r.Setting()},
	} {
		if value := strings.TrimSpace(safe.Text(c[1])); value != "" {
			b.WriteString(c[0] + ": " + value + "\n")
		}
	}
}

// phasesOf are the phases of a result that are measured, all first.
func phasesOf(r *reports.Result) []string {
	phases := []string{reports.All}
	for _, p := range r.Phases {
		if p.Measured && p.Name != reports.All {
			phases = append(phases, p.Name)
		}
	}
	return phases
}

// benchLine writes one result. What no request succeeded in has no line: a
// latency of 0 would look like the best of all.
func benchLine(b *bytes.Buffer, r *reports.Result, entry, phase string) {
	m := r.Results[entry][phase]
	if m == nil || m.LatencyMS == nil {
		return
	}
	nanos := func(ms float64) string { return strconv.FormatFloat(ms*1e6, 'f', 0, 64) }
	plain := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	// The last part is how many cores there were, as go test has it: without it
	// a phase that ends in -2 would be read as one.
	fmt.Fprintf(b, "BenchmarkWindtunnel/entry=%s/phase=%s-%d\t%d\t%s ns/op\t%s p50-ns\t%s p95-ns\t%s p99-ns\t%s req/s\t%s failed-%%\n",
		benchName(entry), benchName(phase), max(r.Environment.Cores, 1), m.OK,
		nanos(m.LatencyMS.Mean), nanos(m.LatencyMS.P50), nanos(m.LatencyMS.P95), nanos(m.LatencyMS.P99),
		plain(m.OKRate), plain(100*m.ErrorShare))
}

// benchName makes a name one part of a benchmark's: what parts names, or is no
// letter, is written as in a URL, so that different names stay different.
func benchName(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func init() {
	Formats.Register(def.Def[Format]{
		Name: "bench",
		Doc: "Go benchmark text, which benchstat reads and compares: benchstat -col topology runs/*/bench.txt\n" +
			"The extension is .bench, or the file is called bench.txt. Runs that cannot be judged are left out.",
		New: func() Format { return benchFormat{} },
	})
}
