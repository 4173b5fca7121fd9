package draw

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"windtunnel/topologies"
	"windtunnel/topologies/catalog"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

var update = flag.Bool("update", false, "write the goldens anew")

// everyKind is a topology with a node of each kind, a node called twice, and one that nothing calls.
func everyKind() *topologies.Graph {
	retrying := policy.EdgeConfig{Timeout: 300 * time.Millisecond, Balance: "p2c",
		Retry: &policy.RetryConfig{Attempts: 3, Budget: &policy.BudgetConfig{Share: 0.2}}}
	breaker := policy.BreakerConfig{Failures: unit.CountOrShare{Share: 0.5}, Over: unit.CountOrTime{Count: 100}}
	app := &topologies.Application{Name: "shop"}
	for _, c := range []string{"catalog", "checkout", "pricing", "payments", "bank"} {
		app.Components = append(app.Components, topologies.Component{Name: c})
	}
	return &topologies.Graph{
		Application: app,
		Topology: &topologies.Topology{Name: "every-kind", Nodes: []*topologies.Node{
			{Name: "edge", Kind: "gateway", Replicas: 1, CPU: 0.5, Spec: &topologies.Gateway{}},
			{Name: "catalog", Kind: "service", Replicas: 2, CPU: 0.25, Memory: 64 << 20, Spec: &topologies.Service{}},
			{Name: "checkout", Kind: "service", Replicas: 1, Spec: &topologies.Service{}},
			{Name: "guard", Kind: "breaker", Replicas: 1, Spec: &topologies.Breaker{To: "spread"}},
			{Name: "spread", Kind: "balancer", Replicas: 1, Spec: &topologies.Balancer{To: "payments"}},
			{Name: "payments", Kind: "container", Replicas: 3, Spec: &topologies.Container{}},
			{Name: "bank", Kind: "external", Replicas: 1, Spec: &topologies.External{}},
			{Name: "spare", Kind: "service", Replicas: 1, Spec: &topologies.Service{}},
		}},
		Edges: []topologies.Edge{
			{From: "checkout", To: "catalog"},
			{From: "checkout", To: "guard", Policy: retrying},
			{From: "edge", To: "catalog", Policy: policy.EdgeConfig{Timeout: time.Second}},
			{From: "edge", To: "checkout"},
			{From: "guard", To: "spread", Policy: policy.EdgeConfig{Breaker: &breaker}},
			{From: "payments", To: "bank", Policy: policy.EdgeConfig{Breaker: &breaker}},
			{From: "spread", To: "payments", Policy: policy.EdgeConfig{Balance: "least-request"}},
		},
		Entries: []topologies.EntryPoint{{Name: "browse", Node: "edge"}, {Name: "checkout", Node: "edge"}, {Name: "status", Node: "payments"}},
		Timers:  []topologies.Timer{{EntryPoint: topologies.EntryPoint{Name: "reindex", Node: "catalog"}, Every: 90 * time.Second}},
		HostOf:  map[string]string{"catalog": "catalog", "checkout": "checkout", "pricing": "checkout", "payments": "payments", "bank": "bank"},
	}
}

// system is what a user who has no application drives.
func system() *topologies.Graph {
	return &topologies.Graph{
		Topology: &topologies.Topology{Name: "mine", Nodes: []*topologies.Node{{Name: "sut", Kind: "external", Replicas: 1, Spec: &topologies.External{}}}},
		Entries:  []topologies.EntryPoint{{Name: "home", Node: "sut"}},
	}
}

// hostile has names that the loader refuses; the drawings must not rely on it.
func hostile() *topologies.Graph {
	names := []string{`end"]; x["`, "a\\", "<b>&#35;|`%%", "new\nline\x1b[31m", "ünï·cødé"}
	g := &topologies.Graph{Topology: &topologies.Topology{Name: `ho"st\ile`}}
	for i, n := range names {
		g.Topology.Nodes = append(g.Topology.Nodes, &topologies.Node{Name: n, Kind: "service", Replicas: 1, Spec: &topologies.Service{}})
		g.Edges = append(g.Edges, topologies.Edge{From: names[max(0, i-1)], To: n, Policy: policy.EdgeConfig{Balance: `"|` + n}})
	}
	g.Entries = []topologies.EntryPoint{{Name: `|"x`, Node: names[0]}}
	return g
}

// shipped resolves a topology of the catalogue.
func shipped(t *testing.T, name string) *topologies.Graph {
	t.Helper()
	read := func(name string) decode.Doc {
		text, err := catalog.FS.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		docs, problems := decode.Read(name, text)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return docs[0]
	}
	app, problems := topologies.LoadApplication(read("shop"))
	top, more := topologies.LoadTopology(read(name))
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatal(problems)
	}
	g, problems := topologies.Resolve(app, top)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return g
}

func TestGoldens(t *testing.T) {
	for name, g := range map[string]*topologies.Graph{"every-kind": everyKind(), "system": system(), "hostile": hostile(),
		"shop-monolith": shipped(t, "shop-monolith"), "shop-microservices": shipped(t, "shop-microservices")} {
		for ext, drawn := range map[string]string{"mmd": Mermaid(g), "dot": DOT(g), "txt": Text(g)} {
			path := filepath.Join("testdata", name+"."+ext)
			if *update {
				if err := os.WriteFile(path, []byte(drawn), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if drawn != string(want) {
				t.Errorf("%s differs (go test -update writes it anew):\n%s", path, drawn)
			}
		}
	}
}

var (
	mermaidLine = regexp.MustCompile(`^(flowchart LR|  outside\(\["outside"\]\)|  n\d+\["[^"\[\]|` + "`" + `]*"\]|  (outside|n\d+) -->(\|"[^"|]*"\|)? n\d+)$`)
	dotLine     = regexp.MustCompile(`^(digraph "([^"\\]|\\.)*" \{|\}|  (rankdir|node|edge|outside) ?[\[=].*|  n\d+ \[shape=box label="([^"\\]|\\.)*"\]|  (outside|n\d+) -> n\d+( \[label="([^"\\]|\\.)*"\])?)$`)
)

// TestNoNameEscapes: whatever nodes are called, each line stays of the form it
// has, and every node and edge has its line.
func TestNoNameEscapes(t *testing.T) {
	name := rapid.OneOf(rapid.StringN(1, 9, -1), rapid.StringMatching("[\"\\\\\\[\\](){}<>|#;&%`\n\x1b-]{1,8}"))
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(name, 1, 5, rapid.ID).Draw(t, "names")
		g := &topologies.Graph{Topology: &topologies.Topology{Name: name.Draw(t, "topology")}}
		for _, n := range names {
			g.Topology.Nodes = append(g.Topology.Nodes, &topologies.Node{Name: n, Kind: "service", Spec: &topologies.Service{}})
			to := rapid.SampledFrom(names).Draw(t, "to")
			g.Edges = append(g.Edges, topologies.Edge{From: n, To: to, Policy: policy.EdgeConfig{Balance: name.Draw(t, "label")}})
		}
		g.Entries = []topologies.EntryPoint{{Name: name.Draw(t, "entry"), Node: names[0]}}

		wellFormed(t, Mermaid(g), mermaidLine, 2+len(names)+len(names)+1)
		wellFormed(t, DOT(g), dotLine, 6+len(names)+len(names)+1)
		text := Text(g)
		if lines := strings.Count(text, "\n"); lines < 1+len(names) || lines > 2+2*len(names) {
			t.Fatalf("%d lines for %d nodes:\n%s", lines, len(names), text)
		}
		for _, r := range strings.ReplaceAll(text, "\n", "") {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q would steer a terminal", r)
			}
		}
	})
}

func wellFormed(t *rapid.T, drawn string, line *regexp.Regexp, want int) {
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	if len(lines) != want {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), want, drawn)
	}
	for _, l := range lines {
		if !line.MatchString(l) {
			t.Fatalf("malformed: %s", l)
		}
	}
}
