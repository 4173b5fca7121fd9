package reports

import (
	"fmt"
	"slices"
	"strings"
)

// ComparedCheck is what became of one check on each side.
type ComparedCheck struct {
	That   string         `json:"that"`
	Values []CheckSummary `json:"values"` // in the order of the columns
}

// CheckSummary is one check over the repetitions of one side.
type CheckSummary struct {
	Held     int    `json:"held"`               // runs in which it held
	Runs     int    `json:"runs"`               // that judged it; 0: this side has no such check
	Observed string `json:"observed,omitempty"` // with its unit, or why there is none; for a single run
}

// comparedChecks sets the checks of all runs side by side, in the order in
// which they come: what a topology does not keep is part of the picture.
func comparedChecks(groups []*runGroup) []ComparedCheck {
	checks := []ComparedCheck{}
	for _, g := range groups {
		for _, a := range g.runs {
			for _, c := range a.Checks {
				if !slices.ContainsFunc(checks, func(known ComparedCheck) bool { return known.That == c.That }) {
					checks = append(checks, ComparedCheck{That: c.That})
				}
			}
		}
	}
	for i := range checks {
		for _, g := range groups {
			checks[i].Values = append(checks[i].Values, g.check(checks[i].That))
		}
	}
	return checks
}

func (g *runGroup) check(that string) CheckSummary {
	var s CheckSummary
	for _, a := range g.runs {
		at := slices.IndexFunc(a.Checks, func(c CheckResult) bool { return c.That == that })
		if at < 0 {
			continue
		}
		c := a.Checks[at]
		if s.Runs++; c.Verdict == Pass {
			s.Held++
		}
		if s.Observed = c.observed(); c.Observed == nil && c.Reason != "" {
			s.Observed = c.Reason
		}
	}
	if s.Runs > 1 {
		s.Observed = ""
	}
	return s
}

// checkSection shows them; nothing where no run had any.
func (c *Comparison) checkSection() Section {
	if len(c.Checks) == 0 {
		return Section{}
	}
	table := &Table{Columns: []Column{{Title: "check"}}}
	for _, s := range c.Columns {
		table.Columns = append(table.Columns, Column{Title: s.Label})
	}
	for _, check := range c.Checks {
		row := []Cell{{Text: check.That, Code: true}}
		for _, v := range check.Values {
			row = append(row, v.cell())
		}
		table.Rows = append(table.Rows, row)
	}
	return Section{Name: "checks", Title: c.checkTitle(), Blocks: []Block{table}}
}

// checkTitle counts the checks that held in every run of a side.
func (c *Comparison) checkTitle() string {
	var parts []string
	for i, column := range c.Columns {
		kept, judged := 0, 0
		for _, check := range c.Checks {
			if v := check.Values[i]; v.Runs > 0 {
				judged++
				if v.Held == v.Runs {
					kept++
				}
			}
		}
		parts = append(parts, fmt.Sprintf("%s %s of %s", column.Label, count(kept), count(judged)))
	}
	return "Checks that hold: " + strings.Join(parts, "; ")
}

func (s CheckSummary) cell() Cell {
	switch {
	case s.Runs == 0:
		return muted("–")
	case s.Runs > 1 && s.Held == s.Runs:
		return Cell{Text: fmt.Sprintf("✓ %d of %d", s.Held, s.Runs), Tone: Good}
	case s.Runs > 1:
		return Cell{Text: fmt.Sprintf("✗ %d of %d", s.Held, s.Runs), Tone: Bad}
	case s.Held == 1:
		return Cell{Text: "✓ " + s.Observed, Tone: Good}
	}
	return Cell{Text: "✗ " + s.Observed, Tone: Bad}
}
