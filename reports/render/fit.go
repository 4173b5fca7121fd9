package render

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"windtunnel/reports"
)

// padding is what a column takes beside its text.
const padding = 2

// narrowest is what a column of words keeps at least, unless it needs less for
// none of them to be torn; one of numbers keeps its numbers.
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
		widths[i] = max(Width(c.Title), widestCell(t, i))
	}
	return widths
}

func widestCell(t *reports.Table, column int) int {
	widest := 0
	for _, row := range t.Rows {
		widest = max(widest, Width(row[column].Text))
	}
	return widest
}

// narrow breaks texts over several lines, until the excess is gone or nothing can
// be broken further. Character by character it takes the room from the column
// that can best do without: a title that takes a second line costs the table one,
// and the names of its rows cost one each.
func narrow(t *reports.Table, widths []int, excess int) {
	columns := make([]*breakable, len(widths))
	for i, c := range t.Columns {
		columns[i] = newBreakable(t, i, widths[i])
		columns[i].least = min(narrowest, columns[i].longestPart())
		if c.Number {
			columns[i].least = max(widestCell(t, i), narrowest/2)
		}
	}
	for ; excess > 0; excess-- {
		next, least := -1, 0
		for i, c := range columns {
			if c.limit <= c.least {
				continue
			}
			cost := lines(columns, i)
			if next < 0 || cost < least || cost == least && c.limit > columns[next].limit {
				next, least = i, cost
			}
		}
		if next < 0 {
			break
		}
		columns[next].limit--
	}
	for i, c := range columns {
		if c.limit == widths[i] {
			continue
		}
		t.Columns[i].Title = strings.Join(Wrap(t.Columns[i].Title, c.limit), "\n")
		for _, row := range t.Rows {
			row[i].Text = strings.Join(Wrap(row[i].Text, c.limit), "\n")
		}
	}
}

// breakable is a column whose texts may be broken.
type breakable struct {
	texts  []string // the title first
	limit  int
	least  int           // of the limit
	counts map[int][]int // what lines counts of each text, by the limit
}

// torn is how many lines a word counts that is broken where it has no joint.
const torn = 20

func newBreakable(t *reports.Table, column, width int) *breakable {
	b := &breakable{texts: []string{t.Columns[column].Title}, limit: width, counts: map[int][]int{}}
	for _, row := range t.Rows {
		b.texts = append(b.texts, row[column].Text)
	}
	return b
}

// lines counts those of a table, had the column one character less.
func lines(columns []*breakable, narrower int) int {
	total := 0
	highest := make([]int, len(columns[0].texts))
	for i, c := range columns {
		limit := c.limit
		if i == narrower {
			limit--
		}
		for row, n := range c.at(limit) {
			highest[row] = max(highest[row], n)
		}
	}
	for _, n := range highest {
		total += n
	}
	return total
}

func (b *breakable) at(limit int) []int {
	if counts, known := b.counts[limit]; known {
		return counts
	}
	counts := make([]int, len(b.texts))
	for i, text := range b.texts {
		counts[i] = 1
		if Width(text) <= limit {
			continue
		}
		counts[i] = len(Wrap(text, limit))
		for width := range parts(text) {
			if width > limit {
				counts[i] += torn
			}
		}
	}
	b.counts[limit] = counts
	return counts
}

// joints are where a word may be broken, behind them.
const joints = "-./>("

// parts yields the widths of what the words of a text may be broken into, each
// with its joint.
func parts(text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for word := range strings.FieldsSeq(text) {
			for word != "" {
				end := strings.IndexAny(word, joints) + 1
				if end == 0 {
					end = len(word)
				}
				if !yield(Width(word[:end])) {
					return
				}
				word = word[end:]
			}
		}
	}
}

func (b *breakable) longestPart() int {
	longest := 1
	for _, text := range b.texts {
		for width := range parts(text) {
			longest = max(longest, width)
		}
	}
	return longest
}

// Width is how many columns of a terminal a text takes.
func Width(s string) int { return twwidth.Width(s) }

// Wrap breaks a text between words into lines of at most so many columns, and a
// word that is too long where it can. A number stays with its unit. Of no text
// there is one line, which is empty.
func Wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range kept(strings.Fields(s), width) {
		if line != "" && Width(line)+1+Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for Width(word) > width {
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

// longestUnit is the longest word that is kept with the number before it.
const longestUnit = 5

// kept joins the words that belong on one line: "579 ms", "18 %", "0.4 cores,".
func kept(words []string, width int) []string {
	var joined []string
	for i := 0; i < len(words); i++ {
		word := words[i]
		if i+1 < len(words) && isNumber(word) {
			unit := strings.TrimRight(words[i+1], ".,;:)")
			if both := word + " " + words[i+1]; utf8.RuneCountInString(unit) <= longestUnit && Width(both) <= width {
				word = both
				i++
			}
		}
		joined = append(joined, word)
	}
	return joined
}

func isNumber(word string) bool {
	word = strings.TrimLeft(word, "(+-~<>=≤≥")
	return word != "" && strings.Trim(word, "0123456789.,–") == "" && !strings.HasSuffix(word, ",")
}

// cut parts a word at a width, after at least one character: after a mark that
// joins its parts, where one lies past the first third.
func cut(word string, width int) (head, rest string) {
	end := 0
	for i, r := range word {
		next := i + utf8.RuneLen(r)
		if i > 0 && Width(word[:next]) > width {
			break
		}
		end = next
	}
	if at := strings.LastIndexAny(word[:end], joints); at >= end/3 {
		end = at + 1
	}
	return word[:end], word[end:]
}
