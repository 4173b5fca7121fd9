package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"windtunnel/reports"
	"windtunnel/topologies/def"
)

// terminalFormat prints for people, within the width that they have.
type terminalFormat struct{}

func (terminalFormat) Extensions() []string { return []string{".txt"} }

func (terminalFormat) Render(w io.Writer, d *reports.Document, o Options) error {
	p := &terminal{Options: o}
	p.line(0, d.Tone, true, d.Title)
	for _, s := range d.Sections {
		p.out.WriteByte('\n')
		if s.Title != "" {
			p.line(0, s.Tone, true, s.Title)
		}
		for _, block := range s.Blocks {
			if err := p.block(block); err != nil {
				return err
			}
		}
	}
	_, err := w.Write(p.out.Bytes())
	return err
}

// terminal collects the lines of one document.
type terminal struct {
	Options
	out bytes.Buffer
}

// indent is what the content of a section is moved in by.
const indent = 2

func (p *terminal) block(b reports.Block) error {
	switch b := b.(type) {
	case reports.Paragraph:
		p.line(indent, b.Tone, false, b.Text)
	case reports.List:
		for _, item := range b.Items {
			p.line(indent, b.Tone, false, p.plain("• ")+item)
		}
	case *reports.Table:
		return p.table(b)
	}
	return nil
}

// line prints running text, broken between words.
func (p *terminal) line(in int, tone reports.Tone, bold bool, text string) {
	for i, part := range wrap(p.plain(text), p.room(in)) {
		if i > 0 && strings.HasPrefix(text, "• ") {
			part = "  " + part
		}
		fmt.Fprintf(&p.out, "%s%s\n", strings.Repeat(" ", in), p.paint(part, tone, bold))
	}
}

// room is what is left of the width; there is always some.
func (p *terminal) room(in int) int {
	if p.Width <= 0 {
		return 1 << 20
	}
	return max(p.Width-in, 20)
}

var asciiSigns = strings.NewReplacer("•", "*", "–", "-", "…", "...", "·", "-", "✓", "ok", "✗", "NO", "×", "x", "≤", "<=", "≥", ">=")

// plain makes a text safe to print, and leaves out what ASCII does not have.
func (p *terminal) plain(s string) string {
	s = printable(s)
	if !p.ASCII {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return '?'
		}
		return r
	}, asciiSigns.Replace(s))
}

var colors = map[reports.Tone]string{reports.Good: "32", reports.Bad: "31", reports.Doubt: "33", reports.Muted: "2"}

func (p *terminal) paint(s string, tone reports.Tone, bold bool) string {
	codes := []string{}
	if bold {
		codes = append(codes, "1")
	}
	if c := colors[tone]; c != "" {
		codes = append(codes, c)
	}
	if !p.Color || len(codes) == 0 || s == "" {
		return s
	}
	return "\x1b[" + strings.Join(codes, ";") + "m" + s + "\x1b[0m"
}

// table prints as many columns as fit, and says which do not.
func (p *terminal) table(t *reports.Table) error {
	fitted, left := p.fit(withoutEmpty(t))
	if len(fitted.Columns) == 0 {
		return nil
	}
	var b bytes.Buffer
	table := tablewriter.NewTable(&b, p.tableOptions(fitted)...)
	header := []string{}
	for _, c := range fitted.Columns {
		header = append(header, p.paint(p.plain(c.Title), reports.Muted, false))
	}
	table.Header(header)
	for _, row := range fitted.Rows {
		cells := []string{}
		for _, c := range row {
			var lines []string
			for _, part := range strings.Split(c.Text, "\n") { // fit has broken what was too long
				lines = append(lines, p.paint(p.plain(part), c.Tone, false))
			}
			cells = append(cells, strings.Join(lines, "\n"))
		}
		if err := table.Append(cells); err != nil {
			return err
		}
	}
	if err := table.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		p.out.WriteString(" " + strings.TrimRight(line, " \n") + "\n")
	}
	if t.Note != "" {
		p.line(indent, reports.Muted, false, t.Note)
	}
	if len(left) > 0 {
		p.line(indent, reports.Muted, false, "Too narrow for "+strings.Join(left, ", ")+".")
	}
	return nil
}

// tableOptions ask for a line below the header and no other; a name must stay
// as it is, where the library would make P 99 MS of p99_ms.
func (p *terminal) tableOptions(t *reports.Table) []tablewriter.Option {
	style := tw.StyleLight
	if p.ASCII {
		style = tw.StyleASCII
	}
	align := []tw.Align{}
	for _, c := range t.Columns {
		if c.Number {
			align = append(align, tw.AlignRight)
		} else {
			align = append(align, tw.AlignLeft)
		}
	}
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: " ", Right: " ", Overwrite: true}},
	}
	return []tablewriter.Option{
		tablewriter.WithConfig(tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off}}),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(style),
			Settings: tw.Settings{
				Lines:      tw.Lines{ShowTop: tw.Off, ShowBottom: tw.Off, ShowHeaderLine: tw.On, ShowFooterLine: tw.Off},
				Separators: tw.Separators{ShowHeader: tw.Off, ShowFooter: tw.Off, BetweenRows: tw.Off, BetweenColumns: tw.Off},
			},
		})),
	}
}

// padding is what a column takes beside its text.
const padding = 2

// fit takes the columns away that a reader can spare, until the rest fits, and
// breaks long texts where that was not enough.
func (p *terminal) fit(t *reports.Table) (*reports.Table, []string) {
	var left []string
	for {
		widths := p.widths(t)
		excess := padding*len(widths) + indent - 1 - p.room(0)
		for _, w := range widths {
			excess += w
		}
		if excess <= 0 {
			return t, left
		}
		out := sparest(t)
		if out < 0 {
			return p.breakTexts(t, widths, excess), left
		}
		left = append(left, t.Columns[out].Title)
		t = keep(t, func(i int) bool { return i != out })
	}
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

func (p *terminal) widths(t *reports.Table) []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = twwidth.Width(p.plain(c.Title))
		for _, row := range t.Rows {
			widths[i] = max(widths[i], twwidth.Width(p.plain(row[i].Text)))
		}
	}
	return widths
}

// narrowest is what a column of texts keeps at least.
const narrowest = 12

// breakTexts breaks the texts of the widest columns of words over several lines.
func (p *terminal) breakTexts(t *reports.Table, widths []int, excess int) *reports.Table {
	limits := slices.Clone(widths)
	for ; excess > 0; excess-- {
		widest := -1
		for i, c := range t.Columns {
			if !c.Number && limits[i] > narrowest && (widest < 0 || limits[i] > limits[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		limits[widest]--
	}
	broken := keep(t, func(int) bool { return true })
	for _, row := range broken.Rows {
		for i := range row {
			if limits[i] < widths[i] {
				row[i].Text = strings.Join(wrap(p.plain(row[i].Text), limits[i]), "\n")
			}
		}
	}
	return broken
}

// wrap breaks a text between words, and words that are too long anywhere.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for line == "" && twwidth.Width(word) > width {
			head, rest := cut(word, width)
			lines, word = append(lines, head), rest
		}
		switch {
		case line == "":
			line = word
		case twwidth.Width(line)+1+twwidth.Width(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), ""
			for twwidth.Width(word) > width {
				head, rest := cut(word, width)
				lines, word = append(lines, head), rest
			}
			line = word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// cut parts a word at a width, after at least one character.
func cut(word string, width int) (head, rest string) {
	for i := range word {
		if i > 0 && twwidth.Width(word[:i]) >= width {
			return word[:i], word[i:]
		}
	}
	return word, ""
}

func init() {
	Formats.Register(def.Def[Format]{
		Name: "terminal",
		Doc: "text for people, within the width of their terminal\n" +
			"Columns that do not fit are left out, the least needed first, and named below the table.",
		New: func() Format { return terminalFormat{} },
	})
}
