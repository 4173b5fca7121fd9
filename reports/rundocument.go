package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Document lays out one run: the verdict first, then what it rests on.
func (a *Analysis) Document() *Document {
	d := &Document{
		Title: fmt.Sprintf("%s on %s: %s", orUnknown(a.Scenario), orUnknown(a.Topology), strings.ToUpper(string(a.Verdict))),
		Tone:  a.Verdict.tone(),
		Data:  &a.Result,
		Runs:  []*Result{&a.Result},
	}
	d.add(a.headSection())
	if a.Verdict == Partial && len(a.samples.list) == 0 { // it never came to the load
		d.add(a.fileSection())
		d.add(a.methodSection())
		return d
	}
	d.add(a.warningSection())
	d.add(a.checkSection())
	d.add(a.timelineSection())
	d.add(a.graphSection())
	d.add(a.latencySection())
	d.add(a.nodeSection())
	d.add(a.edgeSection())
	d.add(a.cacheSection())
	for _, f := range a.Faults {
		d.add(a.faultSection(f))
	}
	for _, s := range a.functionSections() {
		d.add(s)
	}
	d.add(a.discoverySection())
	d.add(costSection(a.Cost))
	d.add(a.traceSection())
	d.add(a.failureSection())
	d.add(a.generatorSection())
	d.add(a.fileSection())
	d.add(a.methodSection())
	d.add(glossarySection())
	return d
}

// add leaves out sections that say nothing.
func (d *Document) add(s Section) {
	if s.Title != "" || len(s.Blocks) > 0 {
		d.Sections = append(d.Sections, s)
	}
}

func orUnknown(name string) string {
	if name == "" {
		return "(unknown)"
	}
	return name
}

func orNone(name string) string {
	if name == "" {
		return "(none)"
	}
	return name
}

func (a *Analysis) headSection() Section {
	s := Section{Name: "verdict"}
	if len(a.Reasons) > 0 {
		s.Blocks = append(s.Blocks, List{Items: a.Reasons, Tone: a.Verdict.tone()})
	}
	where := a.Engine + " engine"
	if a.Backend != "" {
		where += " on " + a.Backend
	}
	parts := []string{where, a.Began, fmt.Sprintf("%s of load", a.timeline.end.Round(100*time.Millisecond)), fmt.Sprintf("seed %d", a.Seed)}
	for _, name := range slices.Sorted(maps.Keys(a.Params)) {
		parts = append(parts, name+"="+a.Params[name])
	}
	s.Blocks = append(s.Blocks, Paragraph{Text: strings.Join(parts, " · "), Tone: Muted})
	return s
}

func (a *Analysis) checkSection() Section {
	if len(a.Checks) == 0 {
		return Section{Name: "checks", Title: "The scenario has no checks", Tone: Muted}
	}
	holding := 0
	table := &Table{Columns: []Column{{}, {Title: "check"}, {Title: "observed", Number: true},
		{Title: "95 % interval", Number: true, Spare: 1}, {Title: "why"}}}
	for _, c := range a.Checks {
		if c.Verdict == Pass {
			holding++
		}
		table.Rows = append(table.Rows, []Cell{c.Verdict.mark(), {Text: c.That, Code: true}, {Text: c.observed(), Tone: c.Verdict.tone(), Gauge: c.gauge()},
			muted(c.interval()), text(c.why())})
	}
	hold := "hold"
	if len(a.Checks) == 1 {
		hold = "holds"
	}
	s := Section{Name: "checks", Title: fmt.Sprintf("%s of %s %s", count(holding), counted(len(a.Checks), "check"), hold), Blocks: []Block{table}}
	if holding == len(a.Checks) {
		s.Tone = Good
	} else {
		s.Tone = Bad
	}
	return s
}

// latencySection is about the successes, entry by entry and phase by phase.
func (a *Analysis) latencySection() Section {
	all := a.Results[Total][All]
	s := Section{Name: "latency", Title: "No request succeeded"}
	if all.LatencyMS != nil {
		s.Title = fmt.Sprintf("Half of the successful requests took %s ms or less, 1 in 100 more than %s ms",
			number(all.LatencyMS.P50), number(all.LatencyMS.P99))
	}
	phases := a.measuredPhases()
	table := &Table{
		Columns: []Column{{Title: "entry"}, {Title: "phase"}, {Title: "offered", Number: true, Spare: 3},
			{Title: "sent /s", Number: true, Spare: 1}, {Title: "ok %", Number: true},
			{Title: "p50 ms", Number: true}, {Title: "p90 ms", Number: true, Spare: 4}, {Title: "p95 ms", Number: true},
			{Title: "p99 ms", Number: true}, {Title: "p99.9 ms", Number: true, Spare: 2}, {Title: "max ms", Number: true, Spare: 1}},
		Note: "Time from the intended send to the reply of the requests that succeeded, without warm-up.",
	}
	if len(a.Timers) > 0 {
		table.Note += " What timers asked is no part of total: " + strings.Join(a.Timers, ", ") + "."
	}
	for _, entry := range a.Entries {
		for i, phase := range phases {
			name := ""
			if i == 0 {
				name = entry
			}
			table.Rows = append(table.Rows, latencyRow(name, phase, a.Results[entry][phase]))
		}
	}
	s.Blocks = []Block{table}
	if all.Sent > 0 {
		s.Blocks = append(s.Blocks, a.percentileChart())
	}
	if h := a.heatMap(); h != nil {
		s.Blocks = append(s.Blocks, h)
	}
	return s
}

// measuredPhases are the rows of an entry: all, and its parts where it has several.
func (a *Analysis) measuredPhases() []string {
	var names []string
	for _, p := range a.Phases {
		if p.Measured {
			names = append(names, p.Name)
		}
	}
	if len(names) == 1 {
		return names
	}
	return append([]string{All}, names...)
}

func latencyRow(entry, phase string, m *Measured) []Cell {
	row := []Cell{text(entry), text(phase), text(count(m.Offered)), text(number(m.Rate)), m.okCell()}
	return append(row, quantileCells(m.LatencyMS, func(q *Quantiles) []float64 {
		return []float64{q.P50, q.P90, q.P95, q.P99, q.P999, q.Max}
	}, 6)...)
}

// okCell shows the share of successes.
func (m *Measured) okCell() Cell {
	if m.Offered == 0 {
		return muted("–")
	}
	c := text(bare(percent(share(m.OK, m.Offered))))
	if m.OK < m.Offered {
		c.Tone = Doubt
	}
	if m.OK*2 < m.Offered {
		c.Tone = Bad
	}
	return c
}

// bare takes the unit away that the column's title has.
func bare(percent string) string { return strings.TrimSuffix(percent, " %") }

// quantileCells shows n figures of a distribution, dashes where there is none.
func quantileCells(q *Quantiles, pick func(*Quantiles) []float64, n int) []Cell {
	cells := make([]Cell, 0, n)
	if q == nil {
		for range n {
			cells = append(cells, muted("–"))
		}
		return cells
	}
	for _, v := range pick(q) {
		cells = append(cells, text(number(v)))
	}
	return cells
}

// failureSection counts the failures by cause.
func (a *Analysis) failureSection() Section {
	all := a.asked.measured()
	causes := all.Failed.InOrder()
	if len(causes) == 0 {
		return Section{Name: "errors", Title: "No request failed", Tone: Good}
	}
	who, asking := "requests", anyEntry
	if visitors := a.Results[Total][All]; len(visitors.Failed) > 0 {
		all = visitors
	} else {
		who, asking = "requests, all of them of timers,", anyone // not one visitor's
	}
	most := causes[0]
	for _, c := range causes {
		if all.Failed[c] > all.Failed[most] {
			most = c
		}
	}
	s := Section{Name: "errors", Tone: Bad, Title: fmt.Sprintf("%s of the %s failed, most with the cause %s", percent(all.ErrorShare), who, most)}
	table := &Table{Columns: []Column{{Title: "entry"}, {Title: "failed", Number: true}, {Title: "failed %", Number: true}}}
	for _, c := range causes {
		table.Columns = append(table.Columns, Column{Title: string(c), Number: true})
	}
	table.Columns = append(table.Columns, Column{Title: "p50 ms", Number: true, Spare: 1},
		Column{Title: "p99 ms", Number: true, Spare: 2}, Column{Title: "max ms", Number: true, Spare: 3})
	table.Note = "Times are from the intended send to the failure."
	for _, entry := range a.Entries {
		m := a.Results[entry][All]
		row := []Cell{text(entry), text(count(m.Failed.Sum())), text(bare(percent(m.ErrorShare)))}
		for _, c := range causes {
			row = append(row, zeroMuted(m.Failed[c]))
		}
		table.Rows = append(table.Rows, append(row, quantileCells(m.FailedLatencyMS, func(q *Quantiles) []float64 {
			return []float64{q.P50, q.P99, q.Max}
		}, 3)...))
	}
	s.Blocks = []Block{table}
	if c := a.causeChart(causes, asking); c != nil {
		s.Blocks = append(s.Blocks, c)
	}
	return s
}

func zeroMuted[N int | int64 | uint64](n N) Cell {
	if n == 0 {
		return muted("0")
	}
	return text(count(n))
}
