package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"windtunnel/reports/stats"
)

// runGroup are the repetitions of one topology.
type runGroup struct {
	label string
	runs  []*Analysis
}

// group keeps runs apart by topology. Where they may differ otherwise, what
// they differ in is part of the label.
func group(runs []*Analysis, byMore bool) []*runGroup {
	var groups []*runGroup
	var inputs map[*Analysis]string
	if byMore {
		inputs = inputLabels(runs)
	}
	for _, a := range runs {
		label := orUnknown(a.Topology)
		if byMore {
			label += facets(a, runs, inputs[a])
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

// facets names what sets a run apart from others, beside its topology; input is
// what does in its input, or nothing.
func facets(a *Analysis, among []*Analysis, input string) string {
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
	if input != "" {
		apart = append(apart, input)
	}
	if len(apart) == 0 {
		return ""
	}
	return " (" + strings.Join(apart, ", ") + ")"
}

// named are the runs with those directories.
func (g *runGroup) named(dirs []string) []*Analysis {
	var runs []*Analysis
	for _, a := range g.runs {
		if slices.Contains(dirs, a.Dir) {
			runs = append(runs, a)
		}
	}
	return runs
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
	return spreadOf(g.values(of))
}

// spreadOf is that of one value a run.
func spreadOf(values []float64) Spread {
	s := Spread{Runs: len(values)}
	if s.Runs == 0 {
		return s
	}
	for _, v := range values {
		if math.IsInf(v, 0) {
			s.Beyond++
		}
	}
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	s.Median = finite(stats.Median(values))
	s.Min, s.Max = finite(values[0]), finite(values[n-1])
	low, high := stats.MedianInterval(values)
	s.Low, s.High = finite(low), finite(high)
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
