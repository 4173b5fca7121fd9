package reports

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// suiteCell is one combination of a suite with its repetitions.
type suiteCell struct {
	scenario, topology, setting, on string
	runs                            []*IndexRun
}

// cells groups the runs of an index by combination, in the order in which they come.
func (x *Index) cells() []*suiteCell {
	var cells []*suiteCell
	for i := range x.Runs {
		r := &x.Runs[i]
		at := slices.IndexFunc(cells, func(c *suiteCell) bool {
			return c.scenario == r.Scenario && c.topology == r.Topology && c.setting == r.Setting() && c.on == r.On
		})
		if at < 0 {
			at = len(cells)
			cells = append(cells, &suiteCell{r.Scenario, r.Topology, r.Setting(), r.On, nil})
		}
		cells[at].runs = append(cells[at].runs, r)
	}
	return cells
}

// name is what sentences call the combination.
func (c *suiteCell) name() string {
	return strings.TrimSpace(c.scenario + " on " + c.topology + " " + c.setting)
}

// worst is the run that decides the verdict, the first of several.
func (c *suiteCell) worst() *IndexRun {
	return slices.MaxFunc(c.runs, func(a, b *IndexRun) int { return a.Verdict.severity() - b.Verdict.severity() })
}

// passing counts the repetitions that pass.
func (c *suiteCell) passing() int {
	n := 0
	for _, r := range c.runs {
		if r.Verdict == Pass {
			n++
		}
	}
	return n
}

// check is the worst one of all repetitions.
func (c *suiteCell) check() *CheckResult {
	var all []CheckResult
	for _, r := range c.runs {
		all = append(all, r.Checks...)
	}
	return worstCheck(all)
}

// SuiteDocument lays out a suite: the verdict first, then every combination.
// Reports of runs are linked to as the document at page, a directory, finds
// them; dir is that of the index. A page outside of what holds the index links
// to nothing: it is read where the runs are not.
func (x *Index) SuiteDocument(dir, page string) *Document {
	d := &Document{Title: fmt.Sprintf("%s: %s", orUnknown(x.Suite), strings.ToUpper(string(x.Verdict))), Tone: x.Verdict.tone(), Data: x, Overall: x.overall()}
	for i := range x.Runs {
		d.Runs = append(d.Runs, x.result(&x.Runs[i]))
	}
	l := linker{dir, page}
	cells := x.cells()
	where := sameVenue(cells)
	d.add(x.suiteHead(cells, where))
	d.add(x.suiteGates())
	d.add(suiteGrid(cells, l))
	d.add(x.suiteTable(cells, l))
	d.add(x.suiteRuns(cells, l))
	d.add(warningsOf(x.results(), true))
	if len(x.LeftOut) > 0 {
		d.add(Section{Name: "left out", Title: counted(len(x.LeftOut), "combination") + " left out: the scenario is for another application", Tone: Muted,
			Blocks: []Block{List{Items: x.LeftOut, Tone: Muted}}})
	}
	return d
}

// results are those of the runs that there are.
func (x *Index) results() []*Result {
	var all []*Result
	for _, r := range x.Runs {
		if r.Result != nil {
			all = append(all, r.Result)
		}
	}
	return all
}

// sameVenue is where all combinations are run, and is then no mark of each of
// them; "" where that differs.
func sameVenue(cells []*suiteCell) string {
	for _, c := range cells {
		if c.on != cells[0].on {
			return ""
		}
	}
	where := ""
	for _, c := range cells {
		where, c.on = c.on, ""
	}
	return where
}

// linker finds the way from a page to the report of a run.
type linker struct{ dir, page string }

func (l linker) to(r *IndexRun) string {
	if r.Dir == "" || l.page == "" {
		return ""
	}
	way, err := filepath.Rel(l.page, filepath.Join(l.dir, r.Dir, "report.html"))
	if err != nil || strings.HasPrefix(way, "..") {
		return ""
	}
	return filepath.ToSlash(way)
}

// mostNamed is how many combinations that did not pass the head names.
const mostNamed = 6

func (x *Index) suiteHead(cells []*suiteCell, where string) Section {
	count := map[Verdict]int{}
	var items []string
	for _, c := range cells {
		verdict := c.worst().Verdict
		if count[verdict]++; verdict != Pass {
			items = append(items, c.sentence())
		}
	}
	if more := len(items) - mostNamed; more > 0 {
		items = append(items[:mostNamed], fmt.Sprintf("and %d more", more))
	}
	first := "Every one of the " + counted(len(cells), "combination") + " passes."
	switch {
	case len(cells) == 1 && count[Pass] == 1:
		first = "The one combination passes."
	case count[Pass] < len(cells):
		first = fmt.Sprintf("%d of %s pass", count[Pass], counted(len(cells), "combination"))
		for _, v := range []struct {
			verdict Verdict
			words   string
		}{{Fail, "failed"}, {Partial, "ended early"}, {Inconclusive, "could not be judged"}, {NotRun, "not run"}} {
			if n := count[v.verdict]; n > 0 {
				first += fmt.Sprintf(", %d %s", n, v.words)
			}
		}
		first += "."
	}
	s := Section{Name: "verdict", Blocks: []Block{Paragraph{Text: first}}}
	if len(items) > 0 {
		s.Blocks = append(s.Blocks, List{Items: items, Tone: x.Verdict.tone()})
	}
	runs := counted(len(x.Runs), "run")
	if where != "" {
		runs += " on " + where
	}
	s.Blocks = append(s.Blocks, Paragraph{Text: strings.Join([]string{runs, x.Began, strings.Join(x.Command, " ")}, " · "), Tone: Muted})
	return s
}

// sentence says of a combination that does not pass why.
func (c *suiteCell) sentence() string {
	worst := c.worst()
	text := c.name() + ": " + string(worst.Verdict)
	if len(c.runs) > 1 {
		text += fmt.Sprintf(" in %d of %d runs", len(c.runs)-c.passing(), len(c.runs))
	}
	if check := c.check(); worst.Verdict == Fail && check != nil {
		if check.Observed == nil {
			return text + ", " + check.That + ": " + check.Reason
		}
		return text + ", " + check.That + " was " + check.observed()
	}
	if len(worst.Reasons) > 0 {
		text += ", " + strings.Join(worst.Reasons, "; ")
	}
	return text
}

// suiteGates shows what each combination was held against.
func (x *Index) suiteGates() Section {
	if len(x.Gates) == 0 {
		return Section{}
	}
	holding := 0
	verdict := Pass
	table := &Table{Columns: []Column{{}, {Title: "gate"}, {Title: "combination"}, {Title: "found"}}}
	for _, g := range x.Gates {
		if g.Verdict == Pass {
			holding++
		}
		if g.Verdict.severity() > verdict.severity() {
			verdict = g.Verdict
		}
		table.Rows = append(table.Rows, []Cell{g.Verdict.mark(), {Text: g.Gate, Code: true}, text(g.Column), text(g.Found)})
	}
	return Section{Name: "gates", Title: fmt.Sprintf("%d of %s against the baseline hold", holding, counted(len(x.Gates), "gate")), Tone: verdict.tone(), Blocks: []Block{table}}
}

// suiteGrid sets scenarios against topologies, for suites that have several of either.
func suiteGrid(cells []*suiteCell, l linker) Section {
	var rows, columns []string
	row := func(c *suiteCell) string {
		return strings.TrimSpace(strings.TrimSpace(c.scenario+" "+c.setting) + " " + c.on)
	}
	for _, c := range cells {
		if !slices.Contains(rows, row(c)) {
			rows = append(rows, row(c))
		}
		if !slices.Contains(columns, c.topology) {
			columns = append(columns, c.topology)
		}
	}
	if len(rows) < 2 || len(columns) < 2 {
		return Section{}
	}
	table := &Table{Columns: []Column{{Title: "scenario"}}, Note: "The share of its limit that the check nearest to it leaves free."}
	for _, name := range columns {
		table.Columns = append(table.Columns, Column{Title: name})
	}
	for _, name := range rows {
		line := make([]Cell, len(columns)+1)
		line[0] = text(name)
		for _, c := range cells {
			if row(c) == name {
				line[slices.Index(columns, c.topology)+1] = c.short(l)
			}
		}
		table.Rows = append(table.Rows, line)
	}
	return Section{Name: "at a glance", Title: gridTitle(cells), Blocks: []Block{table}}
}

// gridTitle says where the trouble lies: in a scenario, a topology, or everywhere.
func gridTitle(cells []*suiteCell) string {
	var bad []*suiteCell
	for _, c := range cells {
		if c.worst().Verdict != Pass {
			bad = append(bad, c)
		}
	}
	if len(bad) == 0 {
		return "Every scenario passes on every topology"
	}
	oneScenario, oneTopology := true, true
	for _, c := range bad {
		oneScenario = oneScenario && c.scenario == bad[0].scenario
		oneTopology = oneTopology && c.topology == bad[0].topology
	}
	switch {
	case len(bad) == 1:
		return fmt.Sprintf("Only %s does not pass", bad[0].name())
	case oneScenario:
		return fmt.Sprintf("All that does not pass is of scenario %s", bad[0].scenario)
	case oneTopology:
		return fmt.Sprintf("All that does not pass is on %s", bad[0].topology)
	}
	return "What passes where"
}

// short shows a combination in one cell.
func (c *suiteCell) short(l linker) Cell {
	worst := c.worst()
	cell := worst.Verdict.mark()
	cell.Mark, cell.Link = false, l.to(worst)
	check := c.check()
	switch {
	case worst.Verdict == NotRun:
		cell.Text = "not run"
	case check != nil && check.marginWords() != "" && check.Verdict == worst.Verdict:
		cell.Text += " " + check.marginWords()
	case worst.Verdict != Pass:
		cell.Text += " " + string(worst.Verdict)
	}
	return cell
}

// suiteTable has a row for each combination.
func (x *Index) suiteTable(cells []*suiteCell, l linker) Section {
	table := &Table{Columns: []Column{{}, {Title: "combination"}, {Title: "on", Spare: 3},
		{Title: "runs pass", Spare: 2}, {Title: "checks hold", Spare: 1}, {Title: "nearest to its limit, or beyond"}, {Title: "observed", Number: true}, {Title: "margin", Number: true}},
		Note: "The margin is what the check leaves of its limit. With repetitions, the check and the report are those of the worst run."}
	passing := 0
	for _, c := range cells {
		worst := c.worst()
		if worst.Verdict == Pass {
			passing++
		}
		row := []Cell{worst.Verdict.mark(), {Text: c.name(), Link: l.to(worst)}, text(c.on), text(c.runsWords()), text(c.checksWords())}
		table.Rows = append(table.Rows, append(row, c.checkCells()...))
	}
	tone := Good
	if passing < len(cells) {
		tone = x.Verdict.tone()
	}
	return Section{Name: "combinations", Title: fmt.Sprintf("%d of %s pass", passing, counted(len(cells), "combination")), Tone: tone, Blocks: []Block{table}}
}

// runsWords count the repetitions that pass; nothing where there is one.
func (c *suiteCell) runsWords() string {
	if len(c.runs) == 1 {
		return ""
	}
	return fmt.Sprintf("%d of %d", c.passing(), len(c.runs))
}

// checksWords count the checks that hold in every repetition.
func (c *suiteCell) checksWords() string {
	holds := map[string]bool{}
	for _, r := range c.runs {
		for _, k := range r.Checks {
			before, seen := holds[k.That]
			holds[k.That] = (before || !seen) && k.Verdict == Pass
		}
	}
	holding := 0
	for _, held := range holds {
		if held {
			holding++
		}
	}
	if len(holds) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d", holding, len(holds))
}

func (c *suiteCell) checkCells() []Cell {
	check := c.check()
	switch worst := c.worst(); {
	case check == nil || worst.Verdict == NotRun:
		return []Cell{muted(strings.Join(worst.Reasons, "; ")), {}, {}}
	case check.Verdict == Pass && worst.Verdict != Pass: // it is not the checks
		return []Cell{text(strings.Join(worst.Reasons, "; ")), {}, {}}
	}
	return []Cell{{Text: check.That, Code: true}, {Text: check.observed(), Tone: check.Verdict.tone(), Gauge: check.gauge()},
		{Text: check.marginWords(), Tone: check.Verdict.tone()}}
}

// suiteRuns lists every run, where there are repetitions.
func (x *Index) suiteRuns(cells []*suiteCell, l linker) Section {
	if len(cells) == len(x.Runs) {
		return Section{}
	}
	table := &Table{Columns: []Column{{}, {Title: "combination"}, {Title: "seed", Number: true}, {Title: "report"}, {Title: "why"}}}
	for _, c := range cells {
		for _, r := range c.runs {
			report := muted("none")
			if r.Dir != "" {
				report = Cell{Text: r.Dir, Link: l.to(r)}
			}
			table.Rows = append(table.Rows, []Cell{r.Verdict.mark(), text(c.name()), text(fmt.Sprint(r.Seed)), report, text(strings.Join(r.Reasons, "; "))})
		}
	}
	return Section{Name: "runs", Title: "Every run", Tone: Muted, Appendix: true, Blocks: []Block{table}}
}
