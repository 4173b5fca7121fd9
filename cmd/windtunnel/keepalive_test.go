package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"windtunnel/runner/record"
)

// kept is a function under Poisson arrivals and exponential service, of which idle
// instances end after a keep-alive.
const kept = `
application: kept
components: {unit: {operations: {run: [{wait: {exponential: 100ms}}]}}}
entries: {run: unit.run}
---
topology: kept
application: kept
nodes: {unit: {kind: function, hosts: [unit], scaler: {lambda: {keep_alive: 1s}}}}
---
scenario: kept
topology: kept
generator: {max_lateness: 10s, max_steal: 100%%}
phases: [{name: steady, for: 20s, load: {poisson: %d/s}}]
`

// warmth is what keeping instances alive came to in one run.
type warmth struct {
	requests, cold  int
	instances, idle float64 // mean numbers, of those that serve or could
}

func warmthOf(t *testing.T, dir string) warmth {
	t.Helper()
	r, err := record.Load(dir)
	if err != nil || r.Partial || len(r.Bills) != 1 || len(r.Fleets) != 1 {
		t.Fatalf("%v, damage %q, bills %+v, fleets %+v", err, r.Damage, r.Bills, r.Fleets)
	}
	const length = 20 // seconds
	bill, fleet := r.Bills[0], r.Fleets[0]
	return warmth{requests: int(bill.Invocations), cold: int(bill.Cold),
		instances: fleet.Ready.Seconds() / length, idle: (fleet.Ready - bill.Duration).Seconds() / length}
}

// TestKeepAliveLiveAndSimulated: at three rates of arrival the live platform and
// the simulated one come to the same share of cold requests and to as many
// instances, idle ones among them. Both draw the same arrivals and services from
// a seed, so that they may differ by what starts and this machine cost alone;
// starts the simulator has from a calibration by the live run.
func TestKeepAliveLiveAndSimulated(t *testing.T) {
	for _, rate := range []int{2, 8, 20} {
		t.Run(fmt.Sprintf("%d per second", rate), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, fit := filepath.Join(dir, "kept.yaml"), filepath.Join(dir, "fit.json")
			if err := os.WriteFile(file, fmt.Appendf(nil, kept, rate), 0o644); err != nil {
				t.Fatal(err)
			}
			tunnel := func(args ...string) {
				t.Helper()
				var out bytes.Buffer
				if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != exitPass {
					t.Fatalf("%q exits %d\n%s", args, code, &out)
				}
			}
			tunnel("run", file, "--on", "process", "--out", filepath.Join(dir, "live"))
			tunnel("calibrate", filepath.Join(dir, "live", "latest"), "-o", fit)
			tunnel("run", file, "--on", "sim", "--calibration", fit, "--out", filepath.Join(dir, "sim"))
			live, sim := warmthOf(t, filepath.Join(dir, "live", "latest")), warmthOf(t, filepath.Join(dir, "sim", "latest"))
			t.Logf("live %+v, simulated %+v", live, sim)
			if live.requests != sim.requests {
				t.Errorf("%d requests live, %d simulated", live.requests, sim.requests)
			}
			// That two starts are drawn other than they were moves a few requests
			// between warm and cold: as far as chance moves a count.
			if off := math.Abs(float64(live.cold - sim.cold)); off > 2*math.Sqrt(float64(live.cold+sim.cold)) {
				t.Errorf("%d requests were cold live, %d simulated", live.cold, sim.cold)
			}
			if math.Abs(live.instances-sim.instances) > 0.1*sim.instances || math.Abs(live.idle-sim.idle) > 0.15*sim.idle {
				t.Errorf("%.2f instances and %.2f idle live, %.2f and %.2f simulated", live.instances, live.idle, sim.instances, sim.idle)
			}
		})
	}
}
