package reports

import (
	"fmt"
	"slices"
	"strings"
)

// CompareOptions say what a comparison may overlook.
type CompareOptions struct {
	// AllowDifferent compares runs that differ in more than their topology, and
	// says in the notes in what.
	AllowDifferent bool
	// Margin is the relative difference, 0.05 for 5 %, within which two sides are
	// equivalent and beyond which they differ. 0: any real difference counts.
	Margin float64
	// Baseline are runs of one topology that all others are held against; none:
	// the first topology is the reference.
	Baseline []*Analysis
	// Gates are what must not be worse than the reference.
	Gates []Gate
	// Strict makes a gate inconclusive whose limit lies inside the interval.
	Strict bool
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
	// Margin, Tests and Gates say how the differences from the first column were judged.
	Margin float64      `json:"margin"`
	Tests  int          `json:"tests"` // that Holm's correction is for
	Gates  []GateResult `json:"gates"`
	// Doubts say why the comparison is inconclusive; empty: it is not.
	Doubts []string `json:"doubts"`
	Notes  []string `json:"notes"`
	// Cost compares what the sides would cost; nil where nothing is priced.
	Cost *CostComparison `json:"cost,omitempty"`

	groups []*runGroup // of the columns
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
	// Differences are those of each column but the first from the first.
	Differences []Difference `json:"differences"`
}

// Spread is a metric over the repetitions of one side.
type Spread struct {
	Median *float64 `json:"median"` // null: no run has a value, or it lies beyond the runs
	Min    *float64 `json:"min"`
	Max    *float64 `json:"max"`
	// Low and High are the 95 % interval of the median; null: unbounded, as it is with fewer than six runs.
	Low    *float64 `json:"low,omitempty"`
	High   *float64 `json:"high,omitempty"`
	Runs   int      `json:"runs"`             // that have a value
	Beyond int      `json:"beyond,omitempty"` // of those, runs in which it lies beyond the end
}

// DifferentError says why runs cannot be compared.
type DifferentError struct{ Reasons []string }

func (e *DifferentError) Error() string {
	return "the runs cannot be compared: " + strings.Join(e.Reasons, "; ")
}

// Compare groups runs by topology and sets the groups side by side, in the
// order in which their topologies come, each against the first. The error is a
// *DifferentError.
func Compare(runs []*Analysis, o CompareOptions) (*Comparison, error) {
	all := slices.Concat(o.Baseline, runs)
	if len(runs) == 0 {
		return nil, &DifferentError{[]string{"there are none"}}
	}
	different := slices.Concat(differences(all), mixedInputs(o.Baseline), mixedInputs(runs))
	if len(different) > 0 && !o.AllowDifferent {
		return nil, &DifferentError{different}
	}
	groups := group(runs, o.AllowDifferent)
	if len(o.Baseline) > 0 {
		baseline := group(o.Baseline, o.AllowDifferent)
		if len(baseline) > 1 {
			return nil, &DifferentError{[]string{fmt.Sprintf("the baseline has runs of %s and of %s", baseline[0].label, baseline[1].label)}}
		}
		baseline[0].label += " (baseline)"
		groups = append(baseline, groups...)
	}
	c := &Comparison{
		Format: all[0].Format, Scenario: all[0].Scenario, Engine: all[0].Engine, Backend: all[0].Backend,
		Findings: findings(groups), Checks: comparedChecks(groups), Doubts: doubts(groups), Margin: o.Margin,
		groups: groups,
	}
	for _, g := range groups {
		c.Columns = append(c.Columns, g.side())
	}
	c.Rows = rows(groups, o.Margin)
	c.judge()
	c.Cost = compareCosts(groups)
	c.Gates = c.judgeGates(o.Gates, o.Strict)
	c.Notes = slices.Concat(c.method(), seeds(groups), budgets(groups), changedSince(o.Baseline, runs), different)
	return c, nil
}

// rows measures every metric of which some side has a value.
func rows(groups []*runGroup, margin float64) []Row {
	found := []Row{}
	for _, m := range metricsOf(groups) {
		row := Row{Group: m.group, Metric: m.name, Unit: m.unit, Differences: []Difference{}}
		some := false
		for i, g := range groups {
			s := g.spread(m.of)
			some = some || s.Runs > 0
			row.Values = append(row.Values, s)
			if i > 0 {
				row.Differences = append(row.Differences, g.against(groups[0], m, margin))
			}
		}
		if some {
			found = append(found, row)
		}
	}
	return found
}

// against measures a metric against the reference; nothing of it where the two
// are of different scenarios, which only stand side by side.
func (g *runGroup) against(reference *runGroup, m comparedMetric, margin float64) Difference {
	if g.runs[0].Scenario != reference.runs[0].Scenario {
		return Difference{Scale: Amount, Outcome: NotThere}
	}
	return weigh(m.unit, reference.values(m.of), g.values(m.of), margin).difference()
}

// judge gives the differences their outcomes and sentences.
func (c *Comparison) judge() {
	var all []*Difference
	for i := range c.Rows {
		for k := range c.Rows[i].Differences {
			all = append(all, &c.Rows[i].Differences[k])
		}
	}
	c.Tests = judge(all)
	for i := range c.Rows {
		for k := range c.Rows[i].Differences {
			d := &c.Rows[i].Differences[k]
			d.Sentence = d.sentence(&c.Rows[i], c.Columns[0].Label, c.Columns[k+1].Label, c.Tests)
		}
	}
}
