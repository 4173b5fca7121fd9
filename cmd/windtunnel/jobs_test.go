package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"windtunnel/reports"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/topologies"
)

// Blocks of runs come in pairs, the second backwards; the order follows from
// the seed, and is not that of the topologies for each.
func TestJobsInterleave(t *testing.T) {
	cells := make([]cell, 3)
	for i, name := range []string{"a", "b", "c"} {
		cells[i] = cell{runs: 4, input: scenarios.Loaded{Scenario: &scenarios.Scenario{Name: "s"}, Graph: &topologies.Graph{Topology: &topologies.Topology{Name: name}}}}
	}
	places := func(seed uint64) []int {
		var all []int
		for i, j := range (&batch{flags: runFlags{runs: 4, seed: seed}, cells: cells}).jobs() {
			if j.seed != seed+uint64(i/3) {
				t.Errorf("job %d has seed %d", i, j.seed)
			}
			all = append(all, j.place)
		}
		return all
	}
	first := map[int]bool{}
	for seed := range uint64(20) {
		p := places(seed)
		if len(p) != 12 || p[0] != p[5] || p[1] != p[4] || p[2] != p[3] || p[6] != p[11] || p[7] != p[10] || p[0] == p[1] || p[1] == p[2] {
			t.Errorf("seed %d: %v", seed, p)
		}
		first[p[0]] = true
		for i, place := range places(seed) {
			if place != p[i] {
				t.Errorf("seed %d: another order the second time", seed)
			}
		}
	}
	if len(first) != 3 {
		t.Errorf("only %v ever begin", first)
	}
}

// brief is a scenario that is soon over; mixed, with it, a suite of measured and
// simulated runs, in turns as it is written.
const brief = `
application: small
components: {a: {operations: {do: [{wait: 2ms}]}}}
entries: {do: a.do}
---
topology: one
application: small
nodes: {a: {kind: service, hosts: [a]}}
---
topology: two
application: small
nodes: {a: {kind: service, hosts: [a], replicas: 2}}
---
scenario: brief
topology: one
generator: {max_lateness: 10s, max_steal: 100%}
phases: [{name: p, for: 300ms, load: {constant: 50/s}}]
`

const mixed = brief + `---
suite: mixed
cases:
  - {scenario: brief, topology: one, on: process, runs: 2}
  - {scenario: brief, topology: one, on: sim, runs: 3}
  - {scenario: brief, topology: two, on: process}
  - {scenario: brief, topology: two, on: sim, runs: 3}
`

// What a run leaves first and last tells when it was under way: while a measured
// one was, no other.
func TestMeasuredRunsAreAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mixed.yaml"), []byte(mixed), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("windtunnel", "run", "mixed.yaml")
	c.Dir = dir
	said, err := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); code != exitPass {
		t.Fatalf("%v\n%s", err, said)
	}
	type underWay struct {
		dir        string
		live       bool
		begin, end time.Time
	}
	var runs []underWay
	dirs, err := filepath.Glob(filepath.Join(dir, "runs", "latest", "*", "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	written := func(dir, name string) time.Time {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	measured := 0
	for _, file := range dirs {
		one := filepath.Dir(file)
		loaded, err := record.Load(one)
		if err != nil {
			t.Fatal(err)
		}
		r := underWay{filepath.Base(one), loaded.Identity.Engine == record.Live, written(one, "identity.json"), written(one, "run.json")}
		runs = append(runs, r)
		if r.live {
			measured++
		}
	}
	if len(runs) != 9 || measured != 3 {
		t.Fatalf("%d runs, %d of them measured", len(runs), measured)
	}
	slices.SortFunc(runs, func(a, b underWay) int { return a.begin.Compare(b.begin) })
	for i, r := range runs {
		for _, other := range runs[:i] {
			if (r.live || other.live) && r.begin.Before(other.end) {
				t.Errorf("%s (measured: %v) began %v before %s (measured: %v) was over", r.dir, r.live, other.end.Sub(r.begin), other.dir, other.live)
			}
		}
	}
}

// meeting is a standard error at which those who say that they are about to end
// wait for one another.
type meeting struct {
	mu     sync.Mutex
	wanted int
	there  chan struct{} // closed once so many have come
	come   int
	alone  int // how many waited in vain
}

func (m *meeting) Write(text []byte) (int, error) {
	if !strings.Contains(string(text), " simulated in ") {
		return len(text), nil
	}
	m.mu.Lock()
	if m.come++; m.come == m.wanted {
		close(m.there)
	}
	m.mu.Unlock()
	select {
	case <-m.there:
	case <-time.After(time.Minute):
		m.mu.Lock()
		m.alone++
		m.mu.Unlock()
	}
	return len(text), nil
}

// Simulated runs go on at once, as many as there are cores: each is held up until
// so many are under way.
func TestSimulatedRunsGoTogether(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "brief.yaml")
	if err := os.WriteFile(file, []byte(brief), 0o644); err != nil {
		t.Fatal(err)
	}
	ends := &meeting{wanted: allPlaces(), there: make(chan struct{})}
	a := &app{stderr: ends, env: func(string) (string, bool) { return "", false }}
	f := runFlags{runs: 2 * allPlaces(), seed: 1, on: "sim", out: filepath.Join(dir, "runs")}
	f.progress = showPlain
	b, err := a.newBatch([]string{file}, f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := a.watch(context.Background(), f.progressFlags)
	if err != nil {
		t.Fatal(err)
	}
	defer a.watched().close()
	for done := range a.executed(ctx, b) {
		if done.err != nil || done.analysis == nil || done.analysis.Verdict != reports.Pass {
			t.Errorf("%s: %v", done.job.title, done.err)
		}
	}
	if ends.come != f.runs || ends.alone > 0 {
		t.Errorf("%d runs ended, want %d, of which %d were alone", ends.come, f.runs, ends.alone)
	}
}
