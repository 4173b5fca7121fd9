package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// CompareOptions say what a comparison may overlook.
type CompareOptions struct {
	// AllowDifferent compares runs that differ in more than their topology, and
	// says in the notes in what.
	AllowDifferent bool
}

// Comparison sets topologies side by side. Its JSON is what `compare -o x.json` writes.
type Comparison struct {
	Format   int             `json:"format"`
	Scenario string          `json:"scenario"`
	Engine   string          `json:"engine"`
	Backend  string          `json:"backend"`
	Columns  []Side          `json:"columns"`
	Findings []string        `json:"findings"` // plain sentences, the main one of each fault
	Checks   []ComparedCheck `json:"checks"`
	Rows     []Row           `json:"rows"`
	// Doubts say why the comparison is inconclusive; empty: it is not.
	Doubts []string `json:"doubts"`
	Notes  []string `json:"notes"`
}

// Side is one topology with its runs.
type Side struct {
	Label    string    `json:"label"` // the topology, and what else sets its runs apart
	Topology string    `json:"topology"`
	Runs     []string  `json:"runs"` // directories
	Seeds    []uint64  `json:"seeds"`
	Verdicts []Verdict `json:"verdicts"`
}

// Row is one metric over all sides.
type Row struct {
	Group  string   `json:"group"`  // "all", an entry, a fault, "system"
	Metric string   `json:"metric"` // in words, with the unit in Unit
	Unit   string   `json:"unit"`   // %, ms, cores, Mi, count, ratio
	Values []Spread `json:"values"` // in the order of the columns
}

// Spread is a metric over the repetitions of one side.
type Spread struct {
	Median *float64 `json:"median"` // null: no run has a value, or it lies beyond the runs
	Min    *float64 `json:"min"`
	Max    *float64 `json:"max"`
	Runs   int      `json:"runs"`             // that have a value
	Beyond int      `json:"beyond,omitempty"` // of those, runs in which it lies beyond the end
}

// DifferentError says why runs cannot be compared.
type DifferentError struct{ Reasons []string }

func (e *DifferentError) Error() string {
	return "the runs cannot be compared: " + strings.Join(e.Reasons, "; ")
}

// Compare groups runs by topology and sets the groups side by side, in the
// order in which their topologies come. The error is a *DifferentError.
func Compare(runs []*Analysis, o CompareOptions) (*Comparison, error) {
	if len(runs) == 0 {
		return nil, &DifferentError{[]string{"there are none"}}
	}
	different := differences(runs)
	if len(different) > 0 && !o.AllowDifferent {
		return nil, &DifferentError{different}
	}
	groups := group(runs, o.AllowDifferent)
	c := &Comparison{
		Format: runs[0].Format, Scenario: runs[0].Scenario, Engine: runs[0].Engine, Backend: runs[0].Backend,
		Findings: []string{}, Doubts: doubts(groups), Notes: append(notes(groups), different...),
	}
	for _, g := range groups {
		c.Columns = append(c.Columns, g.side())
	}
	for _, m := range metricsOf(groups) {
		row := Row{Group: m.group, Metric: m.name, Unit: m.unit}
		some := false
		for _, g := range groups {
			s := g.spread(m.of)
			some = some || s.Runs > 0
			row.Values = append(row.Values, s)
		}
		if some {
			c.Rows = append(c.Rows, row)
		}
	}
	c.Checks = comparedChecks(groups)
	c.Findings = findings(groups)
	return c, nil
}

// runGroup are the repetitions of one topology.
type runGroup struct {
	label string
	runs  []*Analysis
}

// group keeps runs apart by topology. Where they may differ otherwise, what
// they differ in is part of the label.
func group(runs []*Analysis, byMore bool) []*runGroup {
	var groups []*runGroup
	for _, a := range runs {
		label := orUnknown(a.Topology)
		if byMore {
			label += facets(a, runs)
		}
		i := slices.IndexFunc(groups, func(g *runGroup) bool { return g.label == label })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &runGroup{label: label})
		}
		groups[i].runs = append(groups[i].runs, a)
	}
	return groups
}

// facets names what sets a run apart from others, beside its topology.
func facets(a *Analysis, among []*Analysis) string {
	var apart []string
	for _, of := range []func(*Analysis) string{
		func(a *Analysis) string { return a.Engine },
		func(a *Analysis) string { return a.Backend },
		func(a *Analysis) string { return a.Scenario },
		func(a *Analysis) string { return joinParams(a.Params) },
	} {
		if slices.ContainsFunc(among, func(b *Analysis) bool { return of(b) != of(a) }) {
			apart = append(apart, orNone(of(a)))
		}
	}
	if len(apart) == 0 {
		return ""
	}
	return " (" + strings.Join(apart, ", ") + ")"
}

func (g *runGroup) side() Side {
	s := Side{Label: g.label, Topology: g.runs[0].Topology}
	for _, a := range g.runs {
		s.Runs = append(s.Runs, a.Dir)
		s.Seeds = append(s.Seeds, a.Seed)
		s.Verdicts = append(s.Verdicts, a.Verdict)
	}
	return s
}

// spread takes the median and the range over the runs that have a value. A
// value beyond the run, such as a recovery that did not come, is larger than
// any; a median of an even number of values is the mean of the middle two.
func (g *runGroup) spread(of func(*Analysis) (float64, bool)) Spread {
	var values []float64
	s := Spread{}
	for _, a := range g.runs {
		v, ok := of(a)
		if !ok || math.IsNaN(v) {
			continue
		}
		values = append(values, v)
		if math.IsInf(v, 0) {
			s.Beyond++
		}
	}
	if s.Runs = len(values); s.Runs == 0 {
		return s
	}
	slices.Sort(values)
	n := len(values)
	s.Median = finite((values[(n-1)/2] + values[n/2]) / 2)
	s.Min, s.Max = finite(values[0]), finite(values[n-1])
	return s
}

// doubts say why the difference between the sides may not be theirs.
func doubts(groups []*runGroup) []string {
	d := []string{}
	add := func(s string) {
		if !slices.Contains(d, s) {
			d = append(d, s)
		}
	}
	for _, g := range groups {
		for _, a := range g.runs {
			if a.Verdict == Partial || a.Generator.Saturated || a.Results[Total][All].Sent == 0 {
				for _, reason := range a.Reasons {
					add(fmt.Sprintf("%s: %s", g.label, reason))
				}
			}
			for _, limit := range a.Unenforced {
				add(fmt.Sprintf("%s: a limit is not enforced: %s", g.label, limit))
			}
		}
	}
	return d
}
