package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/reports/stats"
	"windtunnel/scenarios/check"
)

// Document lays out the search: the finding, then every load that was tried.
func (c *Capacity) Document() *Document {
	d := &Document{Title: fmt.Sprintf("%s on %s: ", orUnknown(c.Scenario), orUnknown(c.Topology)), Tone: c.Verdict().tone(), Data: c, Overall: c.overall(), Figures: c.figures()}
	switch {
	case c.Verdict() == Inconclusive:
		d.Title += "INCONCLUSIVE"
	case c.Load == nil:
		d.Title += "no load keeps the promise"
	default:
		d.Title += "up to " + c.figure(*c.Load)
	}
	where := c.Engine + " engine"
	if c.Backend != "" {
		where += " on " + c.Backend
	}
	head := Section{Name: "verdict", Blocks: []Block{Paragraph{Text: c.finding(), Tone: c.Verdict().tone()}, Paragraph{Text: where, Tone: Muted}}}
	if len(c.Doubts) > 0 {
		head.Blocks = append([]Block{List{Items: c.Doubts, Tone: Doubt}}, head.Blocks...)
	}
	head.Blocks = append(head.Blocks, besideLoad(c.results)...)
	d.add(head)
	d.add(c.drawing())
	d.add(c.trialSection())
	above := percent(c.Precision) + " above"
	if c.Unit == "" { // users
		above += ", or by one more user"
	}
	notes := []string{fmt.Sprintf("%s. Each repetition has a seed of its own and ends at the highest load that it saw kept, with one broken no more than %s; "+
		"the figure is their median.", counted(len(c.Trials), "run"), above),
		fmt.Sprintf("A load that breaks is looked at again, with another seed, and the majority of %d counts; unless a repetition before ended as low.", mostLooks)}
	d.add(Section{Name: "basis", Title: "What this rests on", Tone: Muted, Blocks: []Block{List{Items: notes, Tone: Muted}}})
	d.add(warningsOf(c.results, false))
	groups := c.groups()
	d.add(everyRun(groups))
	d.add(methodOf(groups, groups[:min(len(groups), 1)]))
	d.add(glossarySection(capacityTerms...))
	return d
}

// groups are the runs by load, in the order in which the loads were tried.
func (c *Capacity) groups() []*runGroup {
	var groups []*runGroup
	for _, a := range c.runs {
		label := fmt.Sprintf("%s = %s", c.Param, a.Params[c.Param])
		at := slices.IndexFunc(groups, func(g *runGroup) bool { return g.label == label })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &runGroup{label: label})
		}
		groups[at].runs = append(groups[at].runs, a)
	}
	return groups
}

// trialSection has a row for each load.
func (c *Capacity) trialSection() Section {
	if len(c.Trials) == 0 {
		return Section{}
	}
	table := &Table{Columns: []Column{{}, {Title: c.Param, Number: true}, {Title: "kept", Number: true}, {Title: "observed", Number: true}, {Title: "broken"}}}
	for _, trials := range c.byLoad() {
		table.Rows = append(table.Rows, c.row(trials))
	}
	return Section{Name: "loads", Title: "Loads that were tried, and " + c.Objectives[0], Blocks: []Block{table}}
}

// byLoad groups the trials, the lowest load first.
func (c *Capacity) byLoad() [][]Trial {
	sorted := slices.SortedStableFunc(slices.Values(c.Trials), func(a, b Trial) int { return cmp.Compare(a.Load, b.Load) })
	var groups [][]Trial
	for i, t := range sorted {
		if i == 0 || t.Load != sorted[i-1].Load {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], t)
	}
	return groups
}

func (c *Capacity) row(trials []Trial) []Cell {
	kept, broken := 0, ""
	var seen []float64
	for _, t := range trials {
		if t.Kept {
			kept++
		} else if broken == "" {
			broken = strings.Join(t.Broken, "; ")
		}
		if t.Observed != nil {
			seen = append(seen, *t.Observed)
		}
	}
	verdict := Inconclusive // some keep it and some do not
	switch kept {
	case 0:
		verdict = Fail
	case len(trials):
		verdict = Pass
	}
	observed := muted("–")
	if len(seen) > 0 {
		observed = text(inUnit(stats.Median(seen), check.Unit(trials[0].Unit)))
	}
	return []Cell{verdict.mark(), text(c.figure(trials[0].Load)), text(fmt.Sprintf("%d of %d", kept, len(trials))), observed, muted(broken)}
}

// figures are the edges that the repetitions found.
func (c *Capacity) figures() []Figure {
	if len(c.results) == 0 {
		return nil
	}
	unit := c.Unit
	if unit == "" {
		unit = "users"
	}
	of := *c.results[0]
	of.Params = maps.Clone(of.Params)
	delete(of.Params, c.Param) // that is what was found
	var all []Figure
	for k, edge := range c.Edges {
		all = append(all, Figure{Of: &of, Seed: of.Seed + uint64(k), Metric: "capacity", Unit: unit, Value: edge})
	}
	return all
}
