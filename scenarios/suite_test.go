package scenarios_test

import (
	"strings"
	"testing"

	"windtunnel/scenarios"
)

const inner = `
---
scenario: one
topology: flat
params: {rate: 10/s}
phases: [{name: p, for: 2s, load: {constant: "${rate}"}}]
---
topology: flat
application: app
nodes: {a: {kind: service, hosts: [a]}}
---
application: app
components: {a: {operations: {do: [{wait: 1ms}]}}}
entries: {do: a.do}
`

func loadSuite(t *testing.T, q scenarios.Query) *scenarios.LoadedSuite {
	t.Helper()
	s, problems := scenarios.LoadSuite(q)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSuiteCells: settings, checks and repetitions reach the runs that they are for.
func TestSuiteCells(t *testing.T) {
	q := files{"s.yaml": `suite: nightly
params: {twice: 2}
on: sim
runs: "${twice}"
scenarios: [one]
matrix: {rate: [1/s, 2/s]}
set: [nodes.a.concurrency=7]
checks: [total.errors.rate < 1%]
cases: [{scenario: one, params: {rate: 3/s}, set: [nodes.a.concurrency=9], checks: [do.latency.p99 < 5ms], on: process, runs: 5}]
` + inner}.query("s.yaml")
	q.Set, q.Checks = []string{"phases.p.for=4s"}, []string{"do.latency.p50 < 5ms"}
	q.Params = map[string][]string{"twice": {"3"}}
	s := loadSuite(t, q)
	if s.Name != "nightly" || s.Seed != 1 || len(s.Cells) != 3 {
		t.Fatalf("%+v", s)
	}
	for i, want := range []struct {
		rate, concurrency, on string
		runs, checks          int
	}{{"1/s", "7", "sim", 3, 2}, {"2/s", "7", "sim", 3, 2}, {"3/s", "9", "process", 5, 3}} {
		c := s.Cells[i]
		if c.Params["rate"] != want.rate || c.On != want.on || c.Runs != want.runs || len(c.Scenario.Checks) != want.checks {
			t.Errorf("cell %d: %v on %s, %d runs, %d checks", i, c.Params, c.On, c.Runs, len(c.Scenario.Checks))
		}
		if !strings.Contains(string(c.Resolved), "concurrency: "+want.concurrency) || !strings.Contains(string(c.Resolved), "for: 4s") {
			t.Errorf("cell %d runs\n%s", i, c.Resolved)
		}
		if own := strings.Join(c.Set, " "); (i == 2) != (own == "nodes.a.concurrency=9") {
			t.Errorf("cell %d has settings %q of its own", i, own)
		}
	}
}

// TestSuiteFiles: files are relative to the suite, and names are found beside it.
func TestSuiteFiles(t *testing.T) {
	scenario, rest, _ := strings.Cut(strings.TrimPrefix(inner, "\n---\n"), "---\n")
	set := files{
		"ci/s.yaml": "suite: s\nscenarios: [../load/one.yaml]\ntopologies: [flat]\n", "load/one.yaml": scenario, "ci/flat.yaml": rest,
	}
	if s := loadSuite(t, set.query("ci/s.yaml")); len(s.Cells) != 1 {
		t.Errorf("%d cells", len(s.Cells))
	}
	set["ci/s.yaml"] = "suite: s\ncases: [{scenario: ../load/on.yaml, topology: flat}]\n"
	_, problems := scenarios.LoadSuite(set.query("ci/s.yaml"))
	if got, want := problems.Error(), `ci/s.yaml:2:20: there is no file load/on.yaml: did you mean "load/one.yaml"?`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSuiteQuery: what a command may not say of a suite.
func TestSuiteQuery(t *testing.T) {
	set := files{"s.yaml": "suite: s\nscenarios: [one]\n" + inner, "t.yaml": "suite: t\nscenarios: [one]\n---\nsuite: u\nscenarios: [one]\n" + inner}
	for _, c := range []struct {
		change func(*scenarios.Query)
		want   string
	}{
		{func(q *scenarios.Query) { q.Topologies = []string{"flat"} }, "-t flat: a suite says itself"},
		{func(q *scenarios.Query) { q.Params = map[string][]string{"rate": {"5/s"}} }, `--param rate: suite s declares no parameter "rate"`},
		{func(q *scenarios.Query) { q.Scenarios = []string{"s.yaml", "steady"} }, "a suite is run alone"},
		{func(q *scenarios.Query) { q.Scenarios = []string{"t.yaml"} }, "t.yaml:4:8: a second suite"},
		{func(q *scenarios.Query) { q.Set = []string{"runs=5"} }, `no document has "runs" at its top`},
	} {
		q := set.query("s.yaml")
		c.change(&q)
		if !scenarios.NamesSuite(q) {
			t.Errorf("%v names no suite", q.Scenarios)
		}
		if _, problems := scenarios.LoadSuite(q); !strings.Contains(problems.Error(), c.want) {
			t.Errorf("got\n%s\nwant %s", problems, c.want)
		}
	}
	_, problems := scenarios.Load(set.query("s.yaml"))
	if len(problems) > 0 { // it holds a scenario too
		t.Error(problems)
	}
	_, problems = scenarios.Load(scenarios.Query{Scenarios: []string{"smoke"}})
	if !strings.Contains(problems.Error(), "this is a suite, which `windtunnel run` runs alone") {
		t.Errorf("%v", problems)
	}
}
