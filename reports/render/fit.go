package render

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"windtunnel/reports"
)

// padding is what a column takes beside its text.
const padding = 2

// narrowest is what a column of words keeps at least; one of numbers keeps its numbers.
const narrowest = 12

// fit makes every text printable and takes the columns away that a reader can
// spare, until the rest fits; it breaks long texts where that is not enough. It
// returns the titles of what is left out.
func (p *terminal) fit(t *reports.Table) (*reports.Table, []string) {
	t = p.printed(t)
	var left []string
	for {
		widths := widthsOf(t)
		excess := padding*len(widths) + indent - 1 - p.room(0)
		for _, w := range widths {
			excess += w
		}
		if excess <= 0 {
			return t, left
		}
		out := sparest(t)
		if out < 0 {
			narrow(t, widths, excess)
			return t, left
		}
		left = append(left, t.Columns[out].Title)
		t = keep(t, func(i int) bool { return i != out })
	}
}

// printed copies a table with its texts as they are printed.
func (p *terminal) printed(t *reports.Table) *reports.Table {
	t = keep(t, func(int) bool { return true })
	for i := range t.Columns {
		t.Columns[i].Title = p.plain(t.Columns[i].Title)
	}
	for _, row := range t.Rows {
		for i := range row {
			row[i].Text = p.plain(row[i].Text)
		}
	}
	return t
}

// sparest returns the column to leave out next, -1 where none can be spared.
func sparest(t *reports.Table) int {
	out, most := -1, 0
	for i, c := range t.Columns {
		if c.Spare > most {
			out, most = i, c.Spare
		}
	}
	return out
}

func widthsOf(t *reports.Table) []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = max(twwidth.Width(c.Title), widestCell(t, i))
	}
	return widths
}

func widestCell(t *reports.Table, column int) int {
	widest := 0
	for _, row := range t.Rows {
		widest = max(widest, twwidth.Width(row[column].Text))
	}
	return widest
}

// narrow breaks the texts of the widest columns over several lines, until the
// excess is gone or nothing can be broken further.
func narrow(t *reports.Table, widths []int, excess int) {
	limits := slices.Clone(widths)
	least := make([]int, len(widths))
	for i, c := range t.Columns {
		least[i] = narrowest
		if c.Number {
			least[i] = max(widestCell(t, i), narrowest/2)
		}
	}
	for ; excess > 0; excess-- {
		widest := -1
		for i := range limits {
			if limits[i] > least[i] && (widest < 0 || limits[i] > limits[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		limits[widest]--
	}
	for i := range t.Columns {
		if limits[i] == widths[i] {
			continue
		}
		t.Columns[i].Title = strings.Join(wrap(t.Columns[i].Title, limits[i]), "\n")
		for _, row := range t.Rows {
			row[i].Text = strings.Join(wrap(row[i].Text, limits[i]), "\n")
		}
	}
}

// wrap breaks a text between words, and a word that is too long where it can.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && twwidth.Width(line)+1+twwidth.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for twwidth.Width(word) > width {
			head, rest := cut(word, width)
			if rest == "" {
				break
			}
			lines, word = append(lines, head), rest
		}
		line = word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// cut parts a word at a width, after at least one character: after a mark that
// joins its parts, where one lies past the first third.
func cut(word string, width int) (head, rest string) {
	end := 0
	for i, r := range word {
		next := i + utf8.RuneLen(r)
		if i > 0 && twwidth.Width(word[:next]) > width {
			break
		}
		end = next
	}
	if at := strings.LastIndexAny(word[:end], "-./>("); at >= end/3 {
		end = at + 1
	}
	return word[:end], word[end:]
}
