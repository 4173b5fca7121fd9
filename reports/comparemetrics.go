package reports

import "slices"

// comparedMetric is a row of a comparison before it has values.
type comparedMetric struct {
	group, name, unit string
	of                func(*Analysis) (float64, bool)
}

// The units of compared metrics.
const (
	percentUnit = "%"
	millisUnit  = "ms"
	coresUnit   = "cores"
	mebiUnit    = "Mi"
	countUnit   = "count"
	ratioUnit   = "ratio"
	hoursUnit   = "h"
)

// metricsOf lists what matters, in the order of reading: did it work, how fast,
// what did the faults do, what did it cost.
func metricsOf(groups []*runGroup) []comparedMetric {
	var m []comparedMetric
	entries := entriesOf(groups)
	m = append(m, checkMetric(groups))
	for _, entry := range entries {
		m = append(m, okMetric(entry))
		for _, q := range []struct {
			name string
			of   func(*Quantiles) float64
		}{
			{"p50", func(q *Quantiles) float64 { return q.P50 }},
			{"p95", func(q *Quantiles) float64 { return q.P95 }},
			{"p99", func(q *Quantiles) float64 { return q.P99 }},
		} {
			m = append(m, comparedMetric{groupOf(entry), q.name, millisUnit, func(a *Analysis) (float64, bool) {
				r := a.Results[entry][All]
				if r == nil || r.LatencyMS == nil {
					return 0, false
				}
				return q.of(r.LatencyMS), true
			}})
		}
	}
	for _, fault := range faultsOf(groups) {
		m = append(m, faultMetrics(fault, entries)...)
	}
	return slices.Concat(m, functionMetrics(groups), discoveryMetrics(groups), workMetrics(groups), cacheMetrics(groups), systemMetrics())
}

func groupOf(entry string) string {
	if entry == Total {
		return "all"
	}
	return entry
}

// checkMetric counts the checks that hold, or takes their share where some
// topology has other promises to keep than the next.
func checkMetric(groups []*runGroup) comparedMetric {
	m := comparedMetric{"all", "checks that hold", countUnit, checksHolding}
	for _, g := range groups {
		for _, a := range g.runs {
			if len(a.Checks) != len(groups[0].runs[0].Checks) {
				m.unit = percentUnit
				m.of = func(a *Analysis) (float64, bool) {
					holding, judged := checksHolding(a)
					return 100 * holding / max(1, float64(len(a.Checks))), judged
				}
			}
		}
	}
	return m
}

func checksHolding(a *Analysis) (float64, bool) {
	holding := 0
	for _, c := range a.Checks {
		if c.Verdict == Pass {
			holding++
		}
	}
	return float64(holding), len(a.Checks) > 0
}

func okMetric(entry string) comparedMetric {
	return comparedMetric{groupOf(entry), "ok", percentUnit, func(a *Analysis) (float64, bool) {
		r := a.Results[entry][All]
		if r == nil || r.Offered == 0 {
			return 0, false
		}
		return 100 * share(r.OK, r.Offered), true
	}}
}

// faultMetrics are the error shares around a fault and the recoveries from it.
func faultMetrics(fault string, entries []string) []comparedMetric {
	var m []comparedMetric
	errors := func(when, entry string, window func(FaultResult) map[string]*Measured) {
		m = append(m, comparedMetric{fault, "errors " + when + ", " + groupOf(entry), percentUnit, func(a *Analysis) (float64, bool) {
			f, ok := a.faultNamed(fault)
			if !ok || window(f)[entry] == nil || window(f)[entry].Offered == 0 {
				return 0, false
			}
			return 100 * window(f)[entry].ErrorShare, true
		}})
	}
	errors("before", Total, func(f FaultResult) map[string]*Measured { return f.Before })
	for _, entry := range entries {
		errors("during", entry, func(f FaultResult) map[string]*Measured { return f.During })
	}
	errors("after", Total, func(f FaultResult) map[string]*Measured { return f.After })
	for _, entry := range entries {
		m = append(m, comparedMetric{fault, "recovery, " + groupOf(entry), millisUnit, func(a *Analysis) (float64, bool) {
			f, _ := a.faultNamed(fault)
			r, ok := f.Recovery[entry]
			return r.after(), ok && r.after() >= 0
		}})
	}
	return m
}

func systemMetrics() []comparedMetric {
	const group = "system"
	return []comparedMetric{
		{group, "CPU in use", coresUnit, func(a *Analysis) (float64, bool) {
			return sumSampled(a.Nodes, func(n NodeResult) float64 { return n.CPU })
		}},
		{group, "memory, peaks added up", mebiUnit, func(a *Analysis) (float64, bool) {
			sum, any := sumSampled(a.Nodes, func(n NodeResult) float64 { return float64(n.Memory) / (1 << 20) })
			return sum, any && sum > 0 // a simulated instance has none
		}},
	}
}

func sumSampled(nodes []NodeResult, of func(NodeResult) float64) (sum float64, any bool) {
	for _, n := range nodes {
		if n.Sampled {
			sum, any = sum+of(n), true
		}
	}
	return sum, any
}

func (a *Analysis) faultNamed(name string) (FaultResult, bool) {
	i := slices.IndexFunc(a.Faults, func(f FaultResult) bool { return f.Name == name })
	if i < 0 || a.Faults[i].BegunMS == nil {
		return FaultResult{}, false
	}
	return a.Faults[i], true
}

// entriesOf lists the entries of all runs, total first.
func entriesOf(groups []*runGroup) []string {
	return union(groups, func(a *Analysis) []string { return a.Entries })
}

func faultsOf(groups []*runGroup) []string {
	return union(groups, func(a *Analysis) []string {
		var names []string
		for _, f := range a.Faults {
			names = append(names, f.Name)
		}
		return names
	})
}

func union(groups []*runGroup, of func(*Analysis) []string) []string {
	var all []string
	for _, g := range groups {
		for _, a := range g.runs {
			for _, name := range of(a) {
				if !slices.Contains(all, name) {
					all = append(all, name)
				}
			}
		}
	}
	return all
}
