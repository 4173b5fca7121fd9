package reports

import (
	"fmt"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// Waterfall shows the spans of one request over its time, each below the one
// that it belongs to.
type Waterfall struct {
	Caption
	X    Axis
	Rows []WaterfallRow
	Keys []WaterfallKey
	Left int // rows that are not shown
}

// WaterfallRow is one span.
type WaterfallRow struct {
	Name     string
	Place    string // where it was
	Depth    int    // below the request itself
	From, To float64
	Series   int  // what its own time was spent on, by its colour; negative: not known
	Tone     Tone // Bad where it failed
	Note     string
	Critical []WaterfallPart // in which the request waited for it, and for nothing below it
}

// WaterfallPart is a part of a row, with the colour of what it is spent on.
type WaterfallPart struct {
	From, To float64
	Series   int
}

// WaterfallKey names a colour.
type WaterfallKey struct {
	Name   string
	Series int
}

// rowsDrawn bounds a waterfall.
const rowsDrawn = 40

// waterfall draws the trace.
func (t *tracedRequest) waterfall() *Waterfall {
	root := t.root()
	w := &Waterfall{X: Axis{Title: "ms since it was due"}}
	outcome := ""
	if root.Cause != policy.OK {
		outcome = ", failed: " + string(root.Cause)
	}
	w.Title = fmt.Sprintf("%s at %s s: %s%s", t.trace.Entry, number(root.Begin.Seconds()), inWords(ms(t.latency())), outcome)
	if t.trace.Partial {
		w.Title += " (partial)"
	}
	d := waterfallDrawing{w, root.Begin, map[uint64][]WaterfallPart{}, map[uint64][]*record.Span{}, map[uint64]bool{}}
	for _, p := range t.path {
		d.critical[p.span.ID] = append(d.critical[p.span.ID], WaterfallPart{d.at(p.from), d.at(p.to), p.on.series()})
	}
	for i := range t.trace.Spans[1:] {
		s := &t.trace.Spans[1+i]
		d.children[s.Parent] = append(d.children[s.Parent], s)
	}
	d.add(root, 0)
	w.keys(&t.spent)
	return w
}

type waterfallDrawing struct {
	*Waterfall
	origin   time.Duration
	critical map[uint64][]WaterfallPart
	children map[uint64][]*record.Span // in the order of their begin
	drawn    map[uint64]bool
}

func (d *waterfallDrawing) at(t time.Duration) float64 { return ms(t - d.origin) }

func (d *waterfallDrawing) add(s *record.Span, depth int) {
	if d.drawn[s.ID] {
		return
	}
	d.drawn[s.ID] = true
	if c := d.folded(s); c != nil {
		d.critical[c.ID] = append(d.critical[c.ID], d.critical[s.ID]...)
		d.add(c, depth)
		return
	}
	if len(d.Rows) >= rowsDrawn {
		d.Left++
	} else {
		d.Rows = append(d.Rows, d.row(s, depth))
	}
	for _, c := range d.children[s.ID] {
		d.add(c, depth+1)
	}
}

// folded is the only thing below a span that says nothing which that does not: a
// call with one attempt, a request that an operation answers at once. One row
// does for both; nil where it takes two.
func (d *waterfallDrawing) folded(s *record.Span) *record.Span {
	if len(d.children[s.ID]) != 1 || s.Fallback {
		return nil
	}
	c := d.children[s.ID][0]
	if s.Part == record.PartCall && c.Part == record.PartAttempt || s.Part == record.PartServe && c.Part == record.PartWork {
		return c
	}
	return nil
}

func (d *waterfallDrawing) row(s *record.Span, depth int) WaterfallRow {
	r := WaterfallRow{Name: s.Name, Place: s.Instance, Depth: depth, From: d.at(s.Begin), To: d.at(s.End), Series: ownTime(s).series(), Critical: d.critical[s.ID]}
	if s.Part == record.PartServe {
		r.Name = "request at " + s.Instance
	}
	if s.Part == record.PartRequest {
		r.Place = ""
	}
	if s.Cause != policy.OK {
		r.Tone, r.Note = Bad, string(s.Cause)
	}
	switch {
	case s.Lost:
		r.Note = "another was sooner"
	case s.Fallback:
		r.Note = "the fallback answered"
	case s.Missing && r.Note != "":
		r.Note += ", not seen"
	case s.Missing:
		r.Note = "not seen"
	}
	return r
}

// keys names the colours that the critical path has.
func (w *Waterfall) keys(spent *[spentKinds]time.Duration) {
	for on := range spentKinds {
		if spent[on] > 0 {
			w.Keys = append(w.Keys, WaterfallKey{on.String(), on.series()})
		}
	}
}

// series is the colour of what time is spent on. Work is work, also where it is
// a system of the user's own that does it.
func (s spentOn) series() int {
	return [spentKinds]int{onWork: 0, onOwnSystem: 0, onQueue: 1, onColdStart: 2, onGenerator: 3, onBackoff: 4, onNetwork: 5, onWaiting: 6, onHandling: 7, onUnseen: -1}[s]
}
