package reports

// Document is a report before it has a format: what it says, in what order, and
// in what tone. Package render has a file for each format that prints one.
type Document struct {
	Title    string
	Tone     Tone // of the title
	Sections []Section
	// Data is the same for machines: *Result or *Comparison. Formats that
	// programs read print it instead of the sections.
	Data any
}

// Section is a part of a document. Its title states the finding.
type Section struct {
	Title  string // may be empty in the first section
	Tone   Tone
	Blocks []Block
}

// Block is a *Table, a Paragraph or a List.
type Block interface{ block() }

// Paragraph is running text.
type Paragraph struct {
	Text string
	Tone Tone
}

// List is a few separate statements.
type List struct {
	Items []string
	Tone  Tone
}

// Table has a column for each measure and a row for each thing measured.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	Note    string // below the table; "" for none
}

// Column is headed by a measure with its unit.
type Column struct {
	Title  string
	Number bool // aligned to the right
	// Spare says how well a reader can do without the column where the page is
	// too narrow: 0 not at all; the largest goes first.
	Spare int
}

// Cell is one entry of a table.
type Cell struct {
	Text string
	Tone Tone
	Mark bool // the text is a sign for the tone, such as ✓, and may be drawn otherwise
	Code bool // the text is a piece of a language, to be shown as it is
}

// Tone says how a text is meant; formats show it by colour or not at all.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Good
	Bad
	Doubt
	Muted // of less importance
)

func (Paragraph) block() {}
func (List) block()      {}
func (*Table) block()    {}

// tone of a verdict.
func (v Verdict) tone() Tone {
	switch v {
	case Pass:
		return Good
	case Fail:
		return Bad
	}
	return Doubt
}

// mark is the sign of a verdict.
func (v Verdict) mark() Cell {
	switch v {
	case Pass:
		return Cell{Text: "✓", Tone: Good, Mark: true}
	case Fail:
		return Cell{Text: "✗", Tone: Bad, Mark: true}
	}
	return Cell{Text: "?", Tone: Doubt, Mark: true}
}

func text(s string) Cell  { return Cell{Text: s} }
func muted(s string) Cell { return Cell{Text: s, Tone: Muted} }
