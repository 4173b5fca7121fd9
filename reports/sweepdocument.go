package reports

import "fmt"

// Document lays out the sweep: a section for each topology, with what was found
// before the figures.
func (s *Scaling) Document() *Document {
	first, last := s.Curves[0].Points[0].Text, s.Curves[0].Points[len(s.Curves[0].Points)-1].Text
	d := &Document{Title: fmt.Sprintf("%s: %s from %s to %s", orUnknown(s.Scenario), s.Param, first, last), Data: s, Runs: s.results}
	where := s.Engine + " engine"
	if s.Backend != "" {
		where += " on " + s.Backend
	}
	head := Section{Name: "verdict", Blocks: []Block{Paragraph{Text: where, Tone: Muted}}}
	if len(s.Doubts) > 0 {
		d.Title, d.Tone = d.Title+": INCONCLUSIVE", Doubt
		head.Blocks = append([]Block{List{Items: s.Doubts, Tone: Doubt}}, head.Blocks...)
	}
	head.Blocks = append(head.Blocks, besideLoad(d.Runs)...)
	d.add(head)
	for i := range s.Curves {
		d.add(s.Curves[i].section(s))
	}
	d.add(s.loadSection())
	for i := range s.Curves {
		d.add(s.Curves[i].lawSection(s.Load))
	}
	d.add(Section{Name: "basis", Title: "What this rests on", Tone: Muted, Blocks: []Block{List{Items: s.Notes, Tone: Muted}}})
	d.add(warningsOf(d.Runs, false))
	d.add(everyRun(s.groups))
	d.add(methodOf(s.groups, s.firsts()))
	d.add(glossarySection(sweepTerms...))
	return d
}

// firsts are the runs at the first value of each topology: the inputs at the others
// differ from theirs in the parameter.
func (s *Scaling) firsts() []*runGroup {
	var firsts []*runGroup
	at := 0
	for _, c := range s.Curves {
		firsts = append(firsts, s.groups[at])
		at += len(c.Points)
	}
	return firsts
}

// textOf is a value as it was given.
func (c *Curve) textOf(value float64) string {
	for _, p := range c.Points {
		if p.Value == value {
			return p.Text
		}
	}
	return setting(value)
}

func (c *Curve) section(s *Scaling) Section {
	title := fmt.Sprintf("%s: no knee", c.Topology)
	switch {
	case c.Knee != nil:
		title = fmt.Sprintf("%s: the knee is at %s = %s", c.Topology, s.Param, c.textOf(*c.Knee))
	case !s.Load:
		title = c.Topology
	}
	table := &Table{Columns: []Column{{Title: s.Param, Number: true}, {Title: "offered /s", Number: true}, {Title: "ok /s", Number: true}, {Title: "errors %", Number: true},
		{Title: "in flight", Number: true, Spare: 2}, {Title: "p50 ms", Number: true}, {Title: "p95 ms", Number: true}, {Title: "p99 ms", Number: true}}}
	if !s.Load {
		table.Columns = append(table.Columns, Column{Title: "speed-up", Number: true})
	}
	table.Columns = append(table.Columns, Column{Title: "efficiency", Number: true, Spare: 1}, Column{Title: "pass", Number: true, Spare: 3})
	for _, p := range c.Points {
		cells := []Cell{text(p.Text), p.Offered.middle(""), p.OK.middle(""), p.Errors.middle(percentUnit), p.InFlight.middle(""),
			p.P50.middle(millisUnit), p.P95.middle(millisUnit), p.P99.cell(millisUnit)}
		if !s.Load {
			cells = append(cells, p.speedUp())
		}
		efficiency := muted("–")
		if p.Efficiency != nil {
			efficiency = withInterval(text(percent(*p.Efficiency)), p.EfficiencyLow, p.EfficiencyHigh, percent)
		}
		pass := Cell{Text: fmt.Sprintf("%d of %d", p.Passed, len(p.Runs)), Tone: Good}
		if p.Passed < len(p.Runs) {
			pass.Tone = Bad
		}
		table.Rows = append(table.Rows, append(cells, efficiency, pass))
	}
	return Section{Name: c.Topology, Title: title, Blocks: []Block{List{Items: c.Findings}, table}}
}

func (p *Point) speedUp() Cell {
	if p.SpeedUp == nil {
		return muted("–")
	}
	return withInterval(text(number(*p.SpeedUp)), p.SpeedUpLow, p.SpeedUpHigh, number)
}

// lawSection shows the fitted law, where it holds.
func (c *Curve) lawSection(load bool) Section {
	u := c.USL
	if u == nil || u.Alpha.Low == nil || !u.holds() {
		return Section{}
	}
	table := &Table{Columns: []Column{{}, {Title: "fitted", Number: true}, {Title: "95 % interval", Number: true}, {Title: "meaning"}},
		Note: fmt.Sprintf("X(N) = γN / (1 + α(N-1) + βN(N-1)), least squares over %s with N from %s to %s; it explains %s of what varies.",
			counted(u.Runs, "run"), number(u.LeastN), number(u.MostN), percent(u.R2))}
	row := func(name string, f *Fitted, meaning string, show func(*float64) string) {
		table.Rows = append(table.Rows, []Cell{text(name), text(show(&f.Value)), muted(show(f.Low) + " to " + show(f.High)), muted(meaning)})
	}
	row("γ", &u.Gamma, "throughput of one, per second", figure)
	row("α", &u.Alpha, "contention: the share that waits for what all share", shareOf)
	row("β", &u.Beta, "coherency: the share that each pays for each other", shareOf)
	if u.Peak != nil && u.Beta.sure() {
		meaning := fmt.Sprintf("where the throughput is largest: %s/s", number(u.PeakX))
		if c.unseen(load) != "" {
			meaning += ", by the law; no run shows it"
		}
		row("peak N", u.Peak, meaning, figure)
	}
	return Section{Name: "scalability", Title: "Scalability law of " + c.Topology, Blocks: []Block{table}}
}
