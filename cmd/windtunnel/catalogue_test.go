package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"windtunnel/runner/backend/docker"
	"windtunnel/runner/record"
	scenariocatalog "windtunnel/scenarios/catalog"
)

// shorter makes a shipped scenario short enough for a test: what is tested is
// that it runs, and that what must hold on any machine does.
var shorter = map[string][]string{
	"steady": {"phases.warm-up.for=500ms", "phases.steady.for=2s"},
	"load":   {"phases.warm-up.for=500ms", "phases.steady.for=2s"},
	"spike": {"phases.warm-up.for=500ms", "phases.rush.for=3s", "phases.rush.load.spike.at=500ms",
		"phases.rush.load.spike.for=1s", "phases.later.for=1s"},
	"trace-day": {"phases.warm-up.for=500ms", "phases.day.for=3s", "phases.day.load.trace.from=19h"},
	"payments-outage": {"phases.warm-up.for=500ms", "phases.steady.for=6s",
		"faults.payments-down.at=steady+1s", "faults.payments-down.for=1500ms",
		"checks.6=checkout.recovery.time <= 300ms @after(payments-down)"}, // no longer than is watched
	"cold-burst": {"phases.quiet.for=500ms", "phases.burst.for=3s", "phases.burst.load.spike.at=200ms",
		"phases.burst.load.spike.for=1s", "phases.later.for=1s"},
	"sporadic": {"phases.first.for=500ms", "phases.day.for=3s", "phases.day.load.poisson=20/s"},
	"diurnal":  {"phases.night.for=500ms", "phases.day.for=3s"},
}

// TestCatalogueRuns runs every shipped scenario on every shipped topology: all
// of them simulated, and on processes each topology in the outage, and every
// other scenario where it runs by default.
func TestCatalogueRuns(t *testing.T) {
	for _, scenario := range names("scenarios") {
		if _, ok := shorter[scenario]; !ok {
			t.Errorf("no test runs the shipped scenario %s: say in `shorter` how", scenario)
		}
	}
	for scenario, set := range shorter {
		t.Run(scenario, func(t *testing.T) {
			if scenario != "payments-outage" {
				runShipped(t, scenario, "", "process", set)
			}
		})
		for _, topology := range names("topologies") {
			t.Run(scenario+"/"+topology, func(t *testing.T) {
				runShipped(t, scenario, topology, "sim", set)
				if scenario == "payments-outage" {
					runShipped(t, scenario, topology, "process", set)
				}
			})
		}
	}
}

// TestExperiments simulates every shipped experiment on each of its topologies,
// at full length: what it says that the pattern gives, and what harm is done
// without, must be seen. A seed is one case, so several are taken.
func TestExperiments(t *testing.T) {
	for _, name := range scenariocatalog.Names(scenariocatalog.Experiments) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for topology, v := range verdicts(t, name, "sim", 2) {
				if v.passed < v.runs {
					t.Errorf("on %s %d of %d runs passed: %s", topology, v.passed, v.runs, strings.Join(v.reasons, "; "))
				}
			}
		})
	}
}

// TestSoakExperiments runs every shipped experiment on processes, on each of its
// topologies ten times. Two of them at once keep two cores busy, as a user's
// other work may, and nine runs of ten must end with their checks passed.
func TestSoakExperiments(t *testing.T) {
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("a long campaign; make soak runs it")
	}
	for _, name := range scenariocatalog.Names(scenariocatalog.Experiments) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for topology, v := range verdicts(t, name, "process", 10) {
				t.Logf("%s on %s: %d of %d runs passed; %s", name, topology, v.passed, v.runs, strings.Join(v.reasons, "; "))
				if 10*v.passed < 9*v.runs {
					t.Errorf("%s on %s passed in %d of %d runs", name, topology, v.passed, v.runs)
				}
			}
		})
	}
}

// passed counts the runs on one topology.
type passed struct {
	runs, passed int
	reasons      []string // why those that did not pass did not
}

// verdicts runs an experiment on all of its topologies, and counts by topology.
func verdicts(t *testing.T, experiment, on string, runs int) map[string]*passed {
	t.Helper()
	out := t.TempDir()
	args := []string{"run", experiment, "--on", on, "--runs", strconv.Itoa(runs), "--out", out}
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != exitPass && code != exitFail && code != exitInconclusive {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	dirs, err := filepath.Glob(filepath.Join(out, "*-*", "run.json")) // not latest
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d runs, %v", len(dirs), err)
	}
	all := map[string]*passed{}
	for _, dir := range dirs {
		text, err := os.ReadFile(dir)
		if err != nil {
			t.Fatal(err)
		}
		var one struct {
			Topology, Verdict string
			Reasons           []string
		}
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatal(err)
		}
		v := all[one.Topology]
		if v == nil {
			v = &passed{}
			all[one.Topology] = v
		}
		if v.runs++; one.Verdict == "pass" {
			v.passed++
		} else {
			v.reasons = append(v.reasons, one.Verdict+": "+strings.Join(one.Reasons, ", "))
		}
	}
	for topology, v := range all {
		if v.runs != runs {
			t.Errorf("%s: %d runs of %d", topology, v.runs, runs)
		}
	}
	return all
}

// gentle is a load at which functions begin in containers on a small machine:
// at the catalogue's own there are dozens of cold starts at once. The warm-up is
// long enough for those that a chain of functions needs.
var gentle = []string{"phases.warm-up.for=10s", "phases.warm-up.load.constant=4/s", "phases.steady.load.poisson=10/s"}

// TestCatalogueRunsOnDocker runs the outage in containers.
func TestCatalogueRunsOnDocker(t *testing.T) {
	if _, err := docker.Available(context.Background()); err != nil {
		requireOrSkip(t, "docker", err)
	}
	for _, topology := range names("topologies") {
		t.Run(topology, func(t *testing.T) {
			runShipped(t, "payments-outage", topology, "docker", slices.Concat(shorter["payments-outage"], gentle))
		})
	}
}

func names(shelf string) []string {
	var found []string
	for _, s := range shelves() {
		for _, thing := range s.things {
			if s.name == shelf {
				found = append(found, thing.name)
			}
		}
	}
	return found
}

// runShipped runs a scenario on a topology, on its own where none is given, and
// sees that every entry had an answer.
func runShipped(t *testing.T, scenario, topology, on string, set []string) {
	out := t.TempDir()
	args := []string{"run", scenario, "--on", on, "--out", out, "--set", "generator.max_lateness=30s", "--set", "generator.max_steal=100%", "--timeout", "5m"}
	if topology != "" {
		args = append(args, "-t", topology)
	}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	var stdout, stderr bytes.Buffer
	code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)
	// A check may fail: the monolith's are meant to, and a busy machine is slow.
	if code != exitPass && code != exitFail {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	recorded, err := record.Load(out + "/latest")
	if err != nil {
		t.Fatal(err)
	}
	ok := map[string]int{}
	for r, err := range recorded.Requests() {
		if err != nil {
			t.Fatal(err)
		}
		if r.Cause == "" {
			ok[r.Entry]++
		}
	}
	for _, entry := range recorded.Identity.Entries {
		if ok[entry] == 0 {
			t.Errorf("no request to %s succeeded\n%s", entry, &stdout)
		}
	}
}

// requireOrSkip skips a test that lacks something, with the reason, or fails it
// where WINDTUNNEL_REQUIRE names what it lacks.
func requireOrSkip(t *testing.T, what string, why error) {
	t.Helper()
	if strings.Contains(os.Getenv("WINDTUNNEL_REQUIRE"), what) {
		t.Fatalf("%s is required: %v", what, why)
	}
	t.Skipf("%s is not to be had: %v", what, why)
}
