package reports

// twinMetric is a metric with its aim.
type twinMetric struct {
	comparedMetric
	aim     float64 // relative; 0: none
	floor   float64 // differences up to it are none, in the metric's unit
	orRange bool    // lying within the range of the live runs is as good
}

// twinMetrics lists what the simulator has to get right of a topology.
func twinMetrics(g *runGroup) []twinMetric {
	groups := []*runGroup{g}
	var m []twinMetric
	entries := entriesOf(groups)
	for _, entry := range entries {
		m = append(m, entryTwins(entry)...)
	}
	for _, fault := range faultsOf(groups) {
		for _, c := range faultMetrics(fault, entries) {
			if c.unit == millisUnit {
				m = append(m, twinMetric{c, RecoveryAim, FloorMS, false})
			} else {
				m = append(m, twinMetric{c, RateAim, 100 * ShareFloor, false})
			}
		}
	}
	for _, n := range g.runs[0].Nodes {
		m = append(m, nodeTwins(n.Name)...)
	}
	return append(m, twinMetric{openingWork.row(), 0, 0, true})
}

// entryTwins are the quantiles, the throughput and the error share of an entry.
func entryTwins(entry string) []twinMetric {
	var m []twinMetric
	add := func(name, unit string, aim, floor float64, orRange bool, of func(*Measured) (float64, bool)) {
		m = append(m, twinMetric{comparedMetric{groupOf(entry), name, unit, func(a *Analysis) (float64, bool) {
			r := a.Results[entry][All]
			if r == nil {
				return 0, false
			}
			return of(r)
		}}, aim, floor, orRange})
	}
	for _, q := range []struct {
		name string
		of   func(*Quantiles) float64
	}{
		{"p50", func(q *Quantiles) float64 { return q.P50 }},
		{"p95", func(q *Quantiles) float64 { return q.P95 }},
		{"p99", func(q *Quantiles) float64 { return q.P99 }},
	} {
		add(q.name, millisUnit, LatencyAim, 0, true, func(r *Measured) (float64, bool) {
			if r.LatencyMS == nil {
				return 0, false
			}
			return q.of(r.LatencyMS), true
		})
	}
	add("throughput", perSecondUnit, RateAim, 0, false, func(r *Measured) (float64, bool) { return r.OKRate, r.Offered > 0 })
	add("errors", percentUnit, RateAim, 100*ShareFloor, false, func(r *Measured) (float64, bool) { return 100 * r.ErrorShare, r.Offered > 0 })
	return m
}

const perSecondUnit = "/s"

// nodeTwins are what a node used, and how many instances of it there were.
func nodeTwins(node string) []twinMetric {
	of := func(name, unit string, value func(NodeResult) (float64, bool)) comparedMetric {
		return comparedMetric{node, name, unit, func(a *Analysis) (float64, bool) {
			for _, n := range a.Nodes {
				if n.Name == node {
					return value(n)
				}
			}
			return 0, false
		}}
	}
	return []twinMetric{
		{of("CPU", coresUnit, func(n NodeResult) (float64, bool) { return n.CPU, n.Sampled }), LatencyAim, 0, true},
		{of("instances started", countUnit, func(n NodeResult) (float64, bool) { return float64(n.Started), true }), 0, 0, true},
	}
}
