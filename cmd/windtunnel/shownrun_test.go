package main

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"windtunnel/cmd/windtunnel/follow"
)

const longDay = `
application: day
components: {web: {operations: {ask: [{wait: 20ms}]}}}
entries: {ask: web.ask}
---
topology: day
application: day
nodes: {web: {kind: service, hosts: [web], replicas: 48}}
---
scenario: day
topology: day
phases: [{name: all-day, for: 2h, load: {constant: 10/s}}]
`

// Who follows a simulation, which is far ahead by the time that a second is
// looked at, misses nothing of it: neither visitors nor what nodes tell, here
// every two seconds only. What was dropped is said.
func TestASimulationIsFollowed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "day.yaml")
	if err := os.WriteFile(file, []byte(longDay), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("windtunnel", "run", file, "--on", "sim", "--progress", "none", "--progress-file", filepath.Join(dir, "lines"), "--out", filepath.Join(dir, "runs"))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines, err := os.Open(filepath.Join(dir, "lines"))
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	const offered = 2 * 3600 * 10
	asked, served, untimed, dropped := 0.0, 0.0, 0, uint64(0)
	for s := bufio.NewScanner(lines); s.Scan(); {
		var line follow.JSONLine
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Second == nil {
			continue
		}
		node := line.Second.Nodes[0]
		asked += line.Second.Entries[0].Rate
		served += node.Rate
		dropped = line.Second.Dropped
		if node.P50 == nil && node.Rate > 0 {
			untimed++
		}
	}
	if dropped > 0 {
		t.Logf("%d are dropped: this machine is slow today", dropped)
	} else if asked != offered || math.Round(served) != offered || untimed > 0 {
		t.Errorf("%v requests are told of, %v at the node, and of %d seconds no latencies; want %d", asked, served, untimed, offered)
	}
}
