package scenarios

import (
	"testing"
)

func TestShippedScenariosLoad(t *testing.T) {
	loaded, problems := Load(Query{Scenarios: []string{"steady", "payments-outage"}, Topologies: []string{"shop-monolith", "shop-microservices"}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if len(loaded) != 4 {
		t.Fatal(len(loaded))
	}
	for _, l := range loaded {
		t.Logf("%s %s %d edges %d entries\n%s", l.Scenario.Name, l.Graph.Topology.Name, len(l.Graph.Edges), len(l.Graph.Entries), l.Resolved)
	}
}
