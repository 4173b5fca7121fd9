package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// newcomers is a caller (desk) whose instances ask a name server for one callee,
// which no entry needs, and are told of the other (courier). The name server is
// stalled from 1 s to 6 s, so that who begins then asks for a whole second.
const newcomers = `
application: newcomers
components:
  desk:    {operations: {order: [{call: courier.ride}], look: [{call: shelf.read}]}}
  courier: {operations: {ride: [{wait: 1ms}]}}
  shelf:   {operations: {read: [{wait: 1ms}]}}
entries: {order: desk.order}
---
topology: newcomers
application: newcomers
nodes:
  desk:    {%s, hosts: [desk]}
  courier: {kind: service, hosts: [courier]}
  shelf:   {kind: service, hosts: [shelf]}
edges: [{to: shelf, discovery: {dns: {ttl: 1s}}}]
---
scenario: newcomers
topology: newcomers
phases: [{name: p, for: 10s, load: {constant: 50/s}}]
faults: [{name: stall, at: 1s, for: 5s, pause: {node: dns}}, %s]
`

// welcomed runs it.
func welcomed(t *testing.T, desk, faults string) *lives {
	t.Helper()
	r := &lives{}
	if err := (&Engine{}).Run(context.Background(), plan(load(t, fmt.Sprintf(newcomers, desk, faults))[0]), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// One that still asks for a callee when another is replaced, of which it is
// told, calls the new one.
func TestANewcomerHearsOfWhatHappensWhileItAsks(t *testing.T) {
	for name, c := range map[string]struct{ desk, faults string }{
		"replaced": {"kind: service", "{name: anew, at: 2s, kill: {node: desk}}, {name: gone, at: 2500ms, kill: {node: courier}}"},
		"scaled": {"kind: service, scaler: {schedule: [{at: 0s, count: 1}, {at: 2s, count: 3}]}",
			"{name: gone, at: 2500ms, kill: {node: courier}}"},
	} {
		t.Run(name, func(t *testing.T) {
			r, asked, failed := welcomed(t, c.desk, c.faults), 0, 0
			for _, e := range r.all {
				if e.Kind == record.InstanceReady && e.Node == "desk" && e.PhasesMS["discovered"] > 500 {
					asked++
				}
			}
			for _, q := range r.requests {
				if q.Cause != policy.OK && q.Intended > 3100*time.Millisecond {
					failed++
				}
			}
			if asked == 0 || failed > 0 {
				t.Errorf("%d instances asked while the callee was replaced, %d requests failed when they had", asked, failed)
			}
		})
	}
}

// lived tells the starts, pauses and ends of a node's instances after the begin.
func (l *lives) lived(node string) string {
	var told []string
	for _, e := range l.all {
		switch e.Kind {
		case record.InstanceStart, record.InstanceReady, record.InstancePaused, record.InstanceStop:
			if e.Node == node && e.At > 0 {
				told = append(told, fmt.Sprintf("%s %s %v", strings.TrimPrefix(e.Kind, "instance-"), e.Instance, e.At))
			}
		}
	}
	return strings.Join(told, ", ")
}

// A fault of a node is done to those, too, that do not serve yet.
func TestFaultsHitNewcomers(t *testing.T) {
	const (
		anew     = "{name: anew, at: 2s, kill: {node: desk}}, "
		service  = "kind: service"
		slow     = "kind: function, init: [{wait: 300ms}], scaler: {schedule: [{at: 0s, count: 1}, {at: 2s, count: 2}]}"
		provided = "kind: function, paused: 1, scaler: {schedule: [{at: 0s, count: 1}, {at: 3s, count: 2}]}"
	)
	for name, c := range map[string]struct{ desk, faults, want string }{
		"killed": {service, anew + "{name: again, at: 2500ms, kill: {node: desk}}",
			"stopped desk-1 2s, started desk-2 2s, stopped desk-2 2.5s, started desk-3 2.55s, ready desk-3 3.55s"},
		"held down for less than it asks": {service, anew + "{name: again, at: 2500ms, for: 200ms, kill: {node: desk}}",
			"stopped desk-1 2s, started desk-2 2s, stopped desk-2 2.5s, started desk-3 2.7s, ready desk-3 3.7s"},
		"another is killed": {service, anew + "{name: again, at: 2500ms, kill: {node: desk, instance: 1}}",
			"stopped desk-1 2s, started desk-2 2s, ready desk-2 3s"},
		"none is replaced": {service, anew + "{name: again, at: 2500ms, for: 2s, kill: {node: desk, instance: 1}}",
			"stopped desk-1 2s, started desk-2 2s, stopped desk-2 3s, started desk-3 4.5s, ready desk-3 5.5s"},
		"paused": {service, anew + "{name: again, at: 2500ms, for: 2s, pause: {node: desk}}",
			"stopped desk-1 2s, started desk-2 2s, ready desk-2 4.5s"},
		"paused while it is initialised": {slow, "{name: again, at: 2100ms, for: 1s, pause: {node: desk}}",
			"started desk-2 2s, ready desk-2 4.1s"},
		"paused in the pool": {provided, "{name: again, at: 2500ms, for: 4s, pause: {node: desk}}",
			"started desk-3 3s, paused desk-3 4s, ready desk-2 6.5s"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := welcomed(t, c.desk, c.faults).lived("desk"); got != c.want {
				t.Errorf("told: %s\nwant: %s", got, c.want)
			}
		})
	}
}
