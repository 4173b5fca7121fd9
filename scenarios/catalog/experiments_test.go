package catalog_test

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"windtunnel/scenarios"
	"windtunnel/scenarios/catalog"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/unit"
)

// experiments loads every experiment on the topologies that it names.
func experiments(t *testing.T) []scenarios.Loaded {
	t.Helper()
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: catalog.Names(catalog.Experiments)})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return loaded
}

// TestExperimentFiles: a file holds its scenario, every topology that it names
// and their application, each with a word on what it is; no name is there twice.
func TestExperimentFiles(t *testing.T) {
	taken := map[string]string{}
	for _, name := range catalog.Names(catalog.Experiments) {
		text, err := fs.ReadFile(catalog.FS, path.Join(catalog.Experiments, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		docs, problems := decode.Read(name, text)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "---\n") {
			if !strings.HasPrefix(part, "# ") {
				t.Errorf("%s: a document does not begin by saying what it is:\n%.100s", name, part)
			}
		}
		count := map[decode.Kind]int{}
		for _, doc := range docs {
			count[doc.Kind]++
			if id := string(doc.Kind) + " " + doc.Name; taken[id] != "" {
				t.Errorf("%s: %s is in %s already", name, id, taken[id])
			} else {
				taken[id] = name
			}
		}
		scenario, problems := scenarios.LoadScenario(docs[0])
		if len(problems) > 0 || docs[0].Kind != decode.Scenario || docs[0].Name != name {
			t.Fatalf("%s: begins with %s %s\n%v", name, docs[0].Kind, docs[0].Name, problems)
		}
		if n := len(scenario.Topologies); n < 2 || count[decode.Topology] != n || count[decode.Application] != 1 || count[decode.Scenario] != 1 {
			t.Errorf("%s: runs on %d topologies and holds %v", name, n, count)
		}
	}
}

// TestExperiments: each has what makes a measurement, is short, promises
// something of each topology, and gives all of them the same means.
func TestExperiments(t *testing.T) {
	means := map[string]string{}
	for _, l := range experiments(t) {
		s, on := l.Scenario, l.Graph.Topology
		where := s.Name + " on " + on.Name
		if !s.Phases[0].Warmup {
			t.Errorf("%s: begins cold", where)
		}
		if s.Length() > 40*time.Second {
			t.Errorf("%s: takes %s; it has to stay short", where, s.Length())
		}
		if len(s.Checks) == 0 {
			t.Errorf("%s: promises nothing", where)
		}
		for _, f := range s.Faults {
			if effects, err := f.Fault.Effects(f.Name, l.Graph); err != nil || len(effects) == 0 {
				t.Errorf("%s: %s has %d effects, %v", where, f.Name, len(effects), err)
			}
		}
		has := meansOf(on)
		if other, ok := means[s.Name]; ok && other != has {
			t.Errorf("%s has %s, another topology of it has %s", where, has, other)
		}
		means[s.Name] = has
	}
}

// meansOf says what a topology's limits add up to.
func meansOf(t *topologies.Topology) string {
	var cpu unit.CPU
	var memory unit.Bytes
	for _, n := range t.Nodes {
		cpu += n.CPU * unit.CPU(n.Replicas)
		memory += n.Memory * unit.Bytes(n.Replicas)
	}
	return fmt.Sprintf("%s CPU, %s", cpu, memory)
}
