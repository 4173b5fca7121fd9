package reports

import (
	"fmt"
	"math"
	"strings"
)

// Document lays out the comparison: the findings first, then the table.
func (c *Comparison) Document() *Document {
	labels := []string{}
	for _, s := range c.Columns {
		labels = append(labels, s.Label)
	}
	d := &Document{Title: fmt.Sprintf("%s: %s", orUnknown(c.Scenario), strings.Join(labels, " against ")), Data: c, Runs: c.results(), Overall: c.overall()}
	head := Section{Name: "verdict"}
	if len(c.Doubts) > 0 {
		d.Title, d.Tone = d.Title+": INCONCLUSIVE", Doubt
		head.Blocks = append(head.Blocks, List{Items: c.Doubts, Tone: Doubt})
	}
	if len(c.Findings) > 0 {
		head.Blocks = append(head.Blocks, List{Items: c.Findings})
	}
	where := c.Engine + " engine"
	if c.Backend != "" {
		where += " on " + c.Backend
	}
	head.Blocks = append(head.Blocks, Paragraph{Text: where, Tone: Muted})
	d.add(head)
	d.add(c.gateSection())
	d.add(c.differenceSection())
	d.add(c.checkSection())
	d.add(c.timelineSection())
	d.add(c.topologySection())
	d.add(c.percentileSection())
	d.add(c.tableSection())
	d.add(c.matrixSection())
	d.add(c.costSection())
	d.add(c.spreadSection())
	d.add(Section{Name: "basis", Title: "What this rests on", Tone: Muted, Blocks: []Block{List{Items: c.Notes, Tone: Muted}}})
	d.add(warningsOf(d.Runs, true))
	d.add(c.runSection())
	if _, most := c.repetitions(); most > fewNamed {
		d.add(everyRun(c.groups))
	}
	d.add(methodOf(c.groups, c.groups))
	d.add(glossarySection())
	return d
}

func (c *Comparison) tableSection() Section {
	table := &Table{Columns: []Column{{}, {Title: "metric"}, {Title: "unit"}}}
	for _, s := range c.Columns {
		table.Columns = append(table.Columns, Column{Title: s.Label, Number: true})
	}
	inline := c.tells() && len(c.Columns) == 2
	if inline {
		table.Columns = append(table.Columns, Column{Title: "difference"})
	}
	group := ""
	for _, r := range c.Rows {
		name := ""
		if r.Group != group {
			name, group = r.Group, r.Group
		}
		row := []Cell{text(name), text(r.Metric), muted(r.Unit)}
		for _, s := range r.Values {
			row = append(row, s.cell(r.Unit))
		}
		if inline {
			row = append(row, r.Differences[0].cell(&r))
		}
		table.Rows = append(table.Rows, row)
	}
	title := "Side by side"
	if fewest, most := c.repetitions(); fewest >= fewestRuns {
		title += ": medians with 95 % intervals"
	} else if most > 1 {
		title += ": medians and ranges"
	}
	if inline {
		table.Note = c.legend()
	}
	return Section{Name: "matrix", Title: title, Blocks: []Block{table}}
}

// cell shows the median, and its interval or, where that is not bounded, the
// range of several runs.
func (s Spread) cell(unit string) Cell {
	show := func(v *float64) string {
		switch {
		case v == nil:
			return "not within the run"
		case unit == percentUnit:
			return bare(percent(*v / 100))
		case unit == countUnit && *v == math.Trunc(*v):
			return count(int64(*v))
		}
		return number(*v)
	}
	switch {
	case s.Runs == 0:
		return muted("–")
	case s.Runs == 1, s.Min != nil && s.Max != nil && *s.Min == *s.Max:
		return text(show(s.Median))
	}
	if s.Min == nil && s.Max == nil {
		return text("never within the run")
	}
	if s.Low != nil && s.High != nil {
		if *s.Low == *s.High {
			return text(show(s.Median))
		}
		return text(fmt.Sprintf("%s (%s–%s)", show(s.Median), show(s.Low), show(s.High)))
	}
	return text(fmt.Sprintf("%s (%s to %s)", show(s.Median), show(s.Min), show(s.Max)))
}

// fewNamed is up to how many runs of a topology are named one by one.
const fewNamed = 3

// runSection names the runs and how each ended: a topology that fails its
// checks is part of the picture.
func (c *Comparison) runSection() Section {
	table := &Table{Columns: []Column{{}, {Title: "topology"}, {Title: "verdict"}, {Title: "run"}}}
	for _, s := range c.Columns {
		if len(s.Runs) > fewNamed {
			table.Rows = append(table.Rows, s.summary()...)
			continue
		}
		for i, dir := range s.Runs {
			v := s.Verdicts[i]
			table.Rows = append(table.Rows, []Cell{v.mark(), text(s.Label), {Text: string(v), Tone: v.tone()}, runCell(dir)})
		}
	}
	return Section{Name: "runs", Title: "The runs", Tone: Muted, Blocks: []Block{table}}
}

// summary has a row for each verdict that runs of the side have.
func (s *Side) summary() [][]Cell {
	var rows [][]Cell
	for _, v := range []Verdict{Pass, Fail, Inconclusive, Partial} {
		var dirs []string
		for i, dir := range s.Runs {
			if s.Verdicts[i] == v {
				dirs = append(dirs, dir)
			}
		}
		if len(dirs) == 0 {
			continue
		}
		where := runCell(dirs[0])
		if len(dirs) > 1 {
			where.Text += fmt.Sprintf(" and %d more", len(dirs)-1)
		}
		rows = append(rows, []Cell{v.mark(), text(s.Label), {Text: fmt.Sprintf("%s: %d of %d", v, len(dirs), len(s.Runs)), Tone: v.tone()}, where})
	}
	return rows
}
