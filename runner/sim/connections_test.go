package sim

import (
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/topologies/policy"
)

const fewConnections = `
application: a
components: {a: {operations: {ask: [{wait: 10ms}]}}}
entries: {ask: a.ask}
---
topology: t
application: a
nodes: {a: {kind: service, hosts: [a]}}
---
scenario: s
topology: t
generator: {timeout: TIMEOUT, max_connections: 2}
phases: [{name: steady, for: 200ms, load: {constant: 400/s}}]
`

// Two connections are two servers of a queue that is the generator's own.
func TestConnectionsAreBounded(t *testing.T) {
	r := perfect(t, strings.Replace(fewConnections, "TIMEOUT", "10s", 1))
	free := [2]time.Duration{}
	for n, q := range r.requests {
		began := max(q.Intended, free[n%2]) // constant service: they take turns
		free[n%2] = began + 10*time.Millisecond
		if q.Done != free[n%2] || q.Cause != policy.OK || q.Sent != q.Intended {
			t.Fatalf("request %d, meant for %s, ended %s with %q, want %s", n, q.Intended, q.Done, q.Cause, free[n%2])
		}
	}
	if len(r.requests) != 80 {
		t.Errorf("%d requests, want 80", len(r.requests))
	}
}

// Time spent waiting for a connection counts in the timeout, and who times out
// on one makes room for the next.
func TestWaitingForAConnectionTimesOut(t *testing.T) {
	const timeout = 15 * time.Millisecond
	r := perfect(t, strings.Replace(fewConnections, "TIMEOUT", timeout.String(), 1))
	free, reach := [2]time.Duration{}, 0
	for n, q := range r.requests {
		first := 0
		if free[1] < free[0] {
			first = 1
		}
		began, cause, done := max(q.Intended, free[first]), policy.Timeout, q.Intended+timeout
		if began <= done {
			reach++
			if served := began + 10*time.Millisecond; served <= done {
				cause, done = policy.OK, served
			}
			free[first] = done
		}
		if q.Cause != cause || q.Done != done {
			t.Errorf("request %d, meant for %s, ended %s with %q, want %s with %q", n, q.Intended, q.Done, q.Cause, done, cause)
		}
	}
	reached := 0
	for _, s := range r.nodes {
		reached += int(s.Served) + s.InFlight
	}
	if reached != reach {
		t.Errorf("%d of %d reached the node, want %d", reached, len(r.requests), reach)
	}
}

// perfect runs a plan where nothing costs anything.
func perfect(t *testing.T, text string) *recording {
	t.Helper()
	l := load(t, text)[0]
	r := &recording{}
	if err := (&Engine{}).Run(t.Context(), runner.NewPlan("x", l.Scenario, l.Graph, 1, 1), r); err != nil {
		t.Fatal(err)
	}
	r.sort()
	return r
}
