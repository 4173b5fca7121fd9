package catalog_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"windtunnel/topologies"
	"windtunnel/topologies/catalog"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// files reads every shipped file; each must hold one document, named as the file is.
func files(t *testing.T) []decode.Doc {
	t.Helper()
	names, err := fs.Glob(catalog.FS, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	var all []decode.Doc
	for _, name := range names {
		text, err := fs.ReadFile(catalog.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		docs, problems := decode.Read(name, text)
		if len(problems) > 0 || len(docs) != 1 || docs[0].Name+".yaml" != name {
			t.Fatalf("%s: %d documents\n%v", name, len(docs), problems)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s: does not begin by saying what it is", name)
		}
		all = append(all, docs...)
	}
	return all
}

func load(t *testing.T) (apps map[string]*topologies.Application, tops []*topologies.Topology) {
	t.Helper()
	apps = map[string]*topologies.Application{}
	for _, doc := range files(t) {
		var problems decode.Problems
		switch doc.Kind {
		case decode.Application:
			apps[doc.Name], problems = topologies.LoadApplication(doc)
		case decode.Topology:
			var top *topologies.Topology
			top, problems = topologies.LoadTopology(*doc.Fill(nil))
			tops = append(tops, top)
		default:
			t.Errorf("%s: a %s does not belong here", doc.File, doc.Kind)
		}
		if err := problems.Err(); err != nil {
			t.Error(err)
		}
	}
	return apps, tops
}

// TestEvenMatch: the topologies of one application share out the same CPU and
// memory, as a fair comparison asks, unless a scaler decides how much there is.
func TestEvenMatch(t *testing.T) {
	apps, tops := load(t)
	totals := map[string]string{}
	for _, top := range tops {
		if apps[top.Application] == nil {
			t.Errorf("%s deploys %q, which is not shipped", top.Name, top.Application)
		}
		var cpu unit.CPU
		var memory unit.Bytes
		scaled := false
		for _, n := range top.Nodes {
			if topologies.Provided(n.Kind) {
				continue // the provider's
			}
			scaled = scaled || n.Scaler != nil
			cpu += n.CPU * unit.CPU(n.Replicas)
			memory += n.Memory * unit.Bytes(n.Replicas)
			if n.CPU == 0 || n.Memory == 0 {
				t.Errorf("%s: node %s has no limit", top.Name, n.Name)
			}
		}
		if scaled {
			continue
		}
		total := fmt.Sprintf("%s CPU, %s", cpu, memory)
		if other, ok := totals[top.Application]; ok && other != total {
			t.Errorf("%s has %s, another topology of %s has %s", top.Name, total, top.Application, other)
		}
		totals[top.Application] = total
	}
	if got := totals["shop"]; got != "2 CPU, 448Mi" {
		t.Errorf("the shop has %s, and its comments say otherwise", got)
	}
}

// TestWorkIsModest: the two cores that serve the shop also make its load, so an
// entry may not cost much CPU.
func TestWorkIsModest(t *testing.T) {
	apps, _ := load(t)
	for _, app := range apps {
		for _, e := range app.Entries {
			op, _ := app.Operation(e.Operation)
			if ms := compute(app, op.Steps); ms <= 0 || ms > 2 {
				t.Errorf("%s.%s computes for %v ms", app.Name, e.Name, ms)
			}
		}
	}
}

// compute sums the CPU time of steps and of what they call, in milliseconds.
func compute(app *topologies.Application, steps []work.Step) float64 {
	ms := 0.0
	for _, s := range steps {
		if s.Kind == work.Compute {
			ms += float64(s.For.Mean()) / 1e6
		}
		if s.Kind == work.Call {
			op, _ := app.Operation(s.Op)
			ms += compute(app, op.Steps)
		}
		for _, b := range s.Branches {
			ms += compute(app, b.Steps)
		}
	}
	return ms
}

// TestResolve: every topology fits its application; the edges are those that its comments tell of.
func TestResolve(t *testing.T) {
	apps, tops := load(t)
	edges := map[string][]string{}
	for _, top := range tops {
		g, problems := topologies.Resolve(apps[top.Application], top)
		if err := problems.Err(); err != nil {
			t.Error(err)
			continue
		}
		for _, e := range g.Edges {
			edges[top.Name] = append(edges[top.Name], e.From+">"+e.To)
		}
		if len(g.Entries) != len(apps[top.Application].Entries) {
			t.Errorf("%s serves %d entries of %d", top.Name, len(g.Entries), len(apps[top.Application].Entries))
		}
	}
	want := "basket>catalog checkout>payments gateway>basket gateway>catalog gateway>checkout"
	if got := strings.Join(edges["shop-microservices"], " "); got != want {
		t.Errorf("the services' edges are %s, want %s", got, want)
	}
	if got := edges["shop-monolith"]; len(got) > 0 {
		t.Errorf("the monolith has edges: %v", got)
	}
}
