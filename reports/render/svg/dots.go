package svg

import (
	"math"

	"windtunnel/reports"
)

const (
	dotRowHeight = 26.0
	dotLeft      = 230.0 // what the names take
)

// Dots draws the values of each group on its row, each a dot, and a tick at the middle.
func Dots(d *reports.Dots) string {
	x := fit(d.X, dotValues(d)).rounded()
	x.from, x.to = dotLeft, right
	const top = 6.0
	bottom := top + dotRowHeight*float64(len(d.Rows))
	p := begin(Width, bottom+axisHeight, "dots", described(d.Caption))
	for _, t := range x.ticks(8) {
		p.line(x.at(t.value), top, x.at(t.value), bottom, "grid")
	}
	for i, row := range d.Rows {
		p.dotRow(row, x, top+dotRowHeight*(float64(i)+.5))
	}
	p.dotAxis(d.X.Title, x, bottom)
	return p.end()
}

func dotValues(d *reports.Dots) []float64 {
	var all []float64
	for _, row := range d.Rows {
		all = append(all, row.Values...)
		if row.Middle != nil {
			all = append(all, *row.Middle)
		}
	}
	return all
}

func (p *canvas) dotRow(row reports.DotRow, x scale, y float64) {
	color := Hue(reports.Plain, row.Series)
	p.short(dotLeft-12, y+4, "legend", "end", row.Name, 34)
	p.line(dotLeft, y, right, y, "grid")
	for i, v := range row.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) || x.kind == reports.Log && v <= 0 {
			continue
		}
		// Equal values would hide each other: they step aside a little.
		aside := float64(i%5-2) * 2
		p.element("circle", "cx", num(x.at(v)), "cy", num(y+aside), "r", "3.5", "class", "dot "+color)
	}
	if row.Middle != nil {
		at := x.at(*row.Middle)
		p.line(at, y-9, at, y+9, "middle "+color)
	}
	if row.Note != "" {
		p.text(right, y-4, "tick", "end", row.Note)
	}
}

func (p *canvas) dotAxis(title string, x scale, y float64) {
	p.line(dotLeft, y+.5, right, y+.5, "axis")
	for _, t := range x.ticks(8) {
		p.line(x.at(t.value), y, x.at(t.value), y+4, "axis")
		p.text(x.at(t.value), y+17, "tick", "middle", t.label)
	}
	p.text((dotLeft+right)/2, y+33, "tick", "middle", title)
}
