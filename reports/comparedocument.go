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
	d := &Document{Title: fmt.Sprintf("%s: %s", orUnknown(c.Scenario), strings.Join(labels, " against ")), Data: c}
	head := Section{}
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
	d.add(c.checkSection())
	d.add(c.tableSection())
	d.add(Section{Title: "What this rests on", Tone: Muted, Blocks: []Block{List{Items: c.Notes, Tone: Muted}}})
	d.add(c.runSection())
	return d
}

func (c *Comparison) tableSection() Section {
	table := &Table{Columns: []Column{{}, {Title: "metric"}, {Title: "unit"}}}
	for _, s := range c.Columns {
		table.Columns = append(table.Columns, Column{Title: s.Label, Number: true})
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
		table.Rows = append(table.Rows, row)
	}
	return Section{Title: "Side by side", Blocks: []Block{table}}
}

// cell shows the median, and the range where there are several runs.
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
	return text(fmt.Sprintf("%s (%s to %s)", show(s.Median), show(s.Min), show(s.Max)))
}

// runSection names the runs and how each ended: a topology that fails its
// checks is part of the picture.
func (c *Comparison) runSection() Section {
	table := &Table{Columns: []Column{{}, {Title: "topology"}, {Title: "verdict"}, {Title: "run"}}}
	for _, s := range c.Columns {
		for i, dir := range s.Runs {
			v := s.Verdicts[i]
			table.Rows = append(table.Rows, []Cell{v.mark(), text(s.Label), {Text: string(v), Tone: v.tone()}, muted(dir)})
		}
	}
	return Section{Title: "The runs", Tone: Muted, Blocks: []Block{table}}
}
