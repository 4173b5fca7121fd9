package svg

import (
	"math"
	"strconv"
	"strings"

	"windtunnel/reports"
)

// curve draws one line of a panel whose axis lies at the bottom.
func (p *canvas) curve(l reports.Line, x, y scale, bottom float64) {
	color := Hue(l.Tone, l.Series)
	if l.Repeats {
		color += " faint"
	}
	if l.Shape == reports.Marks {
		for _, q := range l.Points {
			if drawable(q, x, y) {
				p.element("circle", "cx", num(x.at(q.X)), "cy", num(y.at(q.Y)), "r", "3", "class", "dot "+color)
			}
		}
		return
	}
	for _, run := range unbroken(l.Points, x, y) {
		if len(run) == 1 { // a line of no length is not seen
			p.element("circle", "cx", num(x.at(run[0].X)), "cy", num(y.at(run[0].Y)), "r", "1.8", "class", "dot "+color)
			continue
		}
		d := path(run, x, y, l.Shape == reports.Steps)
		if l.Shape == reports.Area {
			area := d + "V" + num(bottom) + "H" + num(x.at(run[0].X)) + "Z"
			p.element("path", "class", "area "+color, "d", area)
		}
		p.element("path", "class", "line "+color, "d", d)
	}
}

// drawable says whether a point has a place. On a logarithmic axis 0 has none.
func drawable(q reports.Spot, x, y scale) bool {
	sound := func(v float64, s scale) bool {
		return !math.IsNaN(v) && !math.IsInf(v, 0) && (s.kind != reports.Log || v > 0)
	}
	return sound(q.X, x) && sound(q.Y, y)
}

// unbroken parts the points where one has no place.
func unbroken(points []reports.Spot, x, y scale) [][]reports.Spot {
	var runs [][]reports.Spot
	open := false
	for _, q := range points {
		if !drawable(q, x, y) {
			open = false
			continue
		}
		if !open {
			runs = append(runs, nil)
			open = true
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], q)
	}
	return runs
}

// path writes what lies on the way. Points that a picture cannot tell from the
// straight line between their neighbours are left out.
func path(points []reports.Spot, x, y scale, steps bool) string {
	var d strings.Builder
	d.WriteString("M" + num(x.at(points[0].X)) + " " + num(y.at(points[0].Y)))
	lastY := num(y.at(points[0].Y))
	for i, q := range points[1:] {
		px, py := num(x.at(q.X)), num(y.at(q.Y))
		last := i == len(points)-2
		switch {
		case steps && py == lastY && !last:
			continue
		case steps:
			d.WriteString("H" + px + "V" + py)
		case py == lastY && !last && num(y.at(points[i+2].Y)) == py: // within a level stretch
			continue
		default:
			d.WriteString("L" + px + " " + py)
		}
		lastY = py
	}
	return d.String()
}

// lanes draws rows of states and marks below top.
func (p *canvas) lanes(lanes []reports.Lane, x scale, top float64) {
	for i, l := range lanes {
		y := top + laneHeight*float64(i)
		p.line(left, y+laneHeight/2, right, y+laneHeight/2, "grid")
		p.short(left, y+laneHeight/2-1.5, "lane-name", "start", l.Name, 60)
		for _, s := range l.States {
			if s.To < x.min || s.From > x.max {
				continue
			}
			p.open("g", "class", "state "+class(s.Tone))
			p.title(s.Name)
			p.rect(x.at(s.From), y+laneHeight/2, max(x.at(s.To)-x.at(s.From), 1.5), laneHeight/2-2, "")
			p.close("g")
		}
		for _, m := range l.Marks {
			p.mark(m, x.at(m.At), y+laneHeight-3)
		}
	}
}

// mark draws a small triangle that points up to its instant.
func (p *canvas) mark(m reports.Mark, x, y float64) {
	p.open("g", "class", "mark "+class(m.Tone))
	p.title(m.Name)
	p.element("path", "d", "M"+num(x)+" "+num(y-8)+"l4 8h-8z")
	p.close("g")
}

// exact writes a value for the page's script.
func exact(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 9, 64)
}
