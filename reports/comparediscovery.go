package reports

import "math"

// The rows of which findings speak, too.
const (
	deadAsked = "a dead instance was asked"
	newShared = "a new one had its share after"
)

// discoveryMetrics are what ways of finding instances differ in, for each node
// that is found so: all of its callers together, and the worst of them.
func discoveryMetrics(groups []*runGroup) []comparedMetric {
	nodes := union(groups, func(a *Analysis) []string {
		var names []string
		for _, d := range a.Discovery {
			names = append(names, d.To)
		}
		return names
	})
	var m []comparedMetric
	for _, node := range nodes[:min(len(nodes), maxComparedFunctions)] {
		worst := func(of func(*DiscoveryResult) (float64, bool)) func(*Analysis) (float64, bool) {
			return func(a *Analysis) (worst float64, any bool) {
				for i := range a.Discovery {
					if v, has := of(&a.Discovery[i]); a.Discovery[i].To == node && has {
						worst, any = max(worst, v), true
					}
				}
				return worst, any && !math.IsInf(worst, 1)
			}
		}
		m = append(m,
			comparedMetric{node, deadAsked, millisUnit, worst(func(d *DiscoveryResult) (float64, bool) {
				asked, _, any := d.Lingered()
				return asked, any
			})},
			comparedMetric{node, "attempts to the dead", countUnit, worst(func(d *DiscoveryResult) (float64, bool) {
				_, attempts, any := d.Lingered()
				return float64(attempts), any
			})},
			comparedMetric{node, newShared, millisUnit, worst((*DiscoveryResult).Joined)},
			comparedMetric{node, "oldest view", millisUnit, worst(func(d *DiscoveryResult) (float64, bool) { return d.OldestMS, d.OldestMS > 0 })},
		)
	}
	return m
}
