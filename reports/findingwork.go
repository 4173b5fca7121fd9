package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"windtunnel/topologies/policy"
)

// work is something that nodes do about trouble, and that can be counted.
type work struct {
	metric string // its row in the table
	unit   string
	words  string // its sentence
	of     func(*Analysis) float64
}

// openingWork is a breaker's.
var openingWork = work{"breaker openings", countUnit, "Breakers opened",
	ofEdges(func(e EdgeResult) float64 { return float64(e.Openings) })}

// works are what shows a pattern at work between the nodes. A row is there for
// those that some run has anything of, a sentence for those that tell topologies apart.
var works = []work{
	{"attempts a call", ratioUnit, "Attempts for each call between nodes", func(a *Analysis) float64 { return a.Amplification }},
	openingWork,
	{"turned away by edges", countUnit, "Calls that edges turned away", ofEdges(func(e EdgeResult) float64 { return float64(e.Rejected) })},
	{"answered by a fallback", countUnit, "Calls answered by a fallback", ofEdges(func(e EdgeResult) float64 { return float64(e.Fallbacks) })},
	{"hedges", countUnit, "Hedges sent", ofEdges(func(e EdgeResult) float64 { return float64(e.Hedges) })},
	{"ejections", countUnit, "Instances ejected", ofEdges(func(e EdgeResult) float64 { return float64(e.Ejections) })},
	{"refused by limits", countUnit, "Requests that a limit or shedding refused", func(a *Analysis) float64 {
		return float64(a.Results[Total][All].Failed[policy.RejectedLimit])
	}},
	{"queue full", countUnit, "Requests that found a queue full", func(a *Analysis) float64 {
		n := 0.0
		for _, node := range a.Nodes {
			n += float64(node.Rejected)
		}
		return n
	}},
}

// alwaysShown is how many of the works are rows of every comparison.
const alwaysShown = 2

func ofEdges(of func(EdgeResult) float64) func(*Analysis) float64 {
	return func(a *Analysis) float64 {
		n := 0.0
		for _, e := range a.Edges {
			n += of(e)
		}
		return n
	}
}

// compared is how much of it there was; nothing to say of a run that sent nothing.
func (w work) compared(a *Analysis) (float64, bool) { return w.of(a), a.Results[Total][All].Sent > 0 }

func (w work) row() comparedMetric { return comparedMetric{"system", w.metric, w.unit, w.compared} }

// figure is a median of it; that of an even number of runs may lie between two counts.
func (w work) figure(v float64) string {
	if w.unit == countUnit && v == math.Trunc(v) {
		return count(int(v))
	}
	return number(v)
}

// workMetrics are the rows of a comparison.
func workMetrics(groups []*runGroup) []comparedMetric {
	var m []comparedMetric
	for i, w := range works {
		does := func(g *runGroup) bool {
			return slices.ContainsFunc(g.runs, func(a *Analysis) bool { return w.of(a) > 0 })
		}
		if i < alwaysShown || slices.ContainsFunc(groups, does) {
			m = append(m, w.row())
		}
	}
	return m
}

// workFindings is a sentence for each work that differs by half or more.
func workFindings(groups []*runGroup) []string {
	var found []string
	for _, w := range works {
		values, all := medians(groups, w.compared)
		if !all || slices.Max(values) < apart*slices.Min(values) || slices.Max(values) == 0 {
			continue
		}
		var parts []string
		for i, g := range groups {
			parts = append(parts, g.label+" "+w.figure(values[i]))
		}
		found = append(found, fmt.Sprintf("%s: %s.", w.words, strings.Join(parts, "; ")))
	}
	return found
}
