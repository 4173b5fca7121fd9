package reports

import (
	"fmt"
	"math"
	"strings"
)

// alike is below how many percentage points two error shares tell nothing apart.
const alike = 1

// findings says in plain sentences what each fault did to whom, or, where there
// was none, what the load did; and what the nodes did about it.
func findings(groups []*runGroup) []string {
	found := []string{}
	for _, fault := range faultsOf(groups) {
		found = append(found, faultFinding(fault, groups)...)
	}
	if len(groups) < 2 {
		return found
	}
	if len(found) == 0 {
		found = append(found, loadFindings(groups)...)
	}
	found = append(found, workFindings(groups)...)
	found = append(found, discoveryFindings(groups)...)
	if s := cacheFinding(groups); s != "" {
		found = append(found, s)
	}
	return found
}

// faultFinding takes the entry in which the topologies differ most while the
// fault holds, and says how long recovery took where it took at all.
func faultFinding(fault string, groups []*runGroup) []string {
	metrics := faultMetrics(fault, entriesOf(groups))
	entry, gap := mostDifferent(metrics, groups)
	var sentences []string
	what := " of " + entry
	if entry == Total {
		what = " of all requests"
	}
	parts := []string{}
	for _, g := range groups {
		part, failed := g.during(metrics, fault, entry)
		if failed {
			part, what = part+what, "" // said once
		}
		parts = append(parts, part)
	}
	sentences = append(sentences, fmt.Sprintf("While %s held, %s.", fault, strings.Join(parts, "; ")))
	if gap >= 0 && gap < alike && len(groups) > 1 {
		during := stretch{of: func(a *Analysis, entry string) *Measured {
			f, _ := a.faultNamed(fault)
			return f.During[entry]
		}}
		if slower := latencyFindings("While "+fault+" held, ", []stretch{during}, groups); len(slower) > 0 {
			sentences = append(sentences, slower...)
		} else {
			sentences[0] += " No entry tells them apart while it holds."
		}
	}
	if s := recoverySentence(fault, groups); s != "" {
		sentences = append(sentences, s)
	}
	return sentences
}

// mostDifferent picks the entry whose error shares while the fault holds are
// furthest apart, and the first of those that hardly differ in that; all of
// them together where no entry has samples everywhere. The gap is in
// percentage points, negative where there is nothing to compare.
func mostDifferent(metrics []comparedMetric, groups []*runGroup) (entry string, gap float64) {
	entry, gap = Total, -1
	for _, candidate := range entriesOf(groups) {
		values := duringShares(metrics, candidate, groups)
		if candidate == Total || len(values) < 2 {
			continue
		}
		if g := rangeOf(values); gap < 0 || g >= gap+alike {
			entry, gap = candidate, g
		}
	}
	return entry, gap
}

// duringShares are the medians of an entry's error share while a fault holds.
func duringShares(metrics []comparedMetric, entry string, groups []*runGroup) []float64 {
	var values []float64
	for _, g := range groups {
		if s := g.spread(metricNamed(metrics, "errors during, "+groupOf(entry)).of); s.Median != nil {
			values = append(values, *s.Median)
		}
	}
	return values
}

func metricNamed(metrics []comparedMetric, name string) comparedMetric {
	for _, m := range metrics {
		if m.name == name {
			return m
		}
	}
	return comparedMetric{of: func(*Analysis) (float64, bool) { return 0, false }}
}

func rangeOf(values []float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	return high - low
}

// during says what a fault did to an entry in one topology, or why there is
// nothing to say.
func (g *runGroup) during(metrics []comparedMetric, fault, entry string) (sentence string, failed bool) {
	s := g.spread(metricNamed(metrics, "errors during, "+groupOf(entry)).of)
	if s.Median != nil {
		return fmt.Sprintf("%s failed %s", g.label, percent(*s.Median/100)), true
	}
	for _, f := range g.runs[0].Faults {
		if f.Name == fault && f.NotApplicable != "" {
			return g.label + " cannot have it", false
		}
	}
	return g.label + " has no samples", false
}

// relapses says in which of the topology's runs an entry failed again after the
// fault; nothing where none did.
func (g *runGroup) relapses(fault string) string {
	count, told := 0, ""
	for _, a := range g.runs {
		f, _ := a.faultNamed(fault)
		if of, r := f.relapse(); r != nil {
			count++
			told = r.sentence(of)
		}
	}
	switch {
	case count == 0:
		return ""
	case len(g.runs) == 1:
		return ", but " + told
	}
	return fmt.Sprintf(", but failed again in %d of %d runs", count, len(g.runs))
}

// recoverySentence says when the last entry of each topology was well again.
func recoverySentence(fault string, groups []*runGroup) string {
	var parts []string
	for _, g := range groups {
		s := g.spread(func(a *Analysis) (float64, bool) {
			f, ok := a.faultNamed(fault)
			_, r := f.slowest()
			return r.after(), ok && r.after() >= 0
		})
		switch {
		case s.Runs == 0:
			continue
		case s.Median == nil:
			parts = append(parts, g.label+" was not well again within the run")
		case *s.Median == 0:
			parts = append(parts, g.label+" was well at once"+g.relapses(fault))
		default:
			parts = append(parts, g.label+" was well again after "+inWords(*s.Median)+g.relapses(fault))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("After the heal of %s, counted to the last entry, %s.", fault, strings.Join(parts, "; "))
}
