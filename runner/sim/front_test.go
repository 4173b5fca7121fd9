package sim

import (
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

// A wait for an instance that ends while the front is paused ends with the pause.
func TestAWaitEndsWithThePauseOfItsFront(t *testing.T) {
	const text = `
application: lone
components: {unit: {operations: {run: [{wait: 1ms}]}}}
entries: {run: unit.run}
---
topology: lone
application: lone
nodes: {unit: {kind: function, hosts: [unit], queue_timeout: 500ms, init: [{wait: 10s}], scaler: {lambda: {keep_alive: 60s}}}}
---
scenario: lone
topology: lone
phases: [{name: p, for: 1s, load: {constant: 1/s}}]
faults: [{name: stall, at: 700ms, for: 2s, pause: {node: unit-front}}]
`
	r := simulate(t, load(t, text)[0], Costs{}, 1)
	if r.requests != 1 || r.byCause[policy.RejectedQueue] != 1 || r.latencies[0] != 2200*time.Millisecond {
		t.Errorf("%d requests, %v, %v; want one to be turned away when the pause is over", r.requests, r.byCause, r.latencies)
	}
}
