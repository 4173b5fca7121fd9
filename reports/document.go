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
	// Runs are the results that the document is about, for formats that list
	// results or checks: one of a run, all of a comparison.
	Runs []*Result
	// Overall is the judgement on all of them, for formats that list checks; nil:
	// there is none.
	Overall *Overall
	// Figures are those of all runs together, for formats that list figures.
	Figures []Figure
}

// Figure is one value of a measure that no single run has.
type Figure struct {
	Of     *Result // whose scenario, topology, engine and surroundings it is of
	Seed   uint64  // of the repetition that found it
	Metric string  // "capacity"
	Unit   string  // "/s"; "users"
	Value  float64
}

// Section is a part of a document. Its title states the finding.
type Section struct {
	Name   string // what it is about, in a word or two, for a table of contents; may be empty
	Title  string // may be empty in the first section
	Tone   Tone
	Blocks []Block
	// Appendix says that the section is for looking things up. Formats that are
	// read from the first line to the last leave it out.
	Appendix bool
}

// Block is a *Table, a Paragraph, a List, a Source or a Drawing.
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
	// Link is where the text leads, relative to the file that the document goes
	// to, with slashes; "" for nowhere. Formats without links leave it out.
	Link string
	// Run is the directory of the run that the text names; "" for none. It becomes
	// a Link once it is known where the document goes to.
	Run string
	// Gauge draws what the text says, for formats that draw; nil: nothing to draw.
	Gauge *Gauge
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
