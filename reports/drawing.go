package reports

import "math"

// Drawing is a block that is drawn: a *Chart, *HeatMap, *Dots, *Stack, *Graph or *Waterfall. Formats
// that cannot draw print what its caption says in words.
type Drawing interface {
	Block
	Said() string
}

// Caption says what a drawing shows.
type Caption struct {
	Title string // what is drawn, with the unit
	Words string // what there is to see in it; "" where a title or a table beside it says so
}

// Said returns the words.
func (c Caption) Said() string { return c.Words }

func (Caption) block() {}

// Chart shows measures over one axis, in panels below each other that share it.
type Chart struct {
	Caption
	X      Axis
	Panels []Panel
	Bands  []Band
}

// Axis is what values are placed along. It ends where its values do, unless Min
// and Max say more.
type Axis struct {
	Title    string // with the unit; "" for none
	Spacing  Spacing
	Min, Max float64 // widen the axis to hold them; both 0: do not
	Whole    bool    // the values are counts: nothing lies between them
	Time     bool    // seconds of the run: drawings over its time are read together
}

// Spacing says how an axis places its values.
type Spacing int

// The spacings. Nines is for percentiles from 0 to below 100: as much room for
// what lies between 90 and 99 as for what lies between 99 and 99.9.
const (
	Linear Spacing = iota
	Log
	Nines
)

// Panel is one drawing area: lines over a Y axis, or lanes.
type Panel struct {
	Title string
	Y     Axis
	Lines []Line
	Lanes []Lane
}

// Line is one measure. A point whose Y is not a number interrupts it.
type Line struct {
	Name    string
	Shape   Shape
	Tone    Tone // Plain: a colour of its own, by Series
	Series  int  // lines that belong together over several panels have the same
	Repeats bool // more of what another line of the series shows: drawn fainter, without a name of its own
	Points  []Spot
}

// Spot is one value.
type Spot struct{ X, Y float64 }

// Shape says how a line is drawn.
type Shape int

// The shapes.
const (
	Joined Shape = iota
	Steps        // each value holds until the next
	Area         // down to the axis
	Marks        // the points alone
)

// Lane is a row in which states last and things happen.
type Lane struct {
	Name   string
	States []Band
	Marks  []Mark
}

// Band is a stretch of an axis.
type Band struct {
	From, To float64
	Name     string
	Tone     Tone
}

// Mark is an instant.
type Mark struct {
	At   float64
	Name string
	Tone Tone
}

// HeatMap counts what lies between the edges of two axes.
type HeatMap struct {
	Caption
	X, Y           Axis
	XEdges, YEdges []float64 // rising; one more than there are cells
	Counts         [][]int   // by X, then Y
	Bands          []Band    // of X
}

// Dots shows the values of a few groups, each value a dot: what single runs
// measured, and how far they are apart.
type Dots struct {
	Caption
	X    Axis
	Rows []DotRow
}

// DotRow is a group with its values.
type DotRow struct {
	Name   string
	Series int
	Values []float64
	Middle *float64 // the median; nil: none
	Note   string   // what the values leave out
}

// Stack shows what a few wholes are made of: a row for each, its parts one
// after another along the axis.
type Stack struct {
	Caption
	X    Axis
	Rows []StackRow
}

// StackRow is one whole.
type StackRow struct {
	Name  string
	Parts []StackPart
}

// StackPart is a part of a whole. Parts of the same name have the same colour
// in all rows.
type StackPart struct {
	Name  string
	Value float64
	Text  string // the value in words
}

// Length is the part's value, 0 where that cannot be drawn: it is negative or no
// finite number.
func (p StackPart) Length() float64 {
	if p.Value > 0 && !math.IsInf(p.Value, 1) {
		return p.Value
	}
	return 0
}

// Graph shows what calls what, with figures on both.
type Graph struct {
	Caption
	Key    string // what the figures are
	Nodes  []GraphNode
	Edges  []GraphEdge
	Frames []Frame // the figures stretch by stretch; may be empty
}

// GraphNode is a box.
type GraphNode struct {
	Name   string
	Kind   string // below the name: "service × 2"
	Detail string // more to read where there is room, such as what it hosts
	Outer  bool   // not a part of what is drawn: who calls it
	Small  bool   // stands before another node, and is drawn narrow
	Reading
}

// GraphEdge is an arrow between two nodes, by their indices.
type GraphEdge struct {
	From, To int
	Detail   string  // such as its policies
	Weight   float64 // how thick it is drawn: the share of the most that any edge carries
	Reading
}

// Reading is what is measured at a node or an edge.
type Reading struct {
	Text string
	Tone Tone
}

// Frame is the readings over a short stretch of the run.
type Frame struct {
	Name  string // when: "12 s to 13 s · payments-down"
	At    float64
	Nodes []Reading // in the order of the graph's
	Edges []Reading
}

// Source is a file as it is. Formats with little room leave it out: it stands
// in the run directory.
type Source struct {
	Title string
	Text  string
}

func (Source) block() {}

// Gauge shows a value and its interval against a limit.
type Gauge struct {
	Observed, Limit float64
	Low, High       *float64 // nil: not bounded, or counted exactly
	Under           bool     // the value should lie below the limit
}
