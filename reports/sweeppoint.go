package reports

import (
	"cmp"
	"math"
	"slices"

	"windtunnel/reports/stats"
)

// points sorts the runs of a topology by value.
func points(g *runGroup, param string) []Point {
	byText := map[string]*runGroup{}
	var found []Point
	for _, a := range g.runs {
		text := a.Params[param]
		if byText[text] == nil {
			byText[text] = &runGroup{label: g.label}
			v, _, _ := quantity(text)
			found = append(found, Point{Text: text, Value: v})
		}
		byText[text].runs = append(byText[text].runs, a)
	}
	slices.SortFunc(found, func(a, b Point) int { return cmp.Compare(a.Value, b.Value) })
	for i := range found {
		found[i].measure(byText[found[i].Text])
	}
	return found
}

func (p *Point) measure(g *runGroup) {
	p.users = true
	for _, a := range g.runs {
		p.Runs = append(p.Runs, a.Dir)
		p.users = p.users && a.byUsers()
		if a.Verdict == Pass {
			p.Passed++
		}
	}
	all := func(of func(*Measured) float64) Spread {
		return g.spread(func(a *Analysis) (float64, bool) {
			m := a.Results[Total][All]
			return of(m), m.Offered > 0
		})
	}
	latency := func(of func(*Quantiles) float64) Spread {
		return g.spread(func(a *Analysis) (float64, bool) {
			q := a.Results[Total][All].LatencyMS
			if q == nil {
				return 0, false
			}
			return of(q), true
		})
	}
	p.Offered = all(func(m *Measured) float64 { return m.OfferedRate })
	p.OK = all(func(m *Measured) float64 { return m.OKRate })
	p.Errors = all(func(m *Measured) float64 { return 100 * m.ErrorShare })
	p.InFlight = all(inFlight)
	p.rates = g.values(func(a *Analysis) (float64, bool) { return a.Results[Total][All].OKRate, true })
	p.served = g.values(func(a *Analysis) (float64, bool) {
		m := a.Results[Total][All]
		return m.OKRate / m.OfferedRate, m.OfferedRate > 0
	})
	p.Mean = latency(func(q *Quantiles) float64 { return q.Mean })
	p.P50 = latency(func(q *Quantiles) float64 { return q.P50 })
	p.P95 = latency(func(q *Quantiles) float64 { return q.P95 })
	p.P99 = latency(func(q *Quantiles) float64 { return q.P99 })
}

// inFlight is how many successes are under way on the mean: rate times time.
func inFlight(m *Measured) float64 {
	if m.LatencyMS == nil {
		return 0
	}
	return m.OKRate * m.LatencyMS.Mean / 1e3
}

// byUsers says that the load of the run is of users alone.
func (a *Analysis) byUsers() bool {
	return !slices.ContainsFunc(a.Phases, func(p PhaseResult) bool { return p.Measured && p.Rate > 0 })
}

// saturated says that the throughput was the system's to give: not all that was
// offered was served, or users wait and offer no more than that.
func (p *Point) saturated() bool {
	served := stats.Median(p.served) // NaN: nothing was offered
	return p.users && len(p.served) > 0 || served < reached
}

// scale fills in speed-up and efficiency.
func (c *Curve) scale(load bool) {
	first := c.Points[0]
	for i := range c.Points {
		p := &c.Points[i]
		switch {
		case p.OK.Median == nil || first.OK.Median == nil:
		case load && p.Offered.Median != nil && *p.Offered.Median > 0:
			p.Efficiency = finite(*p.OK.Median / *p.Offered.Median)
			low, high := stats.MedianInterval(p.served)
			p.EfficiencyLow, p.EfficiencyHigh = finite(low), finite(high)
		case !load && *first.OK.Median > 0:
			p.speedUpFrom(&first, (c.USL == nil || c.USL.holds()) && first.saturated() && p.saturated())
		}
	}
}

// speedUpFrom holds the throughput against that of the first value, and against
// what was added where that says something of the system.
func (p *Point) speedUpFrom(first *Point, efficient bool) {
	up, added := *p.OK.Median / *first.OK.Median, first.Value/p.Value
	p.SpeedUp = finite(up)
	low, high := math.NaN(), math.NaN()
	if p.Value != first.Value { // against itself it is 1, whatever is drawn
		low, high = stats.RatioOfMedians(p.rates, first.rates)
	}
	p.SpeedUpLow, p.SpeedUpHigh = finite(low), finite(high)
	if efficient {
		p.Efficiency, p.EfficiencyLow, p.EfficiencyHigh = finite(up*added), finite(low*added), finite(high*added)
	}
}
