package reports

import (
	"slices"

	"windtunnel/reports/price"
)

// costSection adds to the costs what only a drawing shows: how they grow with
// the load, and what they buy.
func (c *Comparison) costSection() Section {
	s := c.Cost.section()
	if c.Cost == nil {
		return s
	}
	var drawn []Block
	for _, chart := range []*Chart{costAgainstLatency(c.groups), costCurves(c.Cost.Curves, c.Cost.Costs[0].Currency)} {
		if chart != nil {
			drawn = append(drawn, chart)
		}
	}
	s.Blocks = slices.Insert(s.Blocks, 1, drawn...) // below the first table: what it rests on comes after
	return s
}

// costCurves draw what a month would cost each side over the request rate: where
// two lines cross, the other becomes the cheaper one. nil where nothing costs.
func costCurves(curves []price.Curve, currency string) *Chart {
	p := Panel{Title: "a month, " + currency, Y: Axis{Spacing: Log}}
	most := 0.0
	for i, c := range curves {
		l := Line{Name: c.Architecture, Series: i}
		for _, q := range c.Points {
			month := q.Cost.Float()
			most = max(most, month)
			l.Points = append(l.Points, Spot{q.Rate.Float(), month})
		}
		p.Lines = append(p.Lines, l)
	}
	if most == 0 {
		return nil
	}
	return &Chart{
		Caption: Caption{Title: "What a month would cost at a steady rate of requests"},
		X:       Axis{Title: "requests per second, all month", Spacing: Log}, Panels: []Panel{p},
	}
}

// costAgainstLatency draws every run as a dot: what its month would cost, and its
// p99. nil where nothing costs.
func costAgainstLatency(groups []*runGroup) *Chart {
	p := Panel{Title: "p99 of successes, ms", Y: Axis{Max: 1}}
	dearest, currency := 0.0, ""
	for i, g := range groups {
		l := Line{Name: g.label, Series: i, Shape: Marks}
		for _, a := range g.runs {
			q := a.Results[Total][All].LatencyMS
			if a.Cost == nil || q == nil {
				continue
			}
			month := a.Cost.Month.Total.Float()
			dearest, currency = max(dearest, month), a.Cost.Currency
			l.Points = append(l.Points, Spot{month, q.P99})
		}
		p.Lines = append(p.Lines, l)
	}
	if dearest == 0 {
		return nil
	}
	return &Chart{
		Caption: Caption{Title: "Cost against p99: every run a dot; the lower left is the better corner"},
		X:       Axis{Title: "a month, " + currency, Max: 1.05 * dearest}, Panels: []Panel{p},
	}
}
