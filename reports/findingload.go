package reports

import (
	"fmt"
	"slices"
	"strings"
)

// apart is by which factor two medians must differ for a sentence of their own.
const apart = 1.5

// mostPhases is of how many phases it is told who failed.
const mostPhases = 3

// stretch is a part of a run in which entries were measured.
type stretch struct {
	where string // "In overload, "; empty: all of the run
	of    func(a *Analysis, entry string) *Measured
}

// loadFindings is what there is to say where no fault was planned: who failed,
// and who was slow, where the topologies differ most in it.
func loadFindings(groups []*runGroup) []string {
	stretches := stretchesOf(groups)
	found := []string{}
	for _, s := range stretches[len(stretches)-max(1, len(stretches)-1):] { // each phase, where there are several
		if sentence := errorFinding(s, groups); sentence != "" && len(found) < mostPhases {
			found = append(found, sentence)
		}
	}
	found = append(found, latencyFindings("", stretches, groups)...)
	p99 := quantile{"p99", func(q *Quantiles) float64 { return q.P99 }}
	succeeded := func(g *runGroup) bool { return g.spread(stretches[0].latency(Total, p99)).Median != nil }
	switch {
	case len(found) > 0:
	case slices.ContainsFunc(groups, succeeded):
		found = append(found, "p99 of successful requests: "+quantileWords(groups, stretches[0], Total, p99)+".")
	default:
		found = append(found, "No request succeeded.")
	}
	return found
}

// stretchesOf are all of the run, and each phase that counts where there are several.
func stretchesOf(groups []*runGroup) []stretch {
	in := func(phase string) func(*Analysis, string) *Measured {
		return func(a *Analysis, entry string) *Measured { return a.Results[entry][phase] }
	}
	all := []stretch{{of: in(All)}}
	phases := union(groups, func(a *Analysis) []string {
		var names []string
		for _, p := range a.Phases {
			if p.Measured {
				names = append(names, p.Name)
			}
		}
		return names
	})
	if len(phases) < 2 {
		return all
	}
	for _, name := range phases {
		all = append(all, stretch{where: "In " + name + ", ", of: in(name)})
	}
	return all
}

// errorFinding takes the entry whose error shares are furthest apart, the first
// of those that hardly differ in that; "" where none are apart.
func errorFinding(s stretch, groups []*runGroup) string {
	sentence, widest := "", 0.0
	for _, entry := range entriesOf(groups) {
		shares, all := medians(groups, func(a *Analysis) (float64, bool) {
			m := s.of(a, entry)
			if m == nil || m.Offered == 0 {
				return 0, false
			}
			return 100 * m.ErrorShare, true
		})
		if gap := rangeOf(shares); !all || entry == Total || gap < widest+alike {
			continue
		}
		widest = rangeOf(shares)
		var parts []string
		for i, g := range groups {
			parts = append(parts, fmt.Sprintf("%s failed %s", g.label, percent(shares[i]/100)))
		}
		parts[0] += " of " + entry
		sentence = s.where + strings.Join(parts, "; ") + "."
	}
	return sentence
}

// quantile is one that findings speak of.
type quantile struct {
	name string
	of   func(*Quantiles) float64
}

var spokenQuantiles = []quantile{
	{"the median", func(q *Quantiles) float64 { return q.P50 }},
	{"the 95th percentile", func(q *Quantiles) float64 { return q.P95 }},
	{"the 99th percentile", func(q *Quantiles) float64 { return q.P99 }},
}

// mostQuantiles is of how many quantiles it is told who was slow.
const mostQuantiles = 2

// latencyFindings take the stretch, entry and quantile of latency that are
// furthest apart, and then the one that is so for two topologies which that does
// not tell apart: of three, two may be alike in one quantile and not in another.
func latencyFindings(where string, stretches []stretch, groups []*runGroup) (found []string) {
	told := map[[2]int]bool{} // pairs of groups that a sentence tells apart
	for len(found) < mostQuantiles {
		sentence, widest, shown := "", float64(apart), []float64(nil)
		for _, s := range stretches {
			for _, entry := range entriesOf(groups) {
				for _, q := range spokenQuantiles {
					values, all := medians(groups, s.latency(entry, q))
					if !all || entry == Total || slices.Min(values) <= 0 || newlyApart(values, told) <= widest {
						continue
					}
					widest, shown = newlyApart(values, told), values
					sentence = capital(fmt.Sprintf("%s%s of %s was %s.", where+s.where, q.name, entry, quantileWords(groups, s, entry, q)))
				}
			}
		}
		if sentence == "" {
			break
		}
		found = append(found, sentence)
		for i := range shown {
			for j := range i {
				told[[2]int{j, i}] = told[[2]int{j, i}] || ratioOf(shown[i], shown[j]) > apart
			}
		}
	}
	return found
}

// newlyApart is the greatest ratio between two values that were not told apart yet.
func newlyApart(values []float64, told map[[2]int]bool) float64 {
	widest := 0.0
	for i := range values {
		for j := range i {
			if !told[[2]int{j, i}] {
				widest = max(widest, ratioOf(values[i], values[j]))
			}
		}
	}
	return widest
}

func ratioOf(a, b float64) float64 { return max(a, b) / min(a, b) }

func (s stretch) latency(entry string, q quantile) func(*Analysis) (float64, bool) {
	return func(a *Analysis) (float64, bool) {
		m := s.of(a, entry)
		if m == nil || m.LatencyMS == nil {
			return 0, false
		}
		return q.of(m.LatencyMS), true
	}
}

// quantileWords says a quantile of each topology: "211 ms on a; 26 ms on b".
func quantileWords(groups []*runGroup, s stretch, entry string, q quantile) string {
	var parts []string
	for _, g := range groups {
		if median := g.spread(s.latency(entry, q)).Median; median != nil {
			parts = append(parts, fmt.Sprintf("%s on %s", inWords(*median), g.label))
		} else {
			parts = append(parts, g.label+" had no success")
		}
	}
	return strings.Join(parts, "; ")
}

// medians returns the median of each group, and whether all have one.
func medians(groups []*runGroup, of func(*Analysis) (float64, bool)) ([]float64, bool) {
	var values []float64
	for _, g := range groups {
		if median := g.spread(of).Median; median != nil {
			values = append(values, *median)
		}
	}
	return values, len(values) == len(groups) && len(values) > 0
}
