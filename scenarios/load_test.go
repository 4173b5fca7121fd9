package scenarios_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/scenarios"
	"windtunnel/topologies"
)

// files is a file system in memory.
type files map[string]string

func (f files) query(scenario string) scenarios.Query {
	return scenarios.Query{
		Scenarios: []string{scenario},
		ReadFile: func(name string) ([]byte, error) {
			text, ok := f[filepath.Clean(name)]
			if !ok {
				return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
			}
			return []byte(text), nil
		},
		Glob: func(pattern string) ([]string, error) {
			var found []string
			for _, name := range slices.Sorted(maps.Keys(f)) {
				if ok, _ := filepath.Match(pattern, name); ok {
					found = append(found, name)
				}
			}
			return found, nil
		},
		Getenv: func(name string) (string, bool) {
			return map[string]string{"TOKEN": "s3cret", "HOST": "h"}[name], name == "TOKEN" || name == "HOST"
		},
	}
}

const (
	application = `application: app
components:
  a: {operations: {x: [{call: b.y}]}}
  b: {operations: {y: [{wait: 1ms}]}}
entries: {one: a.x}
`
	topology = `topology: pair
application: app
params: {copies: 2}
nodes:
  a: {kind: service, hosts: [a]}
  b: {kind: service, hosts: [b], replicas: "${copies}"}
`
	single = `topology: single
application: app
nodes: {all: {kind: service, hosts: [a, b]}}
`
	scenario = `scenario: s
topology: pair
params: {rate: 100/s}
phases:
  - {name: warm-up, for: 5s, load: {constant: 10/s}, warmup: true}
  - {name: steady-2, for: 20s, load: {poisson: "${rate}"}}
`
	sep = "---\n"
)

// load loads what must be without problems.
func load(t *testing.T, q scenarios.Query) []scenarios.Loaded {
	t.Helper()
	loaded, problems := scenarios.Load(q)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return loaded
}

// refused loads what must not be without problems.
func refused(t *testing.T, q scenarios.Query, want string) {
	t.Helper()
	loaded, problems := scenarios.Load(q)
	if len(loaded) > 0 || problems.Error() != want {
		t.Errorf("%d loaded\ngot  %v\nwant %s", len(loaded), problems, want)
	}
}

func TestDocumentsAreFound(t *testing.T) {
	other := strings.Replace(single, "single", "pair", 1)
	for _, c := range []struct {
		name  string
		files files
		ask   string
		nodes int
	}{
		{"in one file", files{"s.yaml": scenario + sep + topology + sep + application}, "s.yaml", 2},
		{"beside it", files{"d/s.yaml": scenario, "d/t.yaml": topology, "d/a.yml": application, "t.yaml": other, "d/x.yaml": "kind: Pod\n"}, "d/s.yaml", 2},
		{"in the file before beside it", files{"s.yaml": scenario + sep + other + sep + application, "t.yaml": topology}, "s.yaml", 1},
		{"the application beside the scenario", files{"s.yaml": scenario + sep + application, "d/t.yaml": topology}, "s.yaml -t d/t.yaml", 2},
		{"the topology by file", files{"s.yaml": scenario + sep + application, "t.yaml": topology, "u.yaml": other}, "s.yaml -t u.yaml", 1},
		{"the topology by name", files{"s.yaml": scenario + sep + topology + sep + application, "u.yaml": single}, "s.yaml -t single", 1},
		{"a shipped scenario on a topology here", files{"my.yaml": "topology: my\napplication: shop\nnodes: {all: {kind: service, hosts: [catalog, basket, checkout, inventory, pricing, payments]}}\n"}, "steady -t my", 1},
		{"a file of the name of a shipped one", files{"steady": scenario + sep + topology + sep + application}, "steady", 2},
		{"broken files beside are nobody's business", files{"s.yaml": scenario, "t.yaml": topology, "a.yaml": application, "broken.yaml": "topology: [\n"}, "s.yaml", 2},
		{"the only topology of the file", files{"s.yaml": strings.Replace(scenario, "topology: pair\n", "", 1) + sep + topology + sep + application}, "s.yaml", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			ask := strings.Split(c.ask, " -t ")
			q := c.files.query(ask[0])
			q.Topologies = ask[1:]
			loaded := load(t, q)
			if len(loaded) != 1 || len(loaded[0].Graph.Topology.Nodes) != c.nodes {
				t.Errorf("%d loaded, %d nodes", len(loaded), len(loaded[0].Graph.Topology.Nodes))
			}
		})
	}
}

func TestDocumentsAreNotFound(t *testing.T) {
	all := files{"s.yaml": scenario + sep + topology, "t.yaml": single, "a.yaml": application, "b.yaml": application, "broken.yaml": "topology: solo\nx: [\n"}
	refused(t, all.query("s.yaml"), "s.yaml:9:14: application app stands in two files, a.yaml and b.yaml: put the one that you mean into this file, or name its file")
	delete(all, "b.yaml")
	refused(t, all.query("t.yaml"), "t.yaml:1:1: the file has no scenario: add a document that begins with `scenario: name`")
	refused(t, all.query("u.yaml"), `u.yaml: there is no such file: did you mean "a.yaml"?`)
	refused(t, all.query("stedy"), `stedy: there is neither a file nor a scenario of the catalogue called so: did you mean "steady"?`)
	q := all.query("s.yaml")
	q.Topologies = []string{"singel"}
	refused(t, q, `-t singel: there is no topology "singel": did you mean "single"?`)
	q.Topologies = []string{"a.yaml"}
	refused(t, q, "-t a.yaml: the file has no topology: add a document that begins with `topology: name`")
	q.Topologies = []string{"solo"}
	refused(t, q, "-t solo: there is no topology \"solo\": there are pair, shop-functions, shop-hybrid, shop-microservices, shop-monolith, single\nbroken.yaml:2:1: no valid YAML: did not find expected node content")
	q.Scenarios = nil
	refused(t, q, "-: no scenario is named: give a file, or one of cold-burst, diurnal, load, payments-outage, spike, sporadic, steady, trace-day, or an experiment of `windtunnel list`")
	bare := files{"s.yaml": strings.Replace(scenario, "topology: pair\n", "", 1) + sep + application}
	refused(t, bare.query("s.yaml"), "s.yaml:1:11: scenario s names no topology: add `topology: name`, or say -t NAME")
}

// TestSweep: the cross product, by sorted name, over what each topology declares.
func TestSweep(t *testing.T) {
	q := files{"s.yaml": scenario + sep + topology + sep + single + sep + application}.query("s.yaml")
	q.Topologies = []string{"pair", "single"}
	q.Params = map[string][]string{"rate": {"1/s", "2/s"}, "copies": {"3", "4"}}
	var got []string
	for _, l := range load(t, q) {
		n := l.Graph.Topology.Nodes
		got = append(got, fmt.Sprint(l.Graph.Topology.Name, " ", n[len(n)-1].Replicas, " ", l.Params))
	}
	want := []string{
		"pair 3 map[copies:3 rate:1/s]", "pair 3 map[copies:3 rate:2/s]",
		"pair 4 map[copies:4 rate:1/s]", "pair 4 map[copies:4 rate:2/s]",
		"single 1 map[rate:1/s]", "single 1 map[rate:2/s]", // has no copies: not run twice the same
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	q.Params = map[string][]string{"rate": make([]string, 40), "copies": make([]string, 40)}
	if _, problems := scenarios.Load(q); !strings.Contains(problems.Error(), "--param rate: the parameters have more than 1000 combinations") {
		t.Error(problems)
	}
}

func TestSet(t *testing.T) {
	q := files{"s.yaml": scenario + sep + topology + sep + single + sep + application}.query("s.yaml")
	q.Topologies = []string{"pair", "single"}
	q.Set = []string{
		"nodes.b.replicas=7", // pair alone has it
		"phases.steady-2.for=${long}", "params.x=1",
		"scenario.generator.timeout=2s", "components.b.operations.y.0.wait={uniform: [1ms, 2ms]}",
	}
	refused(t, q, "--set params.x=1: parameters have an option of their own: --param name=value\n"+
		"--set phases.steady-2.for=${long}: there is no parameter \"long\": `params:` declares rate")
	q.Set = []string{q.Set[0], "phases.steady-2.for=7s", q.Set[3], q.Set[4]}
	loaded := load(t, q)
	if len(loaded) != 2 || loaded[0].Graph.Topology.Nodes[1].Replicas != 7 {
		t.Fatalf("%d loaded", len(loaded))
	}
	for _, l := range loaded {
		op, _ := l.Graph.Application.Operation("b.y")
		if l.Scenario.Length() != 12*time.Second || l.Scenario.Generator.Timeout != 2*time.Second || op.Steps[0].For.B != 2*time.Millisecond {
			t.Errorf("%+v", l)
		}
	}
}

// TestChecks: checks of the command line are as those of the file, once each,
// and stand in what runs again.
func TestChecks(t *testing.T) {
	q := files{"s.yaml": scenario + "checks: [one.ok.rate > 1/s]\n", "t.yaml": topology + sep + single + sep + application}.query("s.yaml")
	q.Topologies = []string{"t.yaml"}
	further := []string{"total.errors.rate < 1%", "b.cpu < 1 @steady-2"}
	q.Checks = append(further, "one.ok.rate > 1/s", further[0]) // which are promised already
	loaded := load(t, q)
	if len(loaded) != 2 {
		t.Fatalf("%d loaded", len(loaded))
	}
	for _, l := range loaded {
		var got []string
		for _, c := range l.Scenario.Checks {
			got = append(got, c.Text)
		}
		if want := append([]string{"one.ok.rate > 1/s"}, further...); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		again := load(t, files{"r.yaml": string(l.Resolved)}.query("r.yaml"))[0]
		if len(again.Scenario.Checks) != 3 || again.Digest != l.Digest {
			t.Errorf("run again: %d checks", len(again.Scenario.Checks))
		}
	}
	q.Checks = []string{"total.latency.p98 < 1ms", "nobody.latency.p99 < 1ms", "one.latency.p99 < 1ms @during(down)"}
	refused(t, q, `--check nobody.latency.p99 < 1ms: there is neither an entry nor a node "nobody"
--check one.latency.p99 < 1ms @during(down): the scenario has no fault "down"
--check total.latency.p98 < 1ms: no metric "latency.p98": did you mean "latency.p90"?`)
}

// TestChecksOn: a scenario runs on all that it lists, and each run is judged by
// the checks of its topology, also when it is run again or on one of another's.
func TestChecksOn(t *testing.T) {
	text := strings.Replace(scenario, "topology: pair", "topology: [pair, single]", 1) + `checks:
  - one.ok.rate > 1/s
  - {on: single, that: one.ok.rate > 2/s}
  - {on: [pair, single], that: one.ok.rate > 3/s}
`
	third := strings.Replace(single, "single", "third", 1)
	q := files{"s.yaml": text + sep + topology + sep + single + sep + application, "t.yaml": third}.query("s.yaml")
	for _, asked := range [][]string{nil, {"t.yaml"}} {
		q.Topologies = asked
		var got []string
		for _, l := range load(t, q) {
			again := load(t, files{"r.yaml": string(l.Resolved)}.query("r.yaml"))
			if len(again) != 1 || again[0].Digest != l.Digest || len(again[0].Scenario.Checks) != len(l.Scenario.Checks) {
				t.Errorf("run again: %d runs\n%s", len(again), l.Resolved)
			}
			for i, c := range l.Scenario.Checks {
				got = append(got, fmt.Sprint(l.Graph.Topology.Name, " ", c.Limit, " ", l.Scenario.CheckPlace(i).Line))
			}
		}
		want := []string{"pair 1 8", "pair 3 10", "single 1 8", "single 2 9", "single 3 10"}
		if asked != nil {
			want = []string{"third 1 8"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("on %v: got %q, want %q", asked, got, want)
		}
	}
}

const own = `topology: mine
params: {port: 9000}
sut:
  kind: external
  url: http://${HOST}:${port}
  tls: {}
  entries:
    home: GET /?token=${TOKEN}
    post:
      method: POST
      path: /
      headers: {Authorization: "Bearer ${TOKEN}", Price: "$${5}"}
      body_file: bodies/order.json
`

const quiet = "scenario: s\ntopology: mine\nphases: [{name: p, for: 1s, load: {constant: 1/s}}]\n"

// TestEnvironment: secrets reach the requests and nothing that is recorded.
func TestEnvironment(t *testing.T) {
	all := files{"d/s.yaml": quiet + sep + own, "d/bodies/order.json": `{"a": "${not-a-parameter}"}`}
	l := load(t, all.query("d/s.yaml"))[0]
	spec := l.Graph.Topology.Nodes[0].Spec.(*topologies.External)
	post := spec.Entries["post"]
	if spec.URL != "http://h:9000" || spec.Entries["home"].Path != "/?token=s3cret" || post.Headers["Authorization"] != "Bearer s3cret" ||
		post.Headers["Price"] != "${5}" || post.Body != `{"a": "${not-a-parameter}"}` {
		t.Errorf("%+v", spec)
	}
	if strings.Contains(string(l.Resolved), "s3cret") || !strings.Contains(string(l.Resolved), "${TOKEN}") {
		t.Errorf("resolved\n%s", l.Resolved)
	}
	if l.Secrets["TOKEN"] != "s3cret" || len(l.Secrets) != 2 {
		t.Errorf("secrets %v", l.Secrets)
	}
	again := load(t, files{"r.yaml": string(l.Resolved)}.query("r.yaml"))[0]
	if got := again.Graph.Topology.Nodes[0].Spec.(*topologies.External).Entries["post"].Body; got != post.Body || again.Digest != l.Digest {
		t.Errorf("run again: %q", got)
	}
	q := all.query("d/s.yaml")
	q.Getenv = func(string) (string, bool) { return "", false }
	if _, problems := scenarios.Load(q); len(problems) != 3 {
		t.Error(problems)
	}
}

// TestResolvedRunsAgain: each resolved text gives the same text, graph and digest.
func TestResolvedRunsAgain(t *testing.T) {
	q := scenarios.Query{Scenarios: []string{"steady", "spike", "payments-outage"}, Topologies: []string{"shop-monolith", "shop-microservices"},
		Set: []string{"edges.payments.timeout=1s"}}
	loaded := load(t, q)
	if len(loaded) != 6 {
		t.Fatal(len(loaded))
	}
	for _, l := range loaded {
		sum := sha256.Sum256(l.Resolved)
		again := load(t, files{"resolved.yaml": string(l.Resolved)}.query("resolved.yaml"))
		if len(again) != 1 || string(again[0].Resolved) != string(l.Resolved) || again[0].Digest != hex.EncodeToString(sum[:]) {
			t.Errorf("%s on %s\n%s\nagain\n%s", l.Scenario.Name, l.Graph.Topology.Name, l.Resolved, again[0].Resolved)
		}
		if again[0].Graph.Topology.Name != l.Graph.Topology.Name || len(again[0].Graph.Edges) != len(l.Graph.Edges) {
			t.Errorf("another graph: %+v", again[0].Graph)
		}
	}
}

func TestFaultTimes(t *testing.T) {
	for at, want := range map[string]time.Duration{
		"3s": 3 * time.Second, "0s": 0, "warm-up": 0, "steady-2": 5 * time.Second, "warm-up+2s": 2 * time.Second,
		"steady-2-2s": 3 * time.Second, "steady-2+1m": -1, "steady-2 + 1s": 6 * time.Second, "steady-2-": -1, "-2s": -1, "+2s": 2 * time.Second, "": -1,
	} {
		text := scenario + "faults: [{name: f, at: \"" + at + "\", for: 1s, kill: {component: b}}]\n"
		loaded, problems := scenarios.Load(files{"s.yaml": text + sep + topology + sep + application}.query("s.yaml"))
		switch {
		case want < 0 && len(problems) == 1:
		case want < 0 || len(problems) > 0:
			t.Errorf("%q: %v", at, problems)
		case loaded[0].Scenario.Faults[0].At != want:
			t.Errorf("%q: %v", at, loaded[0].Scenario.Faults[0].At)
		}
	}
}

// TestWordsOfOtherTopologies: a node that only another topology has may be meant.
func TestWordsOfOtherTopologies(t *testing.T) {
	text := scenario + `faults: [{name: f, at: 1s, for: 1s, kill: {node: all}}]
checks: [all.cpu < 1]
`
	q := files{"s.yaml": text + sep + topology + sep + single + sep + application}.query("s.yaml")
	refused(t, q, `s.yaml:7:50: fault f: pair has no node "all"`+"\n"+`s.yaml:8:10: there is neither an entry nor a node "all"`)
	q.Topologies = []string{"pair", "single"}
	if loaded := load(t, q); len(loaded) != 2 {
		t.Error(len(loaded))
	}
	q = files{"s.yaml": strings.Replace(text, "node: all", "node: b", 1) + sep + topology + sep + single + sep + application}.query("s.yaml")
	q.Topologies = []string{"single"} // the default has b
	load(t, q)
}

func TestTraceIsFoundBesideTheScenario(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "traces", "a.csv"), "0.1\n0.2\n0.3\n")
	write(t, filepath.Join(dir, "s.yaml"), quietTrace+sep+strings.ReplaceAll(ownPlain, "${port}", "1"))
	l := load(t, scenarios.Query{Scenarios: []string{filepath.Join(dir, "s.yaml")}})[0]
	elsewhere := filepath.Join(t.TempDir(), "resolved.yaml")
	write(t, elsewhere, string(l.Resolved))
	again := load(t, scenarios.Query{Scenarios: []string{elsewhere}})[0]
	if again.Digest != l.Digest {
		t.Errorf("resolved\n%s\nagain\n%s", l.Resolved, again.Resolved)
	}
}

const (
	quietTrace = "scenario: s\ntopology: mine\nphases: [{name: p, for: 1s, load: {trace: traces/a.csv}}]\n"
	ownPlain   = "topology: mine\nsut: {kind: external, url: \"http://127.0.0.1:9\", entries: {home: GET /}}\n"
)
