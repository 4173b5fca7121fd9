package reports

import (
	"fmt"
	"slices"
	"strings"

	"windtunnel/reports/price"
	"windtunnel/topologies/unit"
)

// costSection says what one run and a month of its load would cost.
func costSection(c *price.Cost) Section {
	if c == nil {
		return Section{}
	}
	s := Section{Name: "cost", Title: fmt.Sprintf("A month at %s would cost %s %s: %s for a million requests",
		c.Traffic, money(c.Month.Total), c.Currency, money(c.PerMillion))}
	s.Blocks = []Block{nodeCosts(c), Paragraph{Text: whatIf(c)}, chargeTable(c), assumptionList([]price.Cost{*c}, nil)}
	return s
}

// nodeCosts shows each node's part of the bills.
func nodeCosts(c *price.Cost) *Table {
	t := &Table{Columns: []Column{{Title: "node"}, {Title: "priced by"},
		{Title: "this run, " + c.Currency, Number: true}, {Title: "a month, " + c.Currency, Number: true}}}
	for i, n := range c.Month.Nodes {
		t.Rows = append(t.Rows, []Cell{text(n.Node), muted(n.Book), amountOf(c.Run.Nodes[i].Cost), amountOf(n.Cost)})
	}
	t.Rows = append(t.Rows, []Cell{text("all"), muted(""), amountOf(c.Run.Total), amountOf(c.Month.Total)})
	return t
}

// chargeTable shows the lines of the month's bill.
func chargeTable(c *price.Cost) *Table {
	t := &Table{Columns: []Column{{Title: "price book"}, {Title: "charged for"}, {Title: "a month's amount", Number: true},
		{Title: "unit"}, {Title: "a month, " + c.Currency, Number: true}}}
	for _, l := range c.Month.Charges {
		t.Rows = append(t.Rows, []Cell{text(l.Book), text(l.Charge), text(number(l.Amount.Float())), muted(unitText(l.Unit)), amountOf(l.Cost)})
	}
	if c.Month.FreeTier {
		t.Note = "What is free each month is taken off."
	}
	return t
}

// unitText names a price book's unit in a table.
func unitText(unit string) string {
	if unit == "one" {
		return ""
	}
	return unit
}

// whatIf is the sensitivity of the month's cost in one sentence.
func whatIf(c *price.Cost) string {
	var parts []string
	for _, w := range c.WhatIf {
		parts = append(parts, fmt.Sprintf("%s %s (%s)", money(w.Month), c.Currency, w.That))
	}
	return "What if: the month would cost " + strings.Join(parts, ", ") + "."
}

// section compares the costs.
func (c *CostComparison) section() Section {
	if c == nil {
		return Section{}
	}
	currency := c.Costs[0].Currency
	t := &Table{Columns: []Column{{Title: "topology"}, {Title: "this run, " + currency, Number: true, Spare: 2},
		{Title: "a million requests, " + currency, Number: true, Spare: 1}, {Title: "a month, " + currency, Number: true},
		{Title: "times the cheapest", Number: true}},
		Note: c.note()}
	for _, w := range c.Costs[0].WhatIf {
		t.Columns = append(t.Columns, Column{Title: w.That, Number: true, Spare: 3})
	}
	for i, cost := range c.Costs {
		row := []Cell{text(cost.Architecture), amountOf(cost.Run.Total), amountOf(cost.PerMillion), c.month(i), c.times(i)}
		for _, w := range cost.WhatIf {
			row = append(row, amountOf(w.Month))
		}
		t.Rows = append(t.Rows, row)
	}
	s := Section{Name: "cost", Title: c.finding(), Blocks: []Block{t}}
	var meets []string
	for _, b := range c.BreakEven {
		meets = append(meets, breakEvenText(b, currency))
	}
	if len(meets) > 0 {
		s.Blocks = append(s.Blocks, List{Items: meets}, c.curveTable())
	}
	s.Blocks = append(s.Blocks, assumptionList(c.Costs, c.topologies))
	return s
}

// note says what month it is, and of what the intervals are.
func (c *CostComparison) note() string {
	note := "A month at " + c.traffic() + "."
	told := func(low, high *float64) bool { return low != nil && high != nil && *low < *high }
	if slices.ContainsFunc(c.Months, func(s Spread) bool { return told(s.Low, s.High) }) ||
		slices.ContainsFunc(c.Ratios, func(r CostRatio) bool { return told(r.Low, r.High) }) {
		note += " In brackets the 95 % intervals, over the runs, of what a month costs in the median, and of its ratio."
	}
	return note
}

// month is what a month costs a side, with the interval of the median where the
// runs bound one and differ.
func (c *CostComparison) month(i int) Cell {
	cell := amountOf(c.Costs[i].Month.Total)
	if i >= len(c.Months) {
		return cell
	}
	return withInterval(cell, c.Months[i].Low, c.Months[i].High, dollars)
}

// times is how many times as much as the cheapest side one costs.
func (c *CostComparison) times(i int) Cell {
	if len(c.Costs) < 2 || i >= len(c.Ratios) {
		return Cell{}
	}
	r := c.Ratios[i]
	if r.Ratio == 1 {
		return text("1")
	}
	return withInterval(text(number(r.Ratio)), r.Low, r.High, number)
}

// withInterval puts an interval behind a figure, unless it is unbounded or shows
// no more than the figure itself.
func withInterval(c Cell, low, high *float64, show func(float64) string) Cell {
	if low != nil && high != nil && show(*low) != show(*high) {
		c.Text += fmt.Sprintf(" (%s–%s)", show(*low), show(*high))
	}
	return c
}

// curveTable shows what a month of other rates would cost, the cheapest of each rate marked.
func (c *CostComparison) curveTable() *Table {
	t := &Table{Columns: []Column{{Title: "a month of", Number: true}}, Note: "In " + c.Costs[0].Currency + ", each rate held all month."}
	for _, curve := range c.Curves {
		t.Columns = append(t.Columns, Column{Title: curve.Architecture, Number: true})
	}
	for i, p := range c.Curves[0].Points {
		least := p.Cost
		for _, curve := range c.Curves {
			if cost := curve.Points[i].Cost; cost.Compare(least) < 0 {
				least = cost
			}
		}
		row := []Cell{text(setting(p.Rate.Float()) + "/s")}
		for _, curve := range c.Curves {
			cell := amountOf(curve.Points[i].Cost)
			if curve.Points[i].Cost.Compare(least) == 0 {
				cell.Tone = Good
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// finding says who is the cheapest at the traffic that was priced.
func (c *CostComparison) finding() string {
	least, tied := c.Costs[0], false
	for _, cost := range c.Costs[1:] {
		switch cost.Month.Total.Compare(least.Month.Total) {
		case -1:
			least, tied = cost, false
		case 0:
			tied = true
		}
	}
	if tied || len(c.Costs) == 1 {
		return fmt.Sprintf("A month would cost %s %s", money(least.Month.Total), least.Currency)
	}
	return fmt.Sprintf("%s is the cheapest: %s %s a month", least.Architecture, money(least.Month.Total), least.Currency)
}

// traffic is that of all sides, or of each where they differ.
func (c *CostComparison) traffic() string {
	var all []string
	for _, cost := range c.Costs {
		if !slices.Contains(all, cost.Traffic) {
			all = append(all, cost.Traffic)
		}
	}
	return strings.Join(all, ", ")
}

// breakEvenText tells one pair's meetings, from the lowest rate up.
func breakEvenText(b price.BreakEven, currency string) string {
	upTo := number(b.UpTo.Float()) + "/s"
	switch {
	case b.Low == "":
		return fmt.Sprintf("%s and %s cost the same up to %s", b.A, b.B, upTo)
	case len(b.Meet) == 0:
		return fmt.Sprintf("%s is cheaper than %s at any rate up to %s", b.Low, otherOf(b, b.Low), upTo)
	case len(b.Meet) > maxMeets:
		first, last := b.Meet[0], b.Meet[len(b.Meet)-1]
		return fmt.Sprintf("%s is cheaper than %s below %s; they change places %s, and above %s %s is cheaper, as far as %s",
			b.Low, otherOf(b, b.Low), meetText(first, currency), times(len(b.Meet)), number(last.Rate.Float())+"/s", last.Cheaper, upTo)
	}
	text := fmt.Sprintf("%s is cheaper than %s below %s", b.Low, otherOf(b, b.Low), meetText(b.Meet[0], currency))
	for i, m := range b.Meet {
		if i == len(b.Meet)-1 {
			return fmt.Sprintf("%s, then %s, as far as %s", text, m.Cheaper, upTo)
		}
		text += fmt.Sprintf(", then %s below %s", m.Cheaper, meetText(b.Meet[i+1], currency))
	}
	return text
}

// maxMeets bounds how many meetings are told one by one. Two stairs may cross at
// every step.
const maxMeets = 3

func meetText(m price.Meet, currency string) string {
	return fmt.Sprintf("%s/s (%s %s a month)", number(m.Rate.Float()), money(m.Cost), currency)
}

func otherOf(b price.BreakEven, name string) string {
	if name == b.A {
		return b.B
	}
	return b.A
}

// assumptionList says what the costs rest on: doubts first, then each book and the
// month, then the nodes, those together of which the same is taken. topologies are
// those of the costs: what is taken of all sides of one is said once, of it.
func assumptionList(costs []price.Cost, topologies []string) List {
	var doubts, others, nodes subjects
	for i, c := range costs {
		for _, a := range c.Assumptions {
			name := c.Architecture
			if i < len(topologies) && takenOfAll(a, i, costs, topologies) {
				name = topologies[i]
			}
			of, about := "", a.About
			if len(costs) > 1 {
				of = " of " + name
			}
			if about == c.Architecture {
				about = name
			}
			switch {
			case a.Node && a.Doubt:
				doubts.alike(about, of, a.Text)
			case a.Node:
				nodes.alike(about, of, a.Text)
			case a.Doubt:
				doubts.more(about, a.Text)
			default:
				others.more(about, a.Text)
			}
		}
	}
	return List{Items: slices.Concat(doubts.items(), others.items(), nodes.items()), Tone: Muted}
}

// takenOfAll says whether an assumption of one cost is one of every cost of its topology.
func takenOfAll(a price.Assumption, of int, costs []price.Cost, topologies []string) bool {
	for k, c := range costs {
		alike := a
		if a.About == costs[of].Architecture {
			alike.About = c.Architecture
		}
		if topologies[k] == topologies[of] && !slices.Contains(c.Assumptions, alike) {
			return false
		}
	}
	return true
}

// subjects are what is said of whom.
type subjects []subject

type subject struct {
	names []string
	of    string // behind the names
	texts []string
}

// more says one more thing of a subject.
func (s *subjects) more(about, text string) {
	at := slices.IndexFunc(*s, func(u subject) bool { return len(u.names) == 1 && u.names[0] == about && u.of == "" })
	if at < 0 {
		*s, at = append(*s, subject{names: []string{about}}), len(*s)
	}
	if u := &(*s)[at]; !slices.Contains(u.texts, text) {
		u.texts = append(u.texts, text)
	}
}

// alike says a thing of one more subject of which it is true.
func (s *subjects) alike(name, of, text string) {
	at := slices.IndexFunc(*s, func(u subject) bool { return u.of == of && len(u.texts) == 1 && u.texts[0] == text })
	if at < 0 {
		*s, at = append(*s, subject{of: of, texts: []string{text}}), len(*s)
	}
	if u := &(*s)[at]; !slices.Contains(u.names, name) {
		u.names = append(u.names, name)
	}
}

func (s subjects) items() []string {
	var items []string
	for _, u := range s {
		items = append(items, inOneBreath(u.names)+u.of+": "+strings.Join(u.texts, "; "))
	}
	return items
}

// inOneBreath lists names: "a", "a and b", "a, b and c".
func inOneBreath(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// money prints an amount to the cent, and less than a dollar to three significant
// digits: a short run costs thousandths of a cent.
func money(n price.Number) string {
	if n.Float() < 1 {
		return dollars(n.Float())
	}
	return unit.Grouped(n.Cents()) // exactly: the nearest floating-point number may lie on the other side of half a cent
}

func dollars(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 1:
		return fmt.Sprintf("%.*f", decimalsFor(v), v)
	}
	return unit.Grouped(fmt.Sprintf("%.2f", v))
}

// decimalsFor is how many decimals show three significant digits of a v below 1.
func decimalsFor(v float64) int {
	decimals := 3
	for v < 0.1 && decimals < 12 {
		v *= 10
		decimals++
	}
	return decimals
}

func amountOf(n price.Number) Cell {
	if n.Sign() == 0 {
		return muted("0")
	}
	return text(money(n))
}
