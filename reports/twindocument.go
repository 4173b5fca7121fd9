package reports

import "fmt"

// Document lays out the report: the finding first, then a table for each topology.
func (t *TwinReport) Document() *Document {
	d := &Document{Title: fmt.Sprintf("%s: the simulator against %s", orUnknown(t.Scenario), orNone(t.Backend)), Data: t}
	tone := Good
	if t.Within < t.Judged {
		tone = Doubt
	}
	head := Section{Blocks: []Block{Paragraph{Text: t.Finding, Tone: tone}}}
	if len(t.Doubts) > 0 {
		d.Title, d.Tone = d.Title+": INCONCLUSIVE", Doubt
		head.Blocks = append(head.Blocks, List{Items: t.Doubts, Tone: Doubt})
	}
	d.add(head)
	for i := range t.Sides {
		d.add(t.Sides[i].section())
	}
	d.add(Section{Title: "What this rests on", Tone: Muted, Blocks: []Block{List{Items: t.Notes, Tone: Muted}}})
	d.add(t.runSection())
	return d
}

func (s *TwinSide) section() Section {
	within := 0
	table := &Table{
		Columns: []Column{{}, {}, {Title: "metric"}, {Title: "unit", Spare: 1}, {Title: "live", Number: true}, {Title: "live range", Number: true, Spare: 2},
			{Title: "simulated", Number: true}, {Title: "simulated range", Number: true, Spare: 4},
			{Title: "error", Number: true}, {Title: "95 % interval", Number: true, Spare: 3}, {Title: "aim", Number: true, Spare: 5}},
		Note: "Medians and ranges over the repetitions; the error is that of the simulated median. Latency and CPU may also lie " +
			"anywhere in the range of the live runs, and counts have to. What lies there and should be nearer has a doubt.",
	}
	group := ""
	for i := range s.Metrics {
		m := &s.Metrics[i]
		name := ""
		if m.Group != group {
			name, group = m.Group, m.Group
		}
		if m.Within {
			within++
		}
		table.Rows = append(table.Rows, append([]Cell{m.mark(), text(name)}, m.cells()...))
	}
	return Section{Title: fmt.Sprintf("%s: %d of %s within the aims", s.Topology, within, counted(len(s.Metrics), "metric")), Blocks: []Block{table}}
}

func (m *TwinMetric) mark() Cell {
	switch {
	case m.Within:
		return Pass.mark()
	case m.InRange:
		return Inconclusive.mark()
	}
	return Fail.mark()
}

func (m *TwinMetric) cells() []Cell {
	cells := []Cell{text(m.Metric), muted(m.Unit),
		m.Live.middle(m.Unit), m.Live.around(m.Unit), m.Simulated.middle(m.Unit), m.Simulated.around(m.Unit)}
	if m.Error == nil {
		cells = append(cells, muted("–"))
	} else {
		cells = append(cells, Cell{Text: signed(*m.Error), Tone: m.mark().Tone})
	}
	interval := "–"
	if m.Low != nil && m.High != nil {
		interval = signed(*m.Low) + " to " + signed(*m.High)
	}
	aim := "range"
	if m.Aim > 0 {
		aim = "±" + setting(100*m.Aim) + " %"
	}
	return append(cells, muted(interval), muted(aim))
}

// middle shows the median alone, and around what lies about it.
func (s Spread) middle(unit string) Cell {
	return Spread{Median: s.Median, Runs: min(s.Runs, 1)}.cell(unit)
}

func (s Spread) around(unit string) Cell {
	if s.Runs < 2 {
		return muted("–")
	}
	end := func(v *float64) string { return Spread{Median: v, Runs: 1}.cell(unit).Text }
	return muted(end(s.Min) + " to " + end(s.Max))
}

// runSection names the runs.
func (t *TwinReport) runSection() Section {
	table := &Table{Columns: []Column{{Title: "topology"}, {Title: "engine"}, {Title: "verdict"}, {Title: "run"}}}
	for i := range t.Sides {
		s := &t.Sides[i]
		for _, of := range []struct {
			engine string
			side   Side
		}{{"live", s.Live}, {"simulated", s.Simulated}} {
			for k, dir := range of.side.Runs {
				v := of.side.Verdicts[k]
				table.Rows = append(table.Rows, []Cell{text(s.Topology), text(of.engine), {Text: string(v), Tone: v.tone()}, runCell(dir)})
			}
		}
	}
	return Section{Title: "The runs", Tone: Muted, Blocks: []Block{table}}
}
