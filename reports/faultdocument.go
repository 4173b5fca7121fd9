package reports

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// faultSection says what happened before, during and after one fault.
func (a *Analysis) faultSection(f FaultResult) Section {
	what := strings.TrimSpace(f.Kind + " of " + f.Target)
	switch {
	case f.NotApplicable != "":
		return Section{Name: "faults", Title: fmt.Sprintf("%s (%s) does not apply here: %s", f.Name, what, f.NotApplicable), Tone: Muted}
	case f.BegunMS == nil:
		return Section{Name: "faults", Title: fmt.Sprintf("%s (%s) did not begin within the run", f.Name, what), Tone: Doubt}
	}
	s := Section{Name: "faults", Title: f.finding(), Tone: Good}
	during := f.During[Total]
	if during.OK < during.Offered {
		s.Tone = Bad
	}
	held := fmt.Sprintf("%s, begun at %s and not healed within the run.", what, inWords(*f.BegunMS))
	if f.HealedMS != nil {
		held = fmt.Sprintf("%s, from %s to %s.", what, inWords(*f.BegunMS), inWords(*f.HealedMS))
	}
	table := &Table{
		Columns: []Column{{Title: "entry"}, {Title: "before ok %", Number: true}, {Title: "during ok %", Number: true},
			{Title: "after ok %", Number: true}, {Title: "before p95 ms", Number: true, Spare: 2},
			{Title: "during p95 ms", Number: true, Spare: 1}, {Title: "after p95 ms", Number: true, Spare: 2},
			{Title: "recovery", Number: true}},
		Note: "Recovered: from the heal to the first 3 s with 99 % of the former share of successes and p95 at most 1.5 times.",
	}
	for _, entry := range a.Entries {
		row := []Cell{text(entry)}
		windows := []*Measured{f.Before[entry], f.During[entry], f.After[entry]}
		for _, m := range windows {
			row = append(row, m.okCell())
		}
		for _, m := range windows {
			row = append(row, quantileCells(m.LatencyMS, func(q *Quantiles) []float64 { return []float64{q.P95} }, 1)...)
		}
		table.Rows = append(table.Rows, append(row, f.Recovery[entry].cell()))
	}
	s.Blocks = []Block{Paragraph{Text: held, Tone: Muted}, table}
	return s
}

// finding is the fault's effect in one sentence.
func (f *FaultResult) finding() string {
	during := f.During[Total]
	effect := "no request failed while it held"
	switch {
	case during.Offered == 0 && f.momentary():
		effect = "over at once"
	case during.Offered == 0:
		effect = "nothing was asked while it held"
	case during.OK < during.Offered:
		effect = fmt.Sprintf("%s of the requests failed while it held", percent(during.ErrorShare))
	}
	entry, r := f.slowest()
	again := ""
	if of, relapse := f.relapse(); relapse != nil {
		again = ", but " + relapse.sentence(of)
	}
	switch {
	case r.MS != nil && *r.MS == 0:
		return fmt.Sprintf("%s: %s; all was well at once after the heal%s", f.Name, effect, again)
	case r.MS != nil:
		return fmt.Sprintf("%s: %s; all was well %s after the heal, %s last%s", f.Name, effect, inWords(*r.MS), entry, again)
	case r.Reason == notWithin:
		return fmt.Sprintf("%s: %s; %s did not recover within the run", f.Name, effect, entry)
	}
	return fmt.Sprintf("%s: %s; recovery: %s", f.Name, effect, r.Reason)
}

// momentary says whether the fault held for next to no time, as a kill does
// whose victims are replaced at once.
func (f *FaultResult) momentary() bool {
	return f.BegunMS != nil && f.HealedMS != nil && *f.HealedMS-*f.BegunMS < 100
}

// slowest returns the entry that recovered last: the total hides an entry that
// few ask for. Where none can be told, the total's reason is the one that counts.
func (f *FaultResult) slowest() (string, Recovery) {
	last, slowest := Total, f.Recovery[Total]
	for _, entry := range slices.Sorted(maps.Keys(f.Recovery)) {
		r := f.Recovery[entry]
		if r.after() > slowest.after() || r.after() == slowest.after() && last == Total && r.after() >= 0 {
			last, slowest = entry, r
		}
	}
	return last, slowest
}

// after is the recovery in ms: infinite where it took longer than the run,
// negative where it cannot be told.
func (r Recovery) after() float64 {
	switch {
	case r.MS != nil:
		return *r.MS
	case r.Reason == notWithin:
		return math.Inf(1)
	}
	return -1
}

func (r Recovery) cell() Cell {
	switch {
	case r.MS == nil && r.Reason == notWithin:
		return Cell{Text: notWithin, Tone: Bad}
	case r.MS == nil:
		return muted("–")
	}
	c := text("at once")
	if *r.MS > 0 {
		c.Text = inWords(*r.MS)
	}
	if r.Relapse != nil {
		c = Cell{Text: c.Text + ", failed again at " + inWords(r.Relapse.FromMS), Tone: Doubt}
	}
	return c
}
