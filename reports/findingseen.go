package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// cacheFinding says how often callees were asked behind caches, where that is by
// half apart, or some topology has none; "" elsewhere.
func cacheFinding(groups []*runGroup) string {
	m := cacheMetrics(groups)
	if len(m) == 0 {
		return ""
	}
	hits, asked := m[0], m[1]
	values, all := medians(groups, asked.of)
	if all && slices.Max(values) < apart*max(slices.Min(values), 1) {
		return ""
	}
	var parts, without []string
	for _, g := range groups {
		times, rate := g.spread(asked.of).Median, g.spread(hits.of).Median
		if times == nil || rate == nil {
			without = append(without, g.label)
			continue
		}
		of := ""
		if len(parts) == 0 {
			of = " of the lookups hit"
		}
		parts = append(parts, fmt.Sprintf("%s on %s (%s%s)", timesWords(*times), g.label, percent(*rate/100), of))
	}
	if len(without) > 0 {
		parts = append(parts, strings.Join(without, " and ")+" had none")
	}
	return "Behind caches, callees were asked " + strings.Join(parts, "; ") + "."
}

// timesWords says how often something was done; a median may lie between two counts.
func timesWords(n float64) string {
	switch {
	case n == 1:
		return "once"
	case n == math.Trunc(n):
		return count(int(n)) + " times"
	}
	return number(n) + " times"
}

// discoveryFindings say how long each node's dead instances were asked, and how
// long its new ones waited, where ways to find them are by half apart in it.
func discoveryFindings(groups []*runGroup) (found []string) {
	sentences := map[string]func(node string) string{
		deadAsked: func(node string) string { return "A dead instance of " + node + " was asked for " },
		newShared: func(node string) string { return "A new instance of " + node + " had its share after " },
	}
	for _, m := range discoveryMetrics(groups) {
		begins, spoken := sentences[m.name]
		if !spoken {
			continue
		}
		var values []float64
		var parts []string
		for _, g := range groups {
			if median := g.spread(m.of).Median; median != nil {
				values = append(values, *median)
				parts = append(parts, inWords(*median)+" on "+g.label)
			}
		}
		if len(values) > 1 && rangeOf(values) >= leastStale && slices.Max(values) >= apart*slices.Min(values) {
			found = append(found, begins(m.group)+strings.Join(parts, "; ")+".")
		}
	}
	return found
}

// leastStale is by how many milliseconds ways to find instances must differ for a
// sentence: a tenth of a second is how finely it is counted who was asked.
const leastStale = 100
