package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/scenarios"
	"windtunnel/scenarios/catalog"
	"windtunnel/scenarios/check"
)

// shops are the topologies that every shipped scenario of the shop must run on.
var shops = []string{"shop-monolith", "shop-microservices", "shop-functions", "shop-hybrid"}

func load(t *testing.T) []scenarios.Loaded {
	t.Helper()
	names := slices.DeleteFunc(catalog.Names("."), isSuite)
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: names, Topologies: shops})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if len(loaded) != len(names)*len(shops) {
		t.Fatalf("%d plans of %d scenarios on %d topologies", len(loaded), len(names), len(shops))
	}
	return loaded
}

func isSuite(name string) bool {
	return scenarios.NamesSuite(scenarios.Query{Scenarios: []string{name}})
}

// TestOnEveryShop: each scenario has what makes a measurement, and its faults
// have an effect on each topology.
func TestOnEveryShop(t *testing.T) {
	for _, l := range load(t) {
		s := l.Scenario
		if !s.Phases[0].Warmup {
			t.Errorf("%s: begins cold", s.Name)
		}
		longest := 40 * time.Second
		if s.Name == "trace-day" {
			longest = 65 * time.Second // a day takes its minute
		}
		if s.Length() > longest {
			t.Errorf("%s: takes %s; the demo has to stay short", s.Name, s.Length())
		}
		if len(s.Checks) == 0 || len(s.Topologies) != 1 || !slices.Contains(shops, s.Topologies[0]) {
			t.Errorf("%s: has %d checks, and runs on %q by default", s.Name, len(s.Checks), s.Topologies)
		}
		for _, f := range s.Faults {
			effects, err := f.Fault.Effects(f.Name, l.Graph)
			if err != nil || len(effects) == 0 {
				t.Errorf("%s on %s: %s has %d effects, %v", s.Name, l.Graph.Topology.Name, f.Name, len(effects), err)
			}
		}
	}
}

// TestOutage: payments is killed in either shop, and there is time to recover
// and to see it: recovery is judged over three seconds.
func TestOutage(t *testing.T) {
	hit := map[string]string{"shop-monolith": "shop", "shop-microservices": "payments", "shop-functions": "payments", "shop-hybrid": "payments"}
	for _, l := range load(t) {
		if l.Scenario.Name != "payments-outage" {
			continue
		}
		f := l.Scenario.Faults[0]
		effects, err := f.Fault.Effects(f.Name, l.Graph)
		if err != nil || effects[0].Node != hit[l.Graph.Topology.Name] {
			t.Errorf("%s: %v, %v", l.Graph.Topology.Name, effects, err)
		}
		for _, c := range l.Scenario.Checks {
			if c.Metric.Name != "recovery.time" {
				continue
			}
			limit := time.Duration(c.Limit * float64(time.Millisecond))
			if end := f.At + f.For + limit + 3*time.Second; end > l.Scenario.Length() {
				t.Errorf("a recovery in %s could not be seen: the run ends at %s", limit, l.Scenario.Length())
			}
		}
	}
}

// TestChecksAreCanonical: the files show the language as it is printed back.
func TestChecksAreCanonical(t *testing.T) {
	for _, l := range append(load(t), experiments(t)...) {
		for _, c := range l.Scenario.Checks {
			short := strings.Replace(c.String(), "@phase("+c.Window.Name+")", "@"+c.Window.Name, 1)
			if c.Text != c.String() && c.Text != short {
				t.Errorf("%s: %s is printed as %s", l.Scenario.Name, c.Text, c)
			}
			if again, err := check.Parse(c.String()); err != nil || again.Metric != c.Metric {
				t.Errorf("%s: %v", c, err)
			}
		}
	}
}

// TestSuites: each shipped suite loads, has the name of its file, and is quick.
func TestSuites(t *testing.T) {
	suites := 0
	for _, name := range catalog.Names(".") {
		if !isSuite(name) {
			continue
		}
		suites++
		s, problems := scenarios.LoadSuite(scenarios.Query{Scenarios: []string{name}})
		if err := problems.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Name != name || s.On != "sim" || len(s.Cells) < 2 || len(s.Cells) > 30 || len(s.LeftOut) > 0 {
			t.Errorf("%s: suite %s runs %d combinations on %q, %v left out", name, s.Name, len(s.Cells), s.On, s.LeftOut)
		}
	}
	if suites == 0 {
		t.Error("no suite is shipped")
	}
}
