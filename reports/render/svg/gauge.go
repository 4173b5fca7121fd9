package svg

import (
	"math"

	"windtunnel/reports"
)

const (
	gaugeWidth  = 132.0
	gaugeHeight = 16.0
)

// Gauge draws a value with its interval against a limit: the side on which the
// value should not lie is shaded. It is small enough for a cell of a table.
func Gauge(g *reports.Gauge, tone reports.Tone) string {
	s := gaugeScale(g)
	s.from, s.to = 4, gaugeWidth-4
	p := begin(gaugeWidth, gaugeHeight, "gauge", "")
	limit := s.at(g.Limit)
	if g.Under {
		p.rect(limit, 1, gaugeWidth-limit, gaugeHeight-2, "beyond")
	} else {
		p.rect(0, 1, limit, gaugeHeight-2, "beyond")
	}
	p.line(0, gaugeHeight/2, gaugeWidth, gaugeHeight/2, "grid")
	p.line(limit, 1, limit, gaugeHeight-1, "limit")
	if g.Low != nil && g.High != nil && *g.High > *g.Low {
		p.line(s.at(*g.Low), gaugeHeight/2, s.at(*g.High), gaugeHeight/2, "interval "+class(tone))
	}
	p.element("circle", "cx", num(s.at(g.Observed)), "cy", num(gaugeHeight/2), "r", "4", "class", "dot "+class(tone))
	return p.end()
}

// gaugeScale holds all that is drawn, with the limit never at an end. What
// differs by more than ten times is placed by its logarithm.
func gaugeScale(g *reports.Gauge) scale {
	values := []float64{g.Observed, g.Limit, g.Limit * 1.25}
	for _, v := range []*float64{g.Low, g.High} {
		if v != nil {
			values = append(values, *v)
		}
	}
	least, most := math.Inf(1), 0.0
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	if least > 0 && most/least > 10 {
		return fit(reports.Axis{Spacing: reports.Log, Min: least / 1.5, Max: most * 1.5}, values)
	}
	return fit(reports.Axis{}, append(values, 0))
}
