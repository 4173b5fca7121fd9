package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"pgregory.net/rapid"

	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/runner/record"
)

var update = flag.Bool("update", false, "write goldens anew")

// analysis reads one of the made-up runs of package reports.
func analysis(t *testing.T, name string) *reports.Analysis {
	t.Helper()
	run, err := record.Load(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	a, err := reports.Analyze(run, reports.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a.Dir = "runs/20260102T030405Z-payments-outage-shop-" + name + "-demo"
	return a
}

// documents are what the goldens show.
func documents(t *testing.T) map[string]*reports.Document {
	t.Helper()
	monolith, services := analysis(t, "monolith"), analysis(t, "microservices")
	c, err := reports.Compare([]*reports.Analysis{monolith, services}, reports.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*reports.Document{
		"monolith": monolith.Document(), "microservices": services.Document(), "comparison": c.Document(), "hostile": hostile(),
		"twin": twin().Document(),
	}
}

// twin is a report on the simulator with a metric of each sort.
func twin() *reports.TwinReport {
	at := func(v float64) *float64 { return &v }
	spread := func(median, low, high float64) reports.Spread {
		return reports.Spread{Median: at(median), Min: at(low), Max: at(high), Runs: 10}
	}
	beyond := reports.Spread{Runs: 10, Beyond: 10}
	side := func(engine string) reports.Side {
		return reports.Side{Label: "shop-microservices", Topology: "shop-microservices", Seeds: []uint64{1},
			Runs: []string{"runs/" + engine + "-1"}, Verdicts: []reports.Verdict{reports.Pass}}
	}
	return &reports.TwinReport{
		Format: 1, Scenario: "payments-outage", Backend: "process", Judged: 7, Within: 5,
		Finding: "The simulator is within its aims on 5 of 7 metrics; worst: checkout p99 on shop-microservices, 80.0 ms simulated for 100 measured (-20.0 %).",
		Doubts:  []string{},
		Notes:   []string{"10 live runs of each topology and 10 simulated ones.", "outside the calibration: its highest rate was 150/s, and this scenario goes up to 400/s"},
		Sides: []reports.TwinSide{{Topology: "shop-microservices", Live: side("live"), Simulated: side("simulated"), Metrics: []reports.TwinMetric{
			{Group: "all", Metric: "p50", Unit: "ms", Live: spread(5.2, 5.1, 5.4), Simulated: spread(5.1, 5.05, 5.2), Error: at(-0.0192), Low: at(-0.04), High: at(0.01), Aim: 0.1, Within: true},
			{Group: "all", Metric: "throughput", Unit: "/s", Live: spread(150, 149, 152), Simulated: spread(150, 149, 152), Error: at(0), Low: at(-0.005), High: at(0.005), Aim: 0.02, Within: true, InRange: true},
			{Group: "checkout", Metric: "p99", Unit: "ms", Live: spread(100, 94, 108), Simulated: spread(80, 79, 82), Error: at(-0.2), Low: at(-0.25), High: at(-0.15), Aim: 0.1},
			{Group: "payments-down", Metric: "errors during, all", Unit: "%", Live: spread(3, 2.5, 3.6), Simulated: spread(3.2, 3.1, 3.4), Error: at(0.0667), Low: at(-0.05), High: at(0.2), Aim: 0.02, InRange: true},
			{Group: "payments-down", Metric: "recovery, all", Unit: "ms", Live: beyond, Simulated: beyond, Aim: 0.2, Within: true, InRange: true},
			{Group: "checkout", Metric: "CPU", Unit: "cores", Live: spread(0.03, 0.028, 0.034), Simulated: spread(0.033, 0.033, 0.034), Error: at(0.1), Aim: 0.1, Within: true, InRange: true},
			{Group: "system", Metric: "breaker openings", Unit: "count", Live: spread(3, 2, 4), Simulated: spread(3, 3, 3), Error: at(0), Within: true, InRange: true},
		}}},
	}
}

// hostile has names that mean something to a format, and to a terminal.
func hostile() *reports.Document {
	const name = "a|b`c*d_e<script>[x](y)\x1b[31mred\x07\nnew line \u202eback | \\"
	return &reports.Document{
		Title: name, Tone: reports.Bad, Data: map[string]string{"name": name},
		Sections: []reports.Section{{
			Title: name,
			Blocks: []reports.Block{
				reports.Paragraph{Text: name}, reports.List{Items: []string{name, "# no heading", "1. no list", "- no list", "名前は全角"}},
				&reports.Table{
					Columns: []reports.Column{{}, {Title: name}, {Title: "p99_ms", Number: true}, {Title: "empty"}, {Title: "code"}},
					Rows: [][]reports.Cell{
						{{Text: "✓", Tone: reports.Good, Mark: true}, {Text: name}, {Text: "1.00"}, {}, {Text: name, Code: true}},
						{{Text: "✗", Tone: reports.Bad, Mark: true}, {Text: "名前"}, {Text: "1,234"}, {}, {Text: "a|b @before(x)", Code: true}},
					},
					Note: name,
				},
			},
		}},
	}
}

func TestGoldens(t *testing.T) {
	for name, d := range documents(t) {
		for _, g := range []struct {
			file, format string
			options      render.Options
		}{
			{name + ".txt", "terminal", render.Options{Width: 100}},
			{name + "-narrow.txt", "terminal", render.Options{Width: 60, ASCII: true}},
			{name + "-color.txt", "terminal", render.Options{Width: 120, Color: true}},
			{name + ".md", "markdown", render.Options{}},
			{name + ".json", "json", render.Options{}},
			{name + ".html", "html", render.Options{}},
			{name + ".xml", "junit", render.Options{}},
			{name + ".bench", "bench", render.Options{}},
			{name + ".csv", "csv", render.Options{}},
			{name + ".github", "github", render.Options{}},
		} {
			var b bytes.Buffer
			if err := render.Write(&b, g.format, d, g.options); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", g.file)
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
				t.Errorf("%s differs from what is printed now (-update writes it anew):\n%s", path, &b)
			}
		}
	}
}

func TestRunJSONIsTheJSONFormat(t *testing.T) {
	a := analysis(t, "microservices")
	var b bytes.Buffer
	if err := render.Write(&b, "json", a.Document(), render.Options{}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../testdata/microservices/run.json")
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Error("the json format and run.json differ")
	}
}

// Nothing steers the terminal, and nothing is wider than asked for where it
// can be broken.
func TestTerminalOutputIsTame(t *testing.T) {
	for name, d := range documents(t) {
		for _, width := range []int{0, 40, 60, 80, 100, 140} {
			var b bytes.Buffer
			if err := render.Write(&b, "terminal", d, render.Options{Width: width, ASCII: true}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
					t.Errorf("%s: %q is not plain", name, line)
				}
				if line != strings.TrimRight(line, " ") {
					t.Errorf("%s: %q ends in spaces", name, line)
				}
				if width >= 80 && len(line) > width && name != "comparison" {
					t.Errorf("%s at %d: %q is %d wide", name, width, line, len(line))
				}
			}
		}
	}
}

func TestColors(t *testing.T) {
	d := documents(t)["monolith"]
	for _, color := range []bool{false, true} {
		var b bytes.Buffer
		if err := render.Write(&b, "terminal", d, render.Options{Width: 100, Color: color}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "\x1b["); got != color {
			t.Errorf("colour %v gives escapes: %v", color, got)
		}
	}
}

// Any text comes out of any format whole enough to be told apart, as valid
// text, in as many cells as there are.
func TestAnyTextInAnyFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching("[|`\\\\<>*_\n\r\x1b a]*"))
		cells := rapid.SliceOfN(text, 6, 6).Draw(t, "cells")
		d := &reports.Document{Title: cells[0], Data: cells, Sections: []reports.Section{{Title: cells[1], Blocks: []reports.Block{
			&reports.Table{
				Columns: []reports.Column{{Title: "a"}, {Title: "b"}},
				Rows:    [][]reports.Cell{{{Text: "x" + cells[2]}, {Text: "y" + cells[3]}}, {{Text: cells[4]}, {Text: cells[5], Code: true}}},
			},
		}}}}
		width := rapid.IntRange(0, 120).Draw(t, "width")
		for _, format := range render.Formats.Names() {
			var b bytes.Buffer
			if err := render.Write(&b, format, d, render.Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			switch format {
			case "markdown":
				rows := 0
				for line := range strings.Lines(b.String()) {
					if strings.HasPrefix(line, "| ") {
						rows++
						if bars := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|"); bars != 3 {
							t.Fatalf("%d bars in %q", bars, line)
						}
					}
				}
				if rows != 4 {
					t.Fatalf("%d rows in %q", rows, &b)
				}
			case "json":
				if !json.Valid(b.Bytes()) {
					t.Fatalf("%q", &b)
				}
			case "terminal":
				if !utf8.Valid(b.Bytes()) || strings.ContainsAny(b.String(), "\x1b\r\x07") {
					t.Fatalf("%q", &b)
				}
			}
		}
	})
}

func TestFormats(t *testing.T) {
	for file, want := range map[string]string{"a.md": "markdown", "a.MD": "markdown", "a/b.json": "json", "x.txt": "terminal"} {
		if got, err := render.ForFile(file); err != nil || got != want {
			t.Errorf("%s: %s, %v", file, got, err)
		}
	}
	if _, err := render.ForFile("report.pdf"); err == nil || !strings.Contains(err.Error(), ".md") {
		t.Error(err)
	}
	if err := render.Write(&bytes.Buffer{}, "markdwon", hostile(), render.Options{}); err == nil || !strings.Contains(err.Error(), `did you mean "markdown"`) {
		t.Error(err)
	}
}

// broken is a place that cannot be written to.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	for _, format := range render.Formats.Names() {
		if err := render.Write(broken{}, format, hostile(), render.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// Wide characters count as two, or the columns would not stand in line.
func TestWideCharacters(t *testing.T) {
	var b bytes.Buffer
	d := &reports.Document{Title: "t", Sections: []reports.Section{{Blocks: []reports.Block{&reports.Table{
		Columns: []reports.Column{{Title: "name"}, {Title: "n", Number: true}},
		Rows:    [][]reports.Cell{{{Text: "名前"}, {Text: "1"}}, {{Text: "ab"}, {Text: "22"}}},
	}}}}}
	if err := render.Write(&b, "terminal", d, render.Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if x, y := twwidth.Width(lines[len(lines)-2]), twwidth.Width(lines[len(lines)-1]); x != y {
		t.Errorf("rows are %d and %d wide:\n%s", x, y, &b)
	}
}

// A figure is read in one go: its unit is not on the next line, unless there is
// no room for both.
func TestNumbersKeepTheirUnits(t *testing.T) {
	d := &reports.Document{Title: "t", Sections: []reports.Section{{Blocks: []reports.Block{
		reports.Paragraph{Text: "It was well again after 579 ms, for which 12,000.5 requests had to wait, 1, 2 and 3 of them (97.1 %) twice."}}}}}
	for width := 24; width < 90; width++ {
		var b bytes.Buffer
		if err := render.Write(&b, "terminal", d, render.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, torn := range []string{"579\n", "(97.1\n"} {
			if strings.Contains(b.String(), torn) {
				t.Errorf("%d wide:\n%s", width, &b)
			}
		}
	}
}

// What room there is goes to the columns where it saves lines: a title is broken
// once, and the names of rows are not.
func TestTheLeastLines(t *testing.T) {
	table := &reports.Table{Columns: []reports.Column{{Title: "metric"}, {Title: "shop-microservices", Number: true}, {Title: "shop-functions", Number: true}}}
	for range 20 {
		table.Rows = append(table.Rows, []reports.Cell{{Text: "errors during, browse"}, {Text: "0"}, {Text: "100"}})
	}
	var b bytes.Buffer
	d := &reports.Document{Title: "t", Sections: []reports.Section{{Blocks: []reports.Block{table}}}}
	if err := render.Write(&b, "terminal", d, render.Options{Width: 54}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "errors during, browse"); n != 20 || !strings.Contains(b.String(), "shop-") {
		t.Errorf("%d of 20 names are whole:\n%s", n, &b)
	}
}
