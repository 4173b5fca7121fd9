package scenarios_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"windtunnel/scenarios"
)

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzLoad: no text makes the loader panic, every problem has a place, and what
// loads runs again as it was resolved.
func FuzzLoad(f *testing.F) {
	inputs, err := filepath.Glob(inputs + "/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range inputs {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 5000 {
			f.Add(string(text), "nodes.a.replicas=2", "5")
		}
	}
	f.Add(scenario+sep+topology+sep+application, "phases.0.for=3s", "7/s")
	f.Add(quiet+sep+own, "sut.entries.home=GET /x", "9001")
	f.Add(scenario+"faults: [{name: f, at: steady-2+1s, for: 1s, kill: {component: b}}]\nchecks: [one.latency.p99 < 5ms @during(f)]\n"+
		sep+topology+"  g: {kind: breaker, to: b}\nedges: [{to: b, retry: {budget: 5%}, timeout: 1s}]\n"+sep+application, "edges.b.breaker={failures: 5}", "x")
	f.Fuzz(func(t *testing.T, text, set, param string) {
		if strings.Contains(text, "trace") || strings.Contains(text, "ca:") {
			return // these read files of the machine
		}
		q := files{"s.yaml": text, "bodies/order.json": "{}"}.query("s.yaml")
		q.Set = []string{set}
		q.Params = map[string][]string{"rate": {param}, "port": {param}, "copies": {param}}
		for _, p := range scenarios.Validate(q) {
			if p.Pos.File == "" || p.Message == "" {
				t.Errorf("no place or no message: %+v", p)
			}
		}
		loaded, _ := scenarios.Load(q)
		if len(loaded) == 0 {
			loaded, _ = scenarios.Load(files{"s.yaml": text, "bodies/order.json": "{}"}.query("s.yaml"))
		}
		for _, l := range loaded {
			again, problems := scenarios.Load(files{"r.yaml": string(l.Resolved)}.query("r.yaml"))
			if len(again) != 1 || again[0].Digest != l.Digest {
				t.Fatalf("%v\n%s", problems, l.Resolved)
			}
		}
	})
}
