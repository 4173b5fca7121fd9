package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"windtunnel/runner/backend/docker"
	"windtunnel/runner/record"
)

// shorter makes a shipped scenario short enough for a test: what is tested is
// that it runs, and that what must hold on any machine does.
var shorter = map[string][]string{
	"steady": {"phases.warm-up.for=500ms", "phases.steady.for=2s"},
	"spike": {"phases.warm-up.for=500ms", "phases.rush.for=3s", "phases.rush.load.spike.at=500ms",
		"phases.rush.load.spike.for=1s", "phases.later.for=1s"},
	"payments-outage": {"phases.warm-up.for=500ms", "phases.steady.for=6s",
		"faults.payments-down.at=steady+1s", "faults.payments-down.for=1500ms",
		"checks.6=checkout.recovery.time <= 300ms @after(payments-down)"}, // no longer than is watched
}

// TestCatalogueRuns runs every shipped scenario on every shipped topology.
func TestCatalogueRuns(t *testing.T) {
	for _, scenario := range names("scenarios") {
		if _, ok := shorter[scenario]; !ok {
			t.Errorf("no test runs the shipped scenario %s: say in `shorter` how", scenario)
		}
	}
	for scenario, set := range shorter {
		for _, topology := range names("topologies") {
			t.Run(scenario+"/"+topology, func(t *testing.T) { runShipped(t, scenario, topology, "process", set) })
		}
	}
}

// TestCatalogueRunsOnDocker runs the outage in containers.
func TestCatalogueRunsOnDocker(t *testing.T) {
	if _, err := docker.Available(context.Background()); err != nil {
		requireOrSkip(t, "docker", err)
	}
	for _, topology := range names("topologies") {
		t.Run(topology, func(t *testing.T) {
			runShipped(t, "payments-outage", topology, "docker", shorter["payments-outage"])
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

func runShipped(t *testing.T, scenario, topology, on string, set []string) {
	out := t.TempDir()
	args := []string{"run", scenario, "-t", topology, "--on", on, "--out", out, "--set", "generator.max_lateness=30s"}
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
