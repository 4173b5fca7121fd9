package reports

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// methodOf says how several runs were made. Where they differ, the first few
// values are named. Of some groups the input of the first run is shown.
func methodOf(groups, shown []*runGroup) Section {
	if len(groups) == 0 {
		return Section{}
	}
	s := methodHead()
	var runs []*Analysis
	for _, g := range groups {
		runs = append(runs, g.runs...)
	}
	facts := &Table{Columns: []Column{{}, {}}}
	for _, f := range runs[0].methodFacts() {
		if f.one && len(runs) > 1 {
			continue
		}
		var values []string
		for _, a := range runs {
			values = append(values, a.methodFact(f.name))
		}
		if value := variants(values); value != "" {
			facts.Rows = append(facts.Rows, []Cell{muted(f.name), {Text: value, Code: f.code}})
		}
	}
	s.Blocks = append(s.Blocks, facts, List{Items: methodWords})
	for _, g := range shown {
		if text := g.runs[0].resolved(); text != "" {
			s.Blocks = append(s.Blocks, Source{Title: g.label + ": the input with every default filled in (resolved.yaml)", Text: text})
		}
	}
	return s
}

// mostVariants is how many values are named in which runs differ.
const mostVariants = 6

// variants lists different values once, the first few of them.
func variants(values []string) string {
	var different []string
	for _, v := range values {
		if v != "" && !slices.Contains(different, v) {
			different = append(different, v)
		}
	}
	if more := len(different) - mostVariants; more > 0 {
		different = append(different[:mostVariants], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(different, "; ")
}

// everyRun lists the runs of a report, each with a way to its own report.
func everyRun(groups []*runGroup) Section {
	if len(groups) == 0 {
		return Section{}
	}
	table := &Table{Columns: []Column{{}, {Title: "of"}, {Title: "seed", Number: true}, {Title: "verdict"}, {Title: "run"}}}
	for _, g := range groups {
		for _, a := range g.runs {
			table.Rows = append(table.Rows, []Cell{a.Verdict.mark(), text(g.label), text(fmt.Sprint(a.Seed)), {Text: string(a.Verdict), Tone: a.Verdict.tone()}, runCell(a.Dir)})
		}
	}
	return Section{Name: "every run", Title: counted(len(table.Rows), "run") + ", each with a report of its own", Tone: Muted, Appendix: true, Blocks: []Block{table}}
}

// runCell names a run by its directory.
func runCell(dir string) Cell { return Cell{Text: dir, Tone: Muted, Run: dir} }

// LinkRuns leads every cell that names a run to the report of that run, as a
// page in the given directory finds it; "": the page lies nowhere, and links to
// nothing. So does the name of a run whose report is not there.
func (d *Document) LinkRuns(page string) {
	for _, s := range d.Sections {
		for _, b := range s.Blocks {
			table, ok := b.(*Table)
			if !ok {
				continue
			}
			for _, row := range table.Rows {
				for i := range row {
					if row[i].Run != "" {
						row[i].Link = wayTo(row[i].Run, page)
					}
				}
			}
		}
	}
}

// wayTo is the path from a directory to the report of a run, with slashes; ""
// where there is none.
func wayTo(run, page string) string {
	report := filepath.Join(run, "report.html")
	if _, err := os.Stat(report); page == "" || err != nil {
		return ""
	}
	from, err := filepath.Abs(page)
	if err != nil {
		return ""
	}
	to, err := filepath.Abs(report)
	if err != nil {
		return ""
	}
	way, err := filepath.Rel(from, to)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(way)
}
