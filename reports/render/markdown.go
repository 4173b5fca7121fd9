package render

import (
	"bytes"
	"io"
	"regexp"
	"strings"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
	"windtunnel/topologies/def"
)

// markdownFormat prints GitHub's Markdown. Its tables are written by hand: the
// table library does not escape what stands in a cell.
type markdownFormat struct{}

func (markdownFormat) Extensions() []string { return []string{".md", ".markdown"} }

func (markdownFormat) Render(w io.Writer, d *reports.Document, _ Options) error {
	var b bytes.Buffer
	b.WriteString("# " + escape(d.Title) + "\n")
	for _, s := range d.Sections {
		if s.Appendix || onlyDrawn(&s) {
			continue
		}
		if s.Title != "" {
			b.WriteString("\n## " + escape(s.Title) + "\n")
		}
		for _, block := range s.Blocks {
			markdownBlock(&b, block)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func markdownBlock(b *bytes.Buffer, block reports.Block) {
	switch block := block.(type) {
	case reports.Paragraph:
		b.WriteString("\n" + escapeStart(block.Text) + "\n")
	case reports.List:
		b.WriteByte('\n')
		for _, item := range block.Items {
			b.WriteString("- " + escapeStart(item) + "\n")
		}
	case *reports.Table:
		b.WriteByte('\n')
		markdownTable(b, block)
	case reports.Drawing:
		if said := block.Said(); said != "" {
			b.WriteString("\n" + escapeStart(said) + "\n")
		}
	}
}

func markdownTable(b *bytes.Buffer, t *reports.Table) {
	t = withoutEmpty(t)
	rule := make([]string, len(t.Columns))
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i], rule[i] = escape(c.Title), "---"
		if c.Number {
			rule[i] = "---:"
		}
	}
	markdownRow(b, head)
	markdownRow(b, rule)
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = markdownCell(c)
		}
		markdownRow(b, cells)
	}
	if t.Note != "" {
		b.WriteString("\n" + escape(t.Note) + "\n")
	}
}

func markdownRow(b *bytes.Buffer, cells []string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// markdownCell shows code between backticks, where no user is mentioned and
// nothing is escaped but the bar; code that could end that is plain text.
func markdownCell(c reports.Cell) string {
	if c.Link != "" {
		link := c.Link
		c.Link = ""
		return "[" + markdownCell(c) + "](" + linkTo(link) + ")"
	}
	if c.Code && c.Text != "" && !strings.ContainsAny(c.Text, "`\\") {
		return "`" + strings.ReplaceAll(safe.Text(c.Text), "|", `\|`) + "`"
	}
	return escape(c.Text)
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`,
	"<", `\<`, ">", `\>`, "|", `\|`, "~", `\~`, "#", `\#`, "&", "&amp;", "$", `\$`)

// escape makes a text mean itself.
func escape(s string) string { return markdownEscapes.Replace(safe.Text(s)) }

// listStart is what makes a line a list, a rule or an underline.
var listStart = regexp.MustCompile(`^(\d*)([-+=.)])`)

// escapeStart is escape for the start of a line.
func escapeStart(s string) string { return listStart.ReplaceAllString(escape(s), `$1\$2`) }

func init() {
	Formats.Register(def.Def[Format]{
		Name: "markdown",
		Doc:  "Markdown with GitHub's tables, for pull requests and wikis",
		New:  func() Format { return markdownFormat{} },
	})
}
