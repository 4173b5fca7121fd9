package svg

import (
	"strconv"

	"windtunnel/reports"
)

const (
	fallRowHeight = 19.0
	fallLeft      = 300.0 // what the names take
	fallIndent    = 11.0
	fallDeepest   = 14 // beyond it names are not moved in further
	fallRight     = right - 74
)

// Waterfall draws each span as a bar on a row of its own. The parts of the
// critical path are full, the rest is faint: read from left to right the full
// parts follow each other, one at each instant.
func Waterfall(f *reports.Waterfall) string {
	x := fit(f.X, []float64{0, fallEnd(f)})
	x.from, x.to = fallLeft, fallRight
	const top = headHeight
	bottom := top + fallRowHeight*float64(len(f.Rows))
	p := begin(Width, bottom+axisHeight, "fall", described(f.Caption))
	p.fallKeys(f)
	for _, t := range x.ticks(8) {
		p.line(x.at(t.value), top, x.at(t.value), bottom, "grid")
	}
	for i, row := range f.Rows {
		p.fallRow(row, x, top+fallRowHeight*float64(i))
	}
	p.line(fallLeft, bottom+.5, fallRight, bottom+.5, "axis")
	for _, t := range x.ticks(8) {
		p.line(x.at(t.value), bottom, x.at(t.value), bottom+4, "axis")
		p.text(x.at(t.value), bottom+17, "tick", "middle", t.label)
	}
	p.text((fallLeft+fallRight)/2, bottom+33, "tick", "middle", f.X.Title)
	if f.Left > 0 {
		p.text(0, bottom+17, "tick", "start", strconv.Itoa(f.Left)+" more spans are not drawn")
	}
	return p.end()
}

// fallHue is a colour of its own; muted of what is not known.
func fallHue(t reports.Tone, series int) string {
	if series < 0 && t == reports.Plain {
		t = reports.Muted
	}
	return Hue(t, series)
}

// fallEnd is where the request itself ends; what went on after it is cut there.
func fallEnd(f *reports.Waterfall) float64 {
	if len(f.Rows) == 0 {
		return 1
	}
	return f.Rows[0].To
}

func (p *canvas) fallKeys(f *reports.Waterfall) {
	at := 0.0
	for _, k := range f.Keys {
		p.rect(at, 6, 12, 12, "span "+fallHue(reports.Plain, k.Series))
		p.text(at+17, 16, "legend", "start", k.Name)
		at += 34 + 7*float64(len(k.Name))
	}
}

func (p *canvas) fallRow(r reports.WaterfallRow, x scale, y float64) {
	const room = 46
	depth := min(r.Depth, fallDeepest)
	p.short(fallIndent*float64(depth), y+14, "legend", "start", r.Name, room-2*depth)
	from, to := x.at(r.From), x.at(r.To)
	p.open("g")
	p.title(fallWords(r))
	p.rect(from, y+4, max(to-from, 1), fallRowHeight-8, "span faint-span "+fallHue(r.Tone, r.Series))
	for _, c := range r.Critical {
		p.rect(x.at(c.From), y+4, max(x.at(c.To)-x.at(c.From), .6), fallRowHeight-8, "span "+fallHue(reports.Plain, c.Series))
	}
	p.close("g")
	note := span(r)
	if r.Note != "" {
		note += " " + r.Note
	}
	if to < fallRight-180 {
		p.short(to+5, y+14, "tick "+class(r.Tone), "start", note, 60)
	} else {
		p.short(fallRight+5, y+14, "tick "+class(r.Tone), "start", span(r), 12)
	}
}

// span is how long a row lasts, in milliseconds.
func span(r reports.WaterfallRow) string {
	digits := 3
	switch d := r.To - r.From; {
	case d >= 100:
		digits = 0
	case d >= 1:
		digits = 1
	}
	return strconv.FormatFloat(r.To-r.From, 'f', digits, 64) + " ms"
}

func fallWords(r reports.WaterfallRow) string {
	words := r.Name
	if r.Place != "" {
		words += " · " + r.Place
	}
	words += " · " + span(r)
	if r.Note != "" {
		words += " · " + r.Note
	}
	return words
}
