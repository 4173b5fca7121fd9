package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// terminalFormat prints for people, within the width that they have.
type terminalFormat struct{}

func (terminalFormat) Extensions() []string { return []string{".txt"} }

func (terminalFormat) Render(w io.Writer, d *reports.Document, o Options) error {
	p := &terminal{Options: o}
	p.line(0, d.Tone, true, d.Title)
	for _, s := range d.Sections {
		if s.Appendix || onlyDrawn(&s) {
			continue
		}
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
			p.item(b.Tone, item)
		}
	case *reports.Table:
		return p.table(b)
	case reports.Drawing:
		if said := b.Said(); said != "" {
			p.line(indent, reports.Plain, false, said)
		}
	}
	return nil
}

// line prints running text, broken between words.
func (p *terminal) line(in int, tone reports.Tone, bold bool, text string) {
	for _, part := range Wrap(p.plain(text), p.room(in)) {
		fmt.Fprintf(&p.out, "%s%s\n", strings.Repeat(" ", in), p.paint(part, tone, bold))
	}
}

// item prints a statement of a list behind its dot.
func (p *terminal) item(tone reports.Tone, text string) {
	dot := p.plain("•")
	for _, part := range Wrap(p.plain(text), p.room(indent+2)) {
		fmt.Fprintf(&p.out, "%s%s %s\n", strings.Repeat(" ", indent), dot, p.paint(part, tone, false))
		dot = " "
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
	s = safe.Text(s)
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
		header = append(header, p.broken(c.Title, reports.Muted))
	}
	table.Header(header)
	for _, row := range fitted.Rows {
		cells := []string{}
		for _, c := range row {
			cells = append(cells, p.broken(c.Text, c.Tone))
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
		p.line(indent, reports.Muted, false, "Left out for want of width: "+strings.Join(left, ", ")+".")
	}
	return nil
}

// broken paints a text line by line: fit has broken what was too long.
func (p *terminal) broken(text string, tone reports.Tone) string {
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, p.paint(p.plain(part), tone, false))
	}
	return strings.Join(lines, "\n")
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

func init() {
	Formats.Register(def.Def[Format]{
		Name: "terminal",
		Doc: "text for people, within the width of their terminal\n" +
			"Columns that do not fit are left out, the least needed first, and named below the table.",
		New: func() Format { return terminalFormat{} },
	})
}
