package reports

import (
	"fmt"
	"slices"
)

// tells says whether there are enough repetitions for some difference to be judged.
func (c *Comparison) tells() bool {
	return slices.ContainsFunc(c.Rows, func(r Row) bool {
		return slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.Outcome != TooFew && d.Outcome != NotThere })
	})
}

// differenceSection says in its title how many metrics differ, and of all
// requests in sentences by how much. Nothing where nothing can be told.
func (c *Comparison) differenceSection() Section {
	if !c.tells() {
		return Section{}
	}
	count := map[Outcome]int{}
	var sentences []string
	for _, r := range c.Rows {
		for _, d := range r.Differences {
			count[d.Outcome]++
			if r.Group == "all" && r.Metric != "checks that hold" && d.Outcome != NotThere {
				sentences = append(sentences, d.Sentence)
			}
		}
	}
	each := "metric"
	if len(c.Columns) > 2 { // a metric of each of the others
		each = "comparison"
	}
	title := fmt.Sprintf("Against %s: different in %s, the same in %d, no difference found in %d", c.Columns[0].Label,
		counted(count[Different], each), count[Equivalent], count[NotFound])
	s := Section{Name: "differences", Title: title}
	if fewest, _ := c.repetitions(); fewest < fewestFor(c.Tests) {
		s.Blocks = append(s.Blocks, Paragraph{Tone: Doubt, Text: fmt.Sprintf(
			"Among %d tests nothing can be told apart with fewer than %d runs each: see --runs.", c.Tests, fewestFor(c.Tests))})
	}
	s.Blocks = append(s.Blocks, List{Items: sentences})
	return s
}

// matrixSection sets the differences of several topologies from the first in a
// table of their own; with one other they stand beside its values.
func (c *Comparison) matrixSection() Section {
	if !c.tells() || len(c.Columns) < 3 {
		return Section{}
	}
	table := &Table{Columns: []Column{{}, {Title: "metric"}}, Note: c.legend()}
	for _, s := range c.Columns[1:] {
		table.Columns = append(table.Columns, Column{Title: s.Label})
	}
	group := ""
	for _, r := range c.Rows {
		if !slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.Outcome != NotThere }) {
			continue // one side has none of it, such as instances of a scaler
		}
		name := ""
		if r.Group != group {
			name, group = r.Group, r.Group
		}
		row := []Cell{text(name), text(r.Metric)}
		for i := range r.Differences {
			row = append(row, r.Differences[i].cell(&r))
		}
		table.Rows = append(table.Rows, row)
	}
	return Section{Name: "matrix", Title: "Differences from " + c.Columns[0].Label, Blocks: []Block{table}}
}

// legend explains the signs of differences.
func (c *Comparison) legend() string {
	legend := "~ no difference found; = the same within the margin"
	for _, r := range c.Rows {
		for i := range r.Differences {
			if r.Differences[i].alone() {
				return legend + fmt.Sprintf("; ? clear by itself, and not among %d tests; pp percentage points.", c.Tests)
			}
		}
	}
	return legend + "; pp percentage points."
}
