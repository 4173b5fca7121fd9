package reports

// maxComparedFunctions is how many functions have rows of their own in a
// comparison: a platform of a thousand is compared as a whole.
const maxComparedFunctions = 8

// functionMetrics are what keep-alives and scalers trade for each other, cold
// starts and instances: of all that scale together, and of each where they are few.
func functionMetrics(groups []*runGroup) []comparedMetric {
	names := union(groups, func(a *Analysis) []string {
		var names []string
		for _, f := range a.Functions {
			names = append(names, f.Node)
		}
		return names
	})
	if len(names) == 0 {
		return nil
	}
	m := scaledMetrics("scaled nodes", func(string) bool { return true })
	if len(names) == 1 || len(names) > maxComparedFunctions {
		return m
	}
	for _, name := range names {
		m = append(m, scaledMetrics(name, func(node string) bool { return node == name })...)
	}
	return m
}

// scaledMetrics are the rows of the functions, and services with scalers, that
// are of a group, added up. A service has no cold requests.
func scaledMetrics(group string, of func(node string) bool) []comparedMetric {
	sum := func(each func(FunctionResult) float64) func(*Analysis) (float64, bool) {
		return func(a *Analysis) (total float64, any bool) {
			for _, f := range a.Functions {
				if of(f.Node) {
					total, any = total+each(f), true
				}
			}
			return total, any
		}
	}
	return []comparedMetric{
		{group, "cold", percentUnit, func(a *Analysis) (float64, bool) {
			cold, _ := sum(func(f FunctionResult) float64 { return float64(f.Cold + f.ColdLeft) })(a)
			all, _ := sum(func(f FunctionResult) float64 { return float64(f.Invocations + f.ColdLeft) })(a)
			return 100 * cold / max(all, 1), all > 0
		}},
		{group, "instances, mean", countUnit, sum(func(f FunctionResult) float64 { return f.Instances.Mean })},
		{group, "instance-hours", hoursUnit, sum(func(f FunctionResult) float64 { return f.Instances.Hours })},
	}
}
