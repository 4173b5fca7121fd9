package reports

import (
	"fmt"
	"slices"
	"testing"
)

// platform is an analysis of nothing but functions, each with a cold share of 1 in 20.
func platform(names ...string) *Analysis {
	a := &Analysis{}
	for i, name := range names {
		calls := uint64(100 * (i + 1))
		a.Functions = append(a.Functions, FunctionResult{Node: name, Function: true, Invocations: calls, Cold: calls / 20,
			Instances: FleetResult{Mean: float64(i + 1), Hours: float64(i+1) / 2}})
	}
	return a
}

// comparedFunctions are the values of all rows about functions, by group and name.
func comparedFunctions(of *Analysis, with ...*Analysis) map[string]float64 {
	found := map[string]float64{}
	for _, m := range functionMetrics([]*runGroup{{runs: append(with, of)}}) {
		if v, ok := m.of(of); ok {
			found[fmt.Sprintf("%s, %s, %s", m.group, m.name, m.unit)] = v
		}
	}
	return found
}

func TestCompareFunctions(t *testing.T) {
	service := platform("web")
	service.Functions[0].Function, service.Functions[0].Invocations, service.Functions[0].Cold = false, 0, 0
	mixed := platform("pay", "ship")
	mixed.Functions[0].Cold = 50
	many := platform("a", "b", "c", "d", "e", "f", "g", "h", "i")
	for name, c := range map[string]struct {
		of   *Analysis
		with []*Analysis
		want map[string]float64
	}{
		"none":               {of: &Analysis{}, want: map[string]float64{}},
		"one":                {of: platform("pay"), want: map[string]float64{"scaled nodes, cold, %": 5, "scaled nodes, instances, mean, count": 1, "scaled nodes, instance-hours, h": 0.5}},
		"a service is never": {of: service, want: map[string]float64{"scaled nodes, instances, mean, count": 1, "scaled nodes, instance-hours, h": 0.5}},
		"two": {of: mixed, want: map[string]float64{
			"scaled nodes, cold, %": 20, "scaled nodes, instances, mean, count": 3, "scaled nodes, instance-hours, h": 1.5,
			"pay, cold, %": 50, "pay, instances, mean, count": 1, "pay, instance-hours, h": 0.5,
			"ship, cold, %": 5, "ship, instances, mean, count": 2, "ship, instance-hours, h": 1}},
		"many":              {of: many, want: map[string]float64{"scaled nodes, cold, %": 5, "scaled nodes, instances, mean, count": 45, "scaled nodes, instance-hours, h": 22.5}},
		"beside one of two": {of: &Analysis{}, with: []*Analysis{mixed}, want: map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := comparedFunctions(c.of, c.with...)
			if len(got) != len(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
			for row, want := range c.want {
				if v, ok := got[row]; !ok || !within(v, want, 1e-9) {
					t.Errorf("%s: %v (%v), want %v", row, v, ok, want)
				}
			}
		})
	}
}

// Two topologies with functions have the rows in their comparison.
func TestFunctionsAreCompared(t *testing.T) {
	c, err := Compare([]*Analysis{functions(t, functionScript()), functions(t, functionScript())}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := c.row(t, "pay", "cold"); median(r.Values[0]) != 2 {
		t.Errorf("%v %% cold", median(r.Values[0]))
	}
	if r := c.row(t, "scaled nodes", "instance-hours"); !within(median(r.Values[0])*3600, 191, 1e-9) {
		t.Errorf("%v instance-hours", median(r.Values[0]))
	}
	if slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Group == "idle" && r.Metric == "cold" }) {
		t.Error("what nobody invoked has a share of cold requests")
	}
}
