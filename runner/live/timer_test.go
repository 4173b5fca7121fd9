package live

import (
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

const timed = `
application: timed
components: {unit: {operations: {ask: [{wait: 1ms}], tidy: [{wait: 3ms}]}}}
entries: {ask: unit.ask}
schedules: {tick: {every: 100ms, first: 50ms, ask: unit.tidy}}
---
topology: timed
application: timed
nodes:
  door:   {kind: gateway}
  spread: {kind: balancer, to: unit}
  unit:   {kind: service, hosts: [unit], replicas: 2}
---
scenario: timed
phases:
  - {name: open, for: 1s, load: {poisson: 100/s}}
  - {name: closed, for: 500ms, load: {closed: {users: 2, think: 20ms}}}
`

// TestTimersAskTheirNode: what the platform asks comes at its instants, past the
// gateway and through the balancer, and is what the plan's schedule says.
func TestTimersAskTheirNode(t *testing.T) {
	t.Parallel()
	one := loadYAML(t, timed)[0]
	m := driveOn(t, one, 11)
	requests := map[uint64]record.Request{}
	ticks := 0
	for _, r := range m.bySeq() {
		requests[r.Seq] = r
		if r.Entry != "tick" {
			continue
		}
		ticks++
		phase := "open"
		if r.Intended >= time.Second {
			phase = "closed"
		}
		if r.Cause != policy.OK || r.Path != "spread>unit" || r.Phase != phase || r.Latency() < 3*time.Millisecond {
			t.Errorf("request %+v", r)
		}
	}
	if ticks != 15 {
		t.Errorf("the timer asked %d times, want 15", ticks)
	}
	schedule := runner.NewPlan("x", one.Scenario, one.Graph, 11, 1).Schedule()
	for a := range schedule.All() {
		r, ok := requests[a.Seq]
		if !ok || r.Intended != a.At || a.Entry != "" && r.Entry != a.Entry {
			t.Errorf("the schedule says %+v, the record %+v", a, r)
		}
	}
	if served := m.total("unit.tidy"); served.Count != 15 {
		t.Errorf("unit.tidy was asked %d times", served.Count)
	}
}
