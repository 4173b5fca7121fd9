package reports

import (
	"fmt"
	"strings"
)

// functionSections are about functions and scalers: who was cold, what starts
// are made of, and how the instances followed the load.
func (a *Analysis) functionSections() []Section {
	return []Section{a.coldSection(), a.startSection(), a.scalingSection()}
}

func (a *Analysis) coldSection() Section {
	table := &Table{Columns: []Column{{Title: "function"}, {Title: "invocations", Number: true}, {Title: "failed", Number: true, Spare: 2},
		{Title: "cold", Number: true}, {Title: "left", Number: true, Spare: 1}, {Title: "cold %", Number: true}, {Title: "cold p50 ms", Number: true}, {Title: "cold p99 ms", Number: true, Spare: 1},
		{Title: "mean ms", Number: true, Spare: 3}, {Title: "GB-s", Number: true, Spare: 1}},
		Note: "A request is cold where it waited and was the first that its instance served; its wait is all of the start that it met. " +
			"Left are requests whose callers gave up while an instance was starting: cold, but none of the invocations. " +
			"GB-s are memory by duration, not rounded."}
	invoked, cold, left := uint64(0), uint64(0), uint64(0)
	for _, f := range a.Functions {
		if !f.Function {
			continue
		}
		invoked, cold, left = invoked+f.Invocations, cold+f.Cold, left+f.ColdLeft
		row := []Cell{text(f.Node), text(count(f.Invocations)), zeroMuted(f.Failed), text(count(f.Cold)), zeroMuted(f.ColdLeft), text(number(100 * f.ColdShare))}
		row = append(row, quantileCells(f.ColdMS, func(q *Quantiles) []float64 { return []float64{q.P50, q.P99} }, 2)...)
		table.Rows = append(table.Rows, append(row, text(number(f.DurationMS)), text(number(f.GBSeconds))))
	}
	if len(table.Rows) == 0 {
		return Section{}
	}
	title := "No invocation met a cold start"
	switch {
	case left > 0:
		title = fmt.Sprintf("%s of %s requests to functions (%s %%) met a cold start, and %s of them left before it was over",
			count(cold+left), count(invoked+left), number(100*float64(cold+left)/float64(invoked+left)), count(left))
	case cold > 0:
		title = fmt.Sprintf("%s of %s invocations (%s %%) met a cold start", count(cold), count(invoked), number(100*float64(cold)/float64(invoked)))
	}
	return Section{Name: "cold starts", Title: title, Blocks: []Block{table}}
}

func (a *Analysis) startSection() Section {
	table := &Table{Columns: []Column{{Title: "node"}, {Title: "part of the start"}, {Title: "starts", Number: true},
		{Title: "p50 ms", Number: true}, {Title: "p95 ms", Number: true}, {Title: "max ms", Number: true, Spare: 1}},
		Note: "Each part counts from the end of the one before, the first from the decision to start. Starts before the load are left out."}
	longest, share := "", 0.0
	drawn := &Stack{Caption: Caption{Title: "What a start is made of: the mean of each part over all starts, ms"}, X: Axis{Title: "ms since the decision to start"}}
	for _, f := range a.Functions {
		total := 0.0
		for _, p := range f.Phases {
			total += p.MS.Mean * float64(p.MS.Count)
		}
		if row := f.startRow(); len(row.Parts) > 0 {
			drawn.Rows = append(drawn.Rows, row)
		}
		for i, p := range f.Phases {
			name := ""
			if i == 0 {
				name = f.Node
			}
			if part := p.MS.Mean * float64(p.MS.Count) / max(total, 1e-9); part > share {
				longest, share = f.Node+": "+p.Name, part
			}
			table.Rows = append(table.Rows, []Cell{text(name), text(p.Name), text(count(p.MS.Count)),
				text(number(p.MS.P50)), text(number(p.MS.P95)), text(number(p.MS.Max))})
		}
	}
	if len(table.Rows) == 0 {
		return Section{}
	}
	s := Section{Name: "starts", Title: "The starts took no time: the simulator was told of none, by no calibration and no init or runtime", Blocks: []Block{table}}
	if share > 0 {
		s.Title = fmt.Sprintf("Of the starts, the longest part is %s, with %s %% of the time", longest, number(100*share))
		s.Blocks = []Block{drawn, table}
	}
	return s
}

// startRow draws the mean start of a node: a part that only some starts have,
// as one from the paused pool has no initialisation, counts with its share of them.
func (f *FunctionResult) startRow() StackRow {
	row := StackRow{Name: f.Node}
	starts := 0
	for _, p := range f.Phases {
		starts = max(starts, p.MS.Count)
	}
	for _, p := range f.Phases {
		mean := p.MS.Mean * float64(p.MS.Count) / float64(starts)
		row.Parts = append(row.Parts, StackPart{Name: p.Name, Value: mean, Text: number(mean)})
	}
	return row
}

func (a *Analysis) scalingSection() Section {
	table := &Table{Columns: []Column{{Title: "node"}, {Title: "phase"}, {Title: "from", Number: true}, {Title: "to", Number: true},
		{Title: "most", Number: true}, {Title: "need", Number: true, Spare: 1}, {Title: "lag ms", Number: true}, {Title: "overshoot %", Number: true, Spare: 1}, {Title: "turns", Number: true, Spare: 2}},
		Note: "To is the number of instances that held for most of the phase's last third, need how many had requests at one time (of a service, to). The lag is the longest " +
			"time from the instant at which the load outgrew what served, or the scaler wanted more, until that was there; on the way down, from when " +
			"no more than to was needed until no more served. Overshoot is most above need. Turns are changes of direction after that."}
	var mean []string
	for _, f := range a.Functions {
		if i := f.Instances; i.Started > 0 {
			words := fmt.Sprintf("%s %s", f.Node, number(i.Mean))
			if i.Idle > 0 {
				words += fmt.Sprintf(" (%s idle)", number(i.Idle))
			}
			mean = append(mean, words)
		}
		for i, s := range f.Scaling {
			name := ""
			if i == 0 {
				name = f.Node
			}
			table.Rows = append(table.Rows, []Cell{text(name), text(s.Phase), text(count(s.From)), text(count(s.To)), text(count(s.Most)),
				text(count(s.Need)), text(number(s.LagMS)), zeroOr(100 * s.Overshoot), zeroMuted(s.Turns)})
		}
	}
	if len(mean) == 0 {
		return Section{}
	}
	s := Section{Name: "scaling", Title: "Instances on average: " + strings.Join(mean, ", ")}
	if len(table.Rows) > 0 {
		s.Blocks = append(s.Blocks, table)
	}
	return s
}
