package reports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sectionOf is the section of that name; it has none where there is none.
func sectionOf(d *Document, name string) Section {
	for _, s := range d.Sections {
		if s.Name == name {
			return s
		}
	}
	return Section{}
}

// A sweep and a capacity say how they were made: what another needs to do it again.
func TestReportsOfManyRunsSayHow(t *testing.T) {
	var runs []*Analysis
	found := &Capacity{Param: "rate", Unit: "/s", Objectives: []string{promise}}
	for seed, rate := range []string{"1/s", "2/s", "3/s"} {
		s := outage("shop-monolith", uint64(seed))
		s.id.Params, s.input = map[string]string{"rate": rate}, shopWith("1", rate, "1%")
		a := s.analyze(t, Options{})
		runs = append(runs, a)
		found.Take(a)
	}
	for name, d := range map[string]*Document{"sweep": Sweep(runs, "rate").Document(), "capacity": found.Document()} {
		method, every, glossary := sectionOf(d, "method"), sectionOf(d, "every run"), sectionOf(d, "glossary")
		if len(method.Blocks) < 3 || len(every.Blocks) != 1 || len(glossary.Blocks) != 1 {
			t.Fatalf("%s: %+v", name, d.Sections)
		}
		facts := map[string]string{}
		for _, row := range method.Blocks[0].(*Table).Rows {
			facts[row[0].Text] = row[1].Text
		}
		if facts["seed"] != "0; 1; 2" || facts["command"] != "windtunnel run payments-outage -t shop-monolith" || facts["run"] != "" ||
			!strings.Contains(facts["machine"], "linux/amd64") || strings.Count(facts["input"], "SHA-256") != 3 {
			t.Errorf("%s: %v", name, facts)
		}
		if source, ok := method.Blocks[2].(Source); !ok || len(method.Blocks) != 3 || !strings.Contains(source.Title, "rate = 1/s: the input") || !strings.Contains(source.Text, "cpu: 1") {
			t.Errorf("%s: %+v", name, method.Blocks[2])
		}
		rows := every.Blocks[0].(*Table).Rows
		if len(rows) != 3 || rows[2][2].Text != "2" || rows[2][4].Run != runs[2].Dir {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

func TestVariants(t *testing.T) {
	for want, values := range map[string][]string{
		"": {"", ""}, "a": {"a", "a", ""}, "a; b": {"a", "b", "a"}, "1; 2; 3; 4; 5; 6; and 2 more": {"1", "2", "3", "4", "5", "6", "7", "8"},
	} {
		if got := variants(values); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A run is linked to where its report is there, as the page finds it.
func TestLinkRuns(t *testing.T) {
	home := t.TempDir()
	hostile := `a "b" <c>`
	run := filepath.Join(home, "runs", hostile)
	if err := os.MkdirAll(run, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(run, "report.html"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	rows := [][]Cell{{runCell(run)}, {runCell(filepath.Join(home, "runs", "none"))}, {text("no run")}}
	d := &Document{Sections: []Section{{Blocks: []Block{Paragraph{}, &Table{Rows: rows}}}}}
	for _, c := range []struct{ page, want string }{
		{home, "runs/" + hostile + "/report.html"}, {filepath.Join(home, "runs"), hostile + "/report.html"},
		{filepath.Join(home, "pages"), "../runs/" + hostile + "/report.html"}, {"", ""},
	} {
		d.LinkRuns(c.page)
		if rows[0][0].Link != c.want || rows[1][0].Link != "" || rows[2][0].Link != "" {
			t.Errorf("from %q: %q, %q, %q", c.page, rows[0][0].Link, rows[1][0].Link, rows[2][0].Link)
		}
	}
}
