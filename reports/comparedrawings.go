package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"windtunnel/scenarios/check"
)

// results are those of all runs, column by column.
func (c *Comparison) results() []*Result {
	var all []*Result
	for _, g := range c.groups {
		for _, a := range g.runs {
			all = append(all, &a.Result)
		}
	}
	return all
}

// timelineSection lays the topologies over each other: what callers saw of each,
// second by second, in its first run.
func (c *Comparison) timelineSection() Section {
	if len(c.groups) == 0 {
		return Section{}
	}
	first := c.groups[0].runs[0]
	spans := first.timeline.stretches(mostStretches)
	if len(spans) < 2 {
		return Section{}
	}
	failed := Panel{Title: "failed, %", Y: Axis{Max: 1}}
	latency := Panel{Title: "p95 of successes, ms", Y: Axis{Spacing: Log}}
	for i, g := range c.groups {
		of := lines(g.label, g.runs[0], spans, i)
		failed.Lines, latency.Lines = append(failed.Lines, of[0]), append(latency.Lines, of[1])
	}
	chart := &Chart{
		Caption: Caption{Title: fmt.Sprintf("What callers saw, in stretches of %s, in the first run of each", lengthOf(spans[0]))},
		X:       first.timeline.secondsAxis(), Bands: first.timeline.bands(), Panels: []Panel{failed, latency},
	}
	return Section{Name: "timeline", Title: fmt.Sprintf("Failed in the worst %s: %s", lengthOf(spans[0]), c.each(worstOf(failed.Lines))), Blocks: []Block{chart}}
}

// each says something of every column, in one sentence.
func (c *Comparison) each(says func(column int) string) string {
	var parts []string
	for i, g := range c.groups {
		parts = append(parts, g.label+" "+says(i))
	}
	return strings.Join(parts, "; ")
}

// worstOf says what the highest point of a line of failures is.
func worstOf(lines []Line) func(int) string {
	return func(i int) string {
		worst := 0.0
		for _, q := range lines[i].Points {
			worst = max(worst, finiteOr(q.Y, 0))
		}
		return percent(worst / 100)
	}
}

// lines are the share of failures and the p95 of one run.
func lines(name string, a *Analysis, spans []check.Span, series int) [2]Line {
	var l [2]Line
	tallies := make([]*tally, len(spans))
	for i, span := range spans {
		tallies[i] = a.samples.tally(anyEntry, spanned(span.From, span.To))
	}
	l[0] = overSpans(name, spans, func(i int) float64 { return tallies[i].failedPercent() })
	l[1] = overSpans(name, spans, func(i int) float64 {
		if tallies[i].latency.count() == 0 {
			return nothing
		}
		return tallies[i].latency.quantile(0.95)
	})
	l[0].Series, l[1].Series = series, series
	return l
}

// topologySection draws each topology with what was measured in its first run.
func (c *Comparison) topologySection() Section {
	s := Section{Name: "topologies", Title: "The same work: " + c.each(func(i int) string {
		return "in " + counted(len(c.groups[i].runs[0].Nodes), "node")
	})}
	for _, g := range c.groups {
		a := g.runs[0]
		if len(a.Nodes) == 0 {
			continue
		}
		drawn := a.graph()
		drawn.Title, drawn.Key = g.label, ""
		s.Blocks = append(s.Blocks, drawn)
	}
	if len(s.Blocks) == 0 {
		return Section{}
	}
	last := s.Blocks[len(s.Blocks)-1].(*Graph)
	last.Key = graphKey
	return s
}

// percentileSection lays the distributions of the first runs over each other.
func (c *Comparison) percentileSection() Section {
	p := Panel{Title: "latency of successes, ms", Y: Axis{Spacing: Log}}
	for i, g := range c.groups {
		for k, a := range g.runs {
			v := &a.samples.tally(anyEntry, a.timeline.steady()).latency
			if k >= mostLines || v.count() == 0 {
				continue
			}
			name := g.label
			if k > 0 {
				name = fmt.Sprintf("%s, run %d", g.label, k+1)
			}
			l := percentileLine(name, v)
			l.Series, l.Repeats = i, k > 0
			p.Lines = append(p.Lines, l)
		}
	}
	if len(p.Lines) == 0 {
		return Section{}
	}
	chart := &Chart{
		Caption: Caption{Title: "How many percent of the requests took at most so long; a line for each run"},
		X:       Axis{Title: "percentile; the scale widens towards 100", Spacing: Nines}, Panels: []Panel{p},
	}
	title := "p99 of the successful requests: " + c.each(func(i int) string {
		s := c.groups[i].spread(func(a *Analysis) (float64, bool) {
			q := a.Results[Total][All].LatencyMS
			if q == nil {
				return 0, false
			}
			return q.P99, true
		})
		if s.Median == nil {
			return "none"
		}
		return inWords(*s.Median)
	})
	return Section{Name: "latency", Title: title, Blocks: []Block{chart}}
}

// spreadSection shows every run as a dot, for the metrics of all requests.
func (c *Comparison) spreadSection() Section {
	if !slices.ContainsFunc(c.groups, func(g *runGroup) bool { return len(g.runs) > 1 }) {
		return Section{}
	}
	s := Section{Name: "spread", Title: "How far the runs are apart: every run a dot, the median a line"}
	for _, m := range metricsOf(c.groups) {
		if !slices.Contains(spreadMetrics, m.group+" "+m.name) {
			continue
		}
		if d := dotsOf(m, c.groups); d != nil {
			s.Blocks = append(s.Blocks, d)
		}
	}
	if len(s.Blocks) == 0 {
		return Section{}
	}
	return s
}

// spreadMetrics are those that runs are compared by, a drawing each.
var spreadMetrics = []string{"all ok", "all p50", "all p95", "all p99", "system CPU in use", "system memory, peaks added up"}

// dotsOf draws one metric of all runs; nil where none has any of it.
func dotsOf(m comparedMetric, groups []*runGroup) *Dots {
	d := &Dots{Caption: Caption{Title: m.name + ", " + m.unit}, X: Axis{Title: m.name + ", " + m.unit}}
	most := 0.0
	for i, g := range groups {
		row := DotRow{Name: g.label, Series: i, Middle: g.spread(m.of).Median}
		for _, a := range g.runs {
			if v, ok := m.of(a); ok {
				row.Values = append(row.Values, v)
				most = max(most, finiteOr(v, 0))
			}
		}
		d.Rows = append(d.Rows, row)
	}
	if most == 0 {
		return nil
	}
	// A hundredth must not look like a world: the axis shows a fifth of the most at least.
	d.X.Min, d.X.Max = 0.8*most, most
	return d
}

// finiteOr returns v, or another value where v is no finite number.
func finiteOr(v, other float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return other
	}
	return v
}
