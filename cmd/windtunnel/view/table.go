package view

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// column is one of a table.
type column struct {
	title string
	right bool
	keep  int  // where there is not room for all, the columns of the lowest go first
	least int  // it is cut to so many columns before those go that keep as much as worthy; 0: it is not
	name  bool // it is cut in its middle, as names that begin alike end apart, and to mostName columns in any case
	calm  int  // on a roomy terminal it takes so many at least: what comes and goes in it moves nothing else
	rest  bool // it takes the room that the others leave: its cells are made for that
}

// roomy is how wide a terminal must be for columns that are wider than what they hold.
const roomy = 100

// worthy is what a column keeps at least that is not given up for the words of another.
const worthy = 5

// leastRest is how many columns one that takes the rest needs to be of use.
const leastRest = 6

// table lays out rows, of which each has a cell a column. trend makes the cells of the
// column that takes the rest.
func table(width int, columns []column, rows [][]piece, trend func(row, width int) line) []line {
	if width < roomy {
		columns = slices.Clone(columns)
		for i := range columns {
			columns[i].calm = 0
		}
	}
	shown, spare := fitting(width, columns, rows)
	lines := []line{{}}
	for range rows {
		lines = append(lines, line{})
	}
	for n, i := range shown {
		c := columns[i]
		if n > 0 {
			for r := range lines {
				lines[r] = append(lines[r], piece{"  ", plain})
			}
		}
		if c.rest {
			left := width - lines[0].width()
			lines[0] = append(lines[0], piece{c.title, faint})
			for r := range rows {
				lines[r+1] = append(lines[r+1], trend(r, left)...)
			}
			continue
		}
		size := natural(c, i, rows)
		if c.least > 0 && size > c.least {
			more := min(size-c.least, spare)
			size, spare = c.least+more, spare-more
		}
		last := n == len(shown)-1
		lines[0] = append(lines[0], padded(piece{c.title, faint}, size, c.right, last))
		for r := range rows {
			one := rows[r][i]
			if c.name {
				one.text = shortName(one.text, size)
			}
			lines[r+1] = append(lines[r+1], padded(one, size, c.right, last))
		}
	}
	return lines
}

// fitting chooses the columns that there is room for, and says how much of it they leave.
func fitting(width int, columns []column, rows [][]piece) (shown []int, spare int) {
	for i := range columns {
		shown = append(shown, i)
	}
	for {
		whole, least := 2*(len(shown)-1), 2*(len(shown)-1)
		first := shown[0]
		for _, i := range shown {
			c, size := columns[i], natural(columns[i], i, rows)
			whole += size
			if c.least > 0 {
				size = min(size, c.least)
			}
			least += size
			if c.keep < columns[first].keep {
				first = i
			}
		}
		if whole <= width || least <= width && columns[first].keep >= worthy || len(shown) == 1 {
			return shown, max(0, width-least)
		}
		shown = slices.DeleteFunc(shown, func(i int) bool { return i == first })
	}
}

func natural(c column, i int, rows [][]piece) int {
	if c.rest {
		return max(leastRest, c.calm)
	}
	size := max(wide(c.title), c.calm)
	for _, r := range rows {
		size = max(size, wide(r[i].text))
	}
	if c.name {
		size = min(size, mostName)
	}
	return size
}

// shortName leaves out the middle of a name that is longer.
func shortName(name string, size int) string {
	name = clean(name)
	length := ansi.StringWidth(name)
	if length <= size || size < 3 {
		return name
	}
	room := (size - 1) / 2
	tail := ansi.TruncateLeft(name, length-room, "")
	if ansi.StringWidth(tail) > room { // half of a wide sign is there as a whole
		tail = ansi.TruncateLeft(name, length-room+1, "")
	}
	return ansi.Truncate(name, size-1-room, "") + "…" + tail
}

func padded(p piece, size int, right, last bool) piece {
	p.text = ansi.Truncate(clean(p.text), size, "…")
	pad := strings.Repeat(" ", max(0, size-wide(p.text)))
	switch {
	case right:
		p.text = pad + p.text
	case !last:
		p.text += pad
	}
	return p
}
