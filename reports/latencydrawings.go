package reports

import (
	"fmt"
	"math"

	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// percentileChart draws the whole distribution: of all successes, of all
// failures, and of the successes of each entry where they are few.
func (a *Analysis) percentileChart() *Chart {
	p := Panel{Title: "latency, ms", Y: Axis{Spacing: Log}}
	add := func(name string, v *values, tone Tone, series int) {
		if v.count() > 0 {
			l := percentileLine(name, v)
			l.Tone, l.Series = tone, series
			p.Lines = append(p.Lines, l)
		}
	}
	steady := a.timeline.steady()
	all := a.samples.tally(anyEntry, steady)
	add("all that succeeded", &all.latency, Plain, 0)
	if n := len(a.samples.entries); n > 1 && n <= mostLines {
		for entry, name := range a.samples.entries {
			add(name, &a.samples.tally(entry, steady).latency, Plain, entry+1)
		}
	}
	add("failed", &all.failed, Bad, 0)
	return &Chart{
		Caption: Caption{Title: "How many percent of the requests took at most so long"},
		X:       Axis{Title: "percentile; the scale widens towards 100", Spacing: Nines},
		Panels:  []Panel{p},
	}
}

// percentileLine has more points the nearer to 100 %, and ends with the last
// percentile that the samples can tell from the largest.
func percentileLine(name string, v *values) Line {
	l := Line{Name: name}
	n := v.count()
	last := 100 * (1 - 1/float64(n+1))
	add := func(percentile float64) {
		l.Points = append(l.Points, Spot{percentile, v.quantile(percentile / 100)})
	}
	for percentile := 0.0; percentile < 90 && percentile < last; percentile += 2 {
		add(percentile)
	}
	const parts = 20 // of a nine
	for k := parts; ; k++ {
		percentile := 100 * (1 - math.Pow(10, -float64(k)/parts))
		if percentile >= last || k > 7*parts {
			break
		}
		add(percentile)
	}
	l.Points = append(l.Points, Spot{last, v.largest()})
	return l
}

// The cells of a heat map of latency: so many of the same ratio.
const heatRows = 40

// heatMap counts successes by when they were due and how long they took; nil
// where there are too few to make a picture.
func (a *Analysis) heatMap() *HeatMap {
	spans := a.timeline.stretches(mostStretches)
	low, high := math.Inf(1), 0.0
	for i := range a.samples.list {
		if q := &a.samples.list[i]; q.cause == 0 && q.latency > 0 {
			low, high = min(low, ms(q.latency)), max(high, ms(q.latency))
		}
	}
	if len(spans) < 2 || high <= low {
		return nil
	}
	h := &HeatMap{
		Caption: Caption{Title: "Where the latencies lay: successes by when they were due (across) and how long they took (up, ms)"},
		X:       a.timeline.secondsAxis(), Y: Axis{Spacing: Log}, Bands: a.timeline.bands(),
		YEdges: logEdges(low, high*1.0001, heatRows),
	}
	for _, s := range spans {
		h.XEdges = append(h.XEdges, s.From.Seconds())
		h.Counts = append(h.Counts, a.heatColumn(s, h.YEdges))
	}
	h.XEdges = append(h.XEdges, spans[len(spans)-1].To.Seconds())
	return h
}

func (a *Analysis) heatColumn(s check.Span, edges []float64) []int {
	column := make([]int, len(edges)-1)
	first, ratio := math.Log(edges[0]), math.Log(edges[1]/edges[0])
	for q := range a.samples.in(anyEntry, s) {
		if q.cause != 0 || q.latency <= 0 {
			continue
		}
		row := int((math.Log(ms(q.latency)) - first) / ratio)
		column[min(max(row, 0), len(column)-1)] += a.samples.oneIn
	}
	return column
}

// logEdges parts a range into cells of the same ratio.
func logEdges(low, high float64, cells int) []float64 {
	edges := make([]float64, cells+1)
	for i := range edges {
		edges[i] = low * math.Pow(high/low, float64(i)/float64(cells))
	}
	return edges
}

// causeChart draws when the requests of a selection failed, and of what.
func (a *Analysis) causeChart(causes []policy.Cause, asking int) *Chart {
	spans := a.timeline.stretches(mostStretches)
	if len(spans) < 2 {
		return nil
	}
	counted := make([]*counts, len(spans))
	for i, s := range spans {
		counted[i] = a.samples.count(asking, spanned(s.From, s.To))
	}
	p := Panel{Title: "failed per second"}
	for i, cause := range causes {
		l := overSpans(string(cause), spans, func(k int) float64 {
			return counted[k].perSecond(counted[k].byCause[causeIndex[cause]])
		})
		l.Series = i
		p.Lines = append(p.Lines, l)
	}
	return &Chart{
		Caption: Caption{Title: fmt.Sprintf("Failures by cause, in stretches of %s", lengthOf(spans[0]))},
		X:       a.timeline.secondsAxis(), Bands: a.timeline.bands(), Panels: []Panel{p},
	}
}
