package svg

import (
	"slices"

	"windtunnel/reports"
)

const (
	stackRowHeight = 34.0
	stackBar       = 20.0 // how thick a row's bar is
	keyHeight      = 24.0 // a line of the key
)

// Stack draws each row's parts one after another, so that their ends are
// measured by the axis, with a key of the parts above.
func Stack(s *reports.Stack) string {
	x := fit(s.X, stackTotals(s)).rounded()
	x.from, x.to = dotLeft, right
	names := partNames(s)
	top := keyHeight*float64(keyLines(names)) + 8
	bottom := top + stackRowHeight*float64(len(s.Rows))
	p := begin(Width, bottom+axisHeight, "stack", described(s.Caption))
	p.stackKey(names)
	for _, t := range x.ticks(8) {
		p.line(x.at(t.value), top, x.at(t.value), bottom, "grid")
	}
	for i, row := range s.Rows {
		p.stackRow(row, names, x, top+stackRowHeight*(float64(i)+.5))
	}
	p.dotAxis(s.X.Title, x, bottom)
	return p.end()
}

// stackTotals are the ends of all rows, and where they begin.
func stackTotals(s *reports.Stack) []float64 {
	ends := []float64{0}
	for _, row := range s.Rows {
		end := 0.0
		for _, part := range row.Parts {
			end += part.Length()
		}
		ends = append(ends, end)
	}
	return ends
}

// partNames lists the parts of all rows in the order they appear in.
func partNames(s *reports.Stack) []string {
	var names []string
	for _, row := range s.Rows {
		for _, part := range row.Parts {
			if !slices.Contains(names, part.Name) {
				names = append(names, part.Name)
			}
		}
	}
	return names
}

// keyPlaces says where each name of the key stands: the line, and how far in.
func keyPlaces(names []string) (lines []int, ins []float64) {
	line, at := 0, dotLeft
	for _, name := range names {
		width := 26 + charWidth*float64(min(len([]rune(name)), longestName))
		if at+width > right && at > dotLeft {
			line, at = line+1, dotLeft
		}
		lines, ins = append(lines, line), append(ins, at)
		at += width + 12
	}
	return lines, ins
}

func keyLines(names []string) int {
	lines, _ := keyPlaces(names)
	if len(lines) == 0 {
		return 0
	}
	return lines[len(lines)-1] + 1
}

func (p *canvas) stackKey(names []string) {
	lines, ins := keyPlaces(names)
	for i, name := range names {
		y := keyHeight * float64(lines[i])
		p.rect(ins[i], y+6, 14, 12, "part "+Hue(reports.Plain, i))
		p.short(ins[i]+20, y+16, "legend", "start", name, longestName)
	}
}

func (p *canvas) stackRow(row reports.StackRow, names []string, x scale, y float64) {
	p.short(dotLeft-12, y+4, "legend", "end", row.Name, 34)
	sum := 0.0
	for _, part := range row.Parts {
		if part.Length() == 0 {
			continue
		}
		from, to := x.at(sum), x.at(sum+part.Length())
		sum += part.Length()
		p.open("g")
		p.title(row.Name + ", " + part.Name + ": " + part.Text)
		p.rect(from, y-stackBar/2, to-from, stackBar, "part "+Hue(reports.Plain, slices.Index(names, part.Name)))
		if to-from > textWidth(part.Text)+8 {
			p.text((from+to)/2, y+4, "legend", "middle", part.Text)
		}
		p.close("g")
	}
}
