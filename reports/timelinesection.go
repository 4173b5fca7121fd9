package reports

import (
	"fmt"
	"slices"
	"time"

	"windtunnel/scenarios/check"
)

// secondsAxis is what drawings over the run have in common.
func (tl *timeline) secondsAxis() Axis {
	return Axis{Title: "seconds since the run began", Max: tl.end.Seconds(), Time: true}
}

// timelineSection draws the run over its time.
func (a *Analysis) timelineSection() Section {
	spans := a.timeline.stretches(mostStretches)
	if len(spans) < 2 || len(a.samples.list) == 0 {
		return Section{}
	}
	tallies := make([]*tally, len(spans))
	for i, span := range spans {
		tallies[i] = a.samples.tally(anyEntry, spanned(span.From, span.To))
	}
	chart := &Chart{
		Caption: Caption{Title: fmt.Sprintf("The run, in stretches of %s, by when the requests were due", lengthOf(spans[0]))},
		X:       a.timeline.secondsAxis(),
		Bands:   a.timeline.bands(),
		Panels: []Panel{
			ratePanel(spans, tallies), latencyPanel(spans, tallies),
		},
	}
	if slices.ContainsFunc(tallies, func(t *tally) bool { return t.ok() < t.offered() }) {
		chart.Panels = slices.Insert(chart.Panels, 1, a.errorPanel(spans))
	}
	chart.Panels = append(chart.Panels, a.instancePanel()...)
	if lanes := a.lanes(); len(lanes) > 0 {
		chart.Panels = append(chart.Panels, Panel{Title: "breakers and instances", Lanes: lanes})
	}
	return Section{Name: "timeline", Title: a.worstMoment(spans, tallies), Blocks: []Block{chart}}
}

// overSpans makes a line of what is measured in each stretch.
func overSpans(name string, spans []check.Span, of func(i int) float64) Line {
	l := Line{Name: name}
	for i, s := range spans {
		l.Points = append(l.Points, Spot{middleOf(s), of(i)})
	}
	return l
}

func ratePanel(spans []check.Span, tallies []*tally) Panel {
	offered := overSpans("offered", spans, func(i int) float64 { return tallies[i].perSecond(tallies[i].offered()) })
	offered.Tone = Muted
	ok := overSpans("succeeded", spans, func(i int) float64 { return tallies[i].perSecond(tallies[i].ok()) })
	ok.Tone, ok.Shape = Good, Area
	return Panel{Title: "requests per second", Y: Axis{Max: 1}, Lines: []Line{ok, offered}}
}

// mostLines is how many entries are drawn apart.
const mostLines = 6

// errorPanel shows the share of failures, entry by entry where they are few.
func (a *Analysis) errorPanel(spans []check.Span) Panel {
	p := Panel{Title: "failed, %", Y: Axis{Max: 1}}
	add := func(entry int, name string, tone Tone) {
		l := overSpans(name, spans, func(i int) float64 {
			return a.samples.count(entry, spanned(spans[i].From, spans[i].To)).failedPercent()
		})
		l.Tone, l.Series = tone, entry
		p.Lines = append(p.Lines, l)
	}
	add(anyEntry, "all", Bad)
	p.Lines[0].Shape = Area
	if n := len(a.samples.entries); n > 1 && n <= mostLines {
		for entry, name := range a.samples.entries {
			add(entry, name, Plain)
		}
	}
	return p
}

func latencyPanel(spans []check.Span, tallies []*tally) Panel {
	p := Panel{Title: "latency of successes, ms", Y: Axis{Spacing: Log}}
	for i, q := range []struct {
		name string
		p    float64
	}{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}} {
		l := overSpans(q.name, spans, func(i int) float64 {
			if tallies[i].latency.count() == 0 {
				return nothing
			}
			return tallies[i].latency.quantile(q.p)
		})
		l.Series = i
		p.Lines = append(p.Lines, l)
	}
	return p
}

// instancePanel shows how many instances nodes had, where that changed after
// the run had begun.
func (a *Analysis) instancePanel() []Panel {
	p := Panel{Title: "instances ready", Y: Axis{Max: 1, Whole: true}}
	for _, n := range a.Nodes {
		serving := clip(a.serving(n.Name), settled, a.timeline.end)
		if len(serving) == 1 {
			continue
		}
		l := Line{Name: n.Name, Shape: Steps, Series: len(p.Lines), Points: []Spot{{0, float64(serving[0].count)}}}
		for _, c := range serving[1:] {
			l.Points = append(l.Points, Spot{c.at.Seconds(), float64(c.count)})
		}
		l.Points = append(l.Points, Spot{a.timeline.end.Seconds(), float64(serving[len(serving)-1].count)})
		p.Lines = append(p.Lines, l)
	}
	if len(p.Lines) == 0 {
		return nil
	}
	return []Panel{p}
}

// worstMoment is the finding: when most failed, or where none did when p99 was highest.
func (a *Analysis) worstMoment(spans []check.Span, tallies []*tally) string {
	worst, slowest := -1, -1
	for i, t := range tallies {
		if t.offered() > t.ok() && (worst < 0 || t.errorShare() > tallies[worst].errorShare()) {
			worst = i
		}
		if t.latency.count() > 0 && (slowest < 0 || t.latency.quantile(0.99) > tallies[slowest].latency.quantile(0.99)) {
			slowest = i
		}
	}
	switch {
	case worst >= 0:
		return fmt.Sprintf("At worst, %s, %s of the requests failed", a.moment(spans[worst]), percent(tallies[worst].errorShare()))
	case slowest >= 0:
		return fmt.Sprintf("No request failed; p99 was highest %s: %s", a.moment(spans[slowest]), inWords(tallies[slowest].latency.quantile(0.99)))
	}
	return "Nothing was sent"
}

// failedPercent is nothing of nothing.
func (c *counts) failedPercent() float64 {
	if c.offered() == 0 {
		return nothing
	}
	return 100 * c.errorShare()
}

// moment names a stretch, and the fault that held in it.
func (a *Analysis) moment(s check.Span) string {
	when := fmt.Sprintf("from %s to %s s", setting(s.From.Seconds()), setting(s.To.Seconds()))
	if fault := a.timeline.holding((s.From + s.To) / 2); fault != "" {
		when += " while " + fault + " held"
	}
	return when
}

// settled is when the instances that a run begins with all serve.
const settled = 200 * time.Millisecond
