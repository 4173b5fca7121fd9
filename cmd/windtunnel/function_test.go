package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"windtunnel/runner/backend/docker"
	"windtunnel/runner/record"
)

// twoAtOnce is a function that two requests come to at once, and nobody later.
const twoAtOnce = `
application: lone
components: {unit: {operations: {run: [{wait: 3s}]}}}
entries: {run: unit.run}
---
topology: lone
application: lone
nodes: {unit: {kind: function, hosts: [unit], paused: PAUSED, scaler: {lambda: {keep_alive: 1s}}}}
---
scenario: lone
topology: lone
generator: {max_lateness: 10s, max_steal: 100%}
phases:
  - {name: burst, for: 100ms, load: {constant: 20/s}}
  - {name: after, for: 12s, load: {constant: 0/s}}
`

// TestAFunctionFromZeroToTwoAndBack on both backends, with cold starts and with
// frozen instances that are woken.
func TestAFunctionFromZeroToTwoAndBack(t *testing.T) {
	for _, g := range grounds() {
		for paused, part := range map[string]string{"0": "created", "2": "woken"} {
			t.Run(g.name+", paused "+paused, func(t *testing.T) {
				if g.name == "docker" {
					if _, err := docker.Available(context.Background()); err != nil {
						requireOrSkip(t, "docker", err)
					}
				}
				dir := t.TempDir()
				file := filepath.Join(dir, "lone.yaml")
				if err := os.WriteFile(file, []byte(strings.Replace(twoAtOnce, "PAUSED", paused, 1)), 0o644); err != nil {
					t.Fatal(err)
				}
				var stdout, stderr bytes.Buffer
				if code := run(t.Context(), []string{"run", file, "--on", g.name, "--out", dir}, strings.NewReader(""), &stdout, &stderr); code != exitPass {
					t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
				}
				recorded, err := record.Load(filepath.Join(dir, "latest"))
				if err != nil || recorded.Partial {
					t.Fatalf("%v, damage %q", err, recorded.Damage)
				}
				if len(recorded.Bills) != 1 || recorded.Bills[0].Invocations != 2 || recorded.Bills[0].Failed != 0 || recorded.Bills[0].Cold != 2 {
					t.Errorf("billed %+v", recorded.Bills)
				}
				served, retired := 0, 0
				for _, e := range recorded.Events {
					switch {
					case e.Node != "unit":
					case e.Kind == record.InstanceReady && e.PhasesMS[part] > 0:
						t.Logf("%s: %v", e.Instance, e.PhasesMS)
						served++
					case e.Kind == record.InstanceStop && e.Reason == "retired":
						retired++
					}
				}
				if served != 2 || retired != 2 || len(recorded.Fleets) != 1 || recorded.Fleets[0].Peak != 2 {
					t.Errorf("%d served, %d retired, fleets %+v", served, retired, recorded.Fleets)
				}
				if left := g.left(t, []string{recorded.Identity.Run}); len(left) > 0 {
					t.Errorf("left: %v", left)
				}
			})
		}
	}
}
