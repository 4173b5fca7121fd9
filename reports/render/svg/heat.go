package svg

import (
	"math"
	"strconv"
	"strings"

	"windtunnel/reports"
)

const (
	heatHeight = 220.0
	heatLevels = 7 // classes h1 to h7, from few to many
)

// HeatMap draws counts as shades. A shade stands for a range of counts that
// grows by the same factor from level to level.
func HeatMap(h *reports.HeatMap) string {
	x, y := fit(h.X, h.XEdges), fit(h.Y, h.YEdges)
	top := headHeight
	if len(h.Bands) > 0 {
		top += bandHeight
	}
	x.from, x.to = left, right
	y.from, y.to = top+heatHeight, top
	p := begin(Width, top+heatHeight+axisHeight, "heat", described(h.Caption))
	most := 0
	for _, column := range h.Counts {
		for _, n := range column {
			most = max(most, n)
		}
	}
	p.heatKey(most)
	p.bands(h.Bands, x, top, top+heatHeight)
	p.yAxis(y)
	for level, d := range shades(h, x, y, most) {
		if d != "" {
			p.element("path", "class", "h"+strconv.Itoa(level+1), "d", d)
		}
	}
	p.xAxis(h.X.Title, x, top+heatHeight)
	return p.end()
}

// shades returns one path for each level: the cells of that level, those on top
// of each other as one.
func shades(h *reports.HeatMap, x, y scale, most int) [heatLevels]string {
	var paths [heatLevels]strings.Builder
	for i, column := range h.Counts {
		from, width := x.at(h.XEdges[i]), x.at(h.XEdges[i+1])-x.at(h.XEdges[i])
		for j := 0; j < len(column); {
			level, begin := heatLevel(column[j], most), j
			for j++; j < len(column) && heatLevel(column[j], most) == level; j++ {
			}
			if level == 0 {
				continue
			}
			low, high := y.at(h.YEdges[begin]), y.at(h.YEdges[j])
			paths[level-1].WriteString("M" + num(from) + " " + num(high) + "h" + num(width) + "v" + num(low-high) + "h-" + num(width) + "z")
		}
	}
	var all [heatLevels]string
	for i := range paths {
		all[i] = paths[i].String()
	}
	return all
}

// heatLevel is 0 for none, and heatLevels for the most.
func heatLevel(n, most int) int {
	if n <= 0 {
		return 0
	}
	if most <= 1 {
		return heatLevels
	}
	return 1 + int(math.Round(float64(heatLevels-1)*math.Log(float64(n))/math.Log(float64(most))))
}

// heatKey says what the shades mean.
func (p *canvas) heatKey(most int) {
	const side, y = 14.0, 8.0
	at := left
	p.text(at, y+side-3, "legend", "start", "1")
	at += 12
	for level := range heatLevels {
		p.rect(at, y, side, side, "h"+strconv.Itoa(level+1))
		at += side
	}
	p.text(at+6, y+side-3, "legend", "start", label(float64(most), 1)+" requests in a cell")
}
