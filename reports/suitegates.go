package reports

import (
	"slices"
	"strings"
)

// SuiteGates holds the repetitions of each combination of a suite against those
// of the same combination in the baseline. One that the baseline does not have
// is new, and has no gates; where there is none in common nothing can be judged.
func SuiteGates(cells [][]*Analysis, o CompareOptions) []GateResult {
	if len(o.Baseline) == 0 {
		return nil
	}
	var results []GateResult
	for _, runs := range cells {
		if len(runs) == 0 {
			continue
		}
		before := o
		before.Baseline = slices.DeleteFunc(slices.Clone(o.Baseline), func(a *Analysis) bool { return combination(a) != combination(runs[0]) })
		if len(before.Baseline) > 0 {
			results = append(results, gatesOf(runs, before)...)
		}
	}
	if len(results) == 0 {
		return []GateResult{{Gate: "baseline", Verdict: Inconclusive, Found: "the baseline has none of these combinations"}}
	}
	return results
}

// combination names what a run is a run of: what repetitions have in common.
func combination(a *Analysis) string {
	return strings.TrimSpace(a.Scenario + " on " + a.Topology + " " + a.Setting())
}

// gatesOf judges one combination. What cannot be compared cannot be judged.
func gatesOf(runs []*Analysis, o CompareOptions) []GateResult {
	comparison, err := Compare(runs, o)
	if err != nil {
		return []GateResult{{Gate: "baseline", Column: combination(runs[0]), Verdict: Inconclusive, Found: err.Error()}}
	}
	for i := range comparison.Gates {
		comparison.Gates[i].Column = combination(runs[0])
	}
	if comparison.Gate() == Pass && len(comparison.Doubts) > 0 {
		return append(comparison.Gates, GateResult{Gate: "baseline", Column: combination(runs[0]), Verdict: Inconclusive, Found: strings.Join(comparison.Doubts, "; ")})
	}
	return comparison.Gates
}
