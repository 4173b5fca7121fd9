package svg

import (
	"math"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
)

// The measures of a chart, in the units of its picture.
const (
	Width       = 1040.0 // of every chart
	left        = 64.0   // what labels of the Y axis take
	right       = 1024.0
	panelHeight = 128.0
	aloneHeight = 230.0 // of a panel that has no others below or above it
	countHeight = 56.0  // of one that shows a few counts
	headHeight  = 34.0  // title and legend above a panel
	laneHeight  = 20.0
	axisHeight  = 38.0
	bandHeight  = 18.0 // the names of the bands, above the first panel
)

// longestName is how many characters of a name a legend shows.
const longestName = 28

// Chart draws a chart, its panels below each other.
func Chart(c *reports.Chart) string {
	x := fit(c.X, xValues(c))
	x.from, x.to = left, right
	top := 4.0
	if len(c.Bands) > 0 {
		top += bandHeight
	}
	height := top + axisHeight
	for i := range c.Panels {
		height += headHeight + plotHeight(c, i)
	}
	p := begin(Width, height, "chart", described(c.Caption), "data-left", num(left), "data-right", num(right),
		"data-min", exact(x.min), "data-max", exact(x.max), "data-scale", scaleName(x.kind), "data-top", num(top), "data-bottom", num(height-axisHeight))
	p.bands(c.Bands, x, top, height-axisHeight)
	y := top
	for i := range c.Panels {
		p.panel(&c.Panels[i], x, y, plotHeight(c, i))
		y += headHeight + plotHeight(c, i)
	}
	p.xAxis(c.X.Title, x, y)
	return p.end()
}

func described(c reports.Caption) string {
	if c.Words == "" {
		return c.Title
	}
	return strings.TrimSuffix(c.Title, ".") + ". " + c.Words
}

func scaleName(s reports.Spacing) string {
	return [...]string{"linear", "log", "nines"}[s]
}

// plotHeight is the height of a panel without its head.
func plotHeight(c *reports.Chart, i int) float64 {
	switch p := &c.Panels[i]; {
	case len(p.Lanes) > 0:
		return laneHeight * float64(len(p.Lanes))
	case len(c.Panels) == 1:
		return aloneHeight
	case p.Y.Whole:
		return countHeight
	}
	return panelHeight
}

func xValues(c *reports.Chart) []float64 {
	var all []float64
	for _, p := range c.Panels {
		for _, l := range p.Lines {
			for _, q := range l.Points {
				all = append(all, q.X)
			}
		}
	}
	return all
}

// bands shades stretches of the x axis through all panels, and names them at the top.
func (p *canvas) bands(bands []reports.Band, x scale, top, bottom float64) {
	taken := math.Inf(-1)
	for _, b := range bands {
		from, to := x.at(b.From), x.at(b.To)
		if b.To < x.min || b.From > x.max {
			continue
		}
		p.open("g", "class", "band "+class(b.Tone))
		p.title(b.Name)
		p.rect(from, top, max(to-from, 1), bottom-top, "")
		p.close("g")
		if at := max(from, taken+8); at < right-20 {
			name := safe.Short(b.Name, min(longestName, int((right-at)/charWidth)))
			p.text(at, top-6, "band-name "+class(b.Tone), "start", name)
			taken = at + textWidth(name)
		}
	}
}

// panel draws one panel below y.
func (p *canvas) panel(panel *reports.Panel, x scale, y, height float64) {
	top := y + headHeight
	bottom := top + height
	p.head(panel, y+headHeight-10)
	if len(panel.Lanes) > 0 {
		p.lanes(panel.Lanes, x, top)
		return
	}
	var values []float64
	for _, l := range panel.Lines {
		for _, q := range l.Points {
			values = append(values, q.Y)
		}
	}
	ys := fit(panel.Y, values).rounded()
	ys.from, ys.to = bottom, top
	p.yAxis(ys)
	for _, l := range panel.Lines {
		p.curve(l, x, ys, bottom)
	}
}

// head writes the panel's title and the names of its lines.
func (p *canvas) head(panel *reports.Panel, y float64) {
	title := safe.Short(panel.Title, 60)
	p.text(left, y, "panel-title", "start", title)
	at := left + textWidth(title) + 24
	for i, l := range panel.Lines {
		if l.Repeats {
			continue
		}
		name := safe.Short(l.Name, longestName)
		if at+textWidth(name) > right-40 && i < len(panel.Lines)-1 {
			p.text(at, y, "tick", "start", "and others")
			return
		}
		shape := "key " + Hue(l.Tone, l.Series)
		if l.Shape == reports.Marks {
			p.element("circle", "cx", num(at+8), "cy", num(y-4), "r", "3", "class", "dot "+Hue(l.Tone, l.Series))
		} else {
			p.line(at, y-4, at+16, y-4, shape)
		}
		p.text(at+21, y, "legend", "start", name)
		at += 21 + textWidth(name) + 18
	}
}

func (p *canvas) yAxis(s scale) {
	for _, t := range s.ticks(max(2, int((s.from-s.to)/30))) {
		y := s.at(t.value)
		p.line(left, y, right, y, "grid")
		p.text(left-7, y+4, "tick", "end", t.label)
	}
}

func (p *canvas) xAxis(title string, x scale, y float64) {
	p.line(left, y+.5, right, y+.5, "axis")
	last := math.Inf(-1)
	for _, t := range x.ticks(10) {
		at := x.at(t.value)
		if at-textWidth(t.label)/2 < last+6 {
			continue
		}
		p.line(at, y, at, y+4, "axis")
		p.text(at, y+17, "tick", "middle", t.label)
		last = at + textWidth(t.label)/2
	}
	p.text((left+right)/2, y+33, "tick", "middle", safe.Short(title, 120))
}

// charWidth is about what a character of the page's small type takes.
const charWidth = 6.4

func textWidth(s string) float64 { return charWidth * float64(len([]rune(s))) }
