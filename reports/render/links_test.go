package render_test

import (
	"bytes"
	"strings"
	"testing"

	"windtunnel/reports"
	"windtunnel/reports/render"
)

// TestLinks: a cell leads to a file, whatever its name holds, and never elsewhere.
func TestLinks(t *testing.T) {
	for _, c := range []struct{ link, html, markdown string }{
		{"one/report.html", `<td><a href="one/report.html">run &lt;1&gt;</a></td>`, `[run \<1\>](one/report.html)`},
		{`a "b)/r.html`, `<td><a href="a%20%22b%29/r.html">run &lt;1&gt;</a></td>`, `[run \<1\>](a%20%22b%29/r.html)`},
		{"javascript:alert(1)", `<td><a href="./javascript:alert%281%29">run &lt;1&gt;</a></td>`, `[run \<1\>](./javascript:alert%281%29)`},
		{"", `<td>run &lt;1&gt;</td>`, `| run \<1\> |`},
	} {
		d := &reports.Document{Title: "t", Sections: []reports.Section{{Title: "s", Blocks: []reports.Block{
			&reports.Table{Columns: []reports.Column{{Title: "c"}}, Rows: [][]reports.Cell{{{Text: "run <1>", Link: c.link}}}}}}}}
		for format, want := range map[string]string{"html": c.html, "markdown": c.markdown} {
			var b bytes.Buffer
			if err := render.Write(&b, format, d, render.Options{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %s in\n%s", format, want, b.String()[max(0, b.Len()-600):])
			}
		}
	}
}

// TestJunitNotRun: what did not run is skipped, and counts for nothing.
func TestJunitNotRun(t *testing.T) {
	var b bytes.Buffer
	d := &reports.Document{Runs: []*reports.Result{
		{Scenario: "s", Topology: "t", Began: "2026-01-02T03:04:05Z", Verdict: reports.NotRun, Reasons: []string{"interrupted"}},
		{Scenario: "s", Topology: "t", Began: "2026-01-02T03:04:05Z", Seed: 1, Verdict: reports.Pass},
	}}
	if err := render.Write(&b, "junit", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<skipped message="interrupted">`, `name="s on t seed 0"`, `classname="s.t seed 1"`, `tests="1" failures="0" errors="0"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}
