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

// found is a caller of three instances, which are found in some way, and a fault.
const found = `
application: found
components:
  desk:    {operations: {order: [{call: courier.ride}]}}
  courier: {operations: {ride: [{wait: 1ms}]}}
entries: {order: desk.order}
---
topology: found
application: found
nodes:
  desk:    {kind: service, hosts: [desk]}
  courier: {kind: service, hosts: [courier], replicas: 3}
  %s
edges: [{to: courier, discovery: %s}]
---
scenario: found
topology: found
phases: [{name: p, for: 30s, load: {constant: 30/s}}]
faults: [%s]
`

const names = `names: {kind: registry, ttl: 3s, heartbeat: 1s}`

// carriedOut runs it, and returns the failures by second of the intended time.
func carriedOut(t *testing.T, nodes, discovery, faults string) (failed map[int]int, r *recording) {
	t.Helper()
	l := load(t, fmt.Sprintf(found, nodes, discovery, faults))[0]
	r = &recording{}
	if err := (&Engine{}).Run(context.Background(), plan(l), r); err != nil {
		t.Fatal(err)
	}
	failed = map[int]int{}
	for _, q := range r.requests {
		if q.Cause != policy.OK {
			failed[int(q.Intended/time.Second)]++
		}
	}
	return failed, r
}

// Until when a dead instance is asked follows from how callers find instances:
// a third of the requests fails from its end, in second 11, until then.
func TestHowLongADeadInstanceIsAsked(t *testing.T) {
	const crash = `{name: crash, at: 11s, for: 15s, kill: {node: courier, instance: 2}}`
	for _, c := range []struct {
		name, nodes, discovery string
		last                   int // second in which a request fails
	}{
		{"told when it is replaced", "", "platform", 25},
		{"never", "", "static", 29},
		{"until the TTL has run out", "", "{dns: {ttl: 7s}}", 13},
		{"until its lease has ended", names, "{registry: names}", 12}, // the last heartbeat was at 10 s
		{"until the next poll", names, "{registry: {node: names, poll: 9s}}", 17},
	} {
		t.Run(c.name, func(t *testing.T) {
			failed, r := carriedOut(t, c.nodes, c.discovery, crash)
			first, last, total := 99, 0, 0
			for second, n := range failed {
				first, last, total = min(first, second), max(last, second), total+n
			}
			if first != 11 || last != c.last {
				t.Errorf("requests fail from second %d to %d, want 11 to %d", first, last, c.last)
			}
			if want := 10 * (c.last - 10); total < want-25 || total > want+5 {
				t.Errorf("%d fail, want about a third of %d s", total, c.last-10)
			}
			attempts, all := uint64(0), uint64(0)
			for _, e := range r.edges {
				if e.To != "courier" {
					continue
				}
				all += e.Attempts
				for _, s := range e.Targets {
					attempts += s.Attempts
				}
			}
			if attempts != all || all != 900 {
				t.Errorf("%d attempts by instance, %d in all", attempts, all)
			}
		})
	}
}

// A registry that is away takes nobody with it.
func TestCallersKeepTheirViewWhileTheRegistryIsAway(t *testing.T) {
	for name, fault := range map[string]string{
		"paused": `{name: away, at: 5s, for: 10s, pause: {node: names}}`,
		"dead":   `{name: away, at: 5s, for: 10s, kill: {node: names}}`,
		"parted": `{name: away, at: 5s, for: 10s, fail: {edge: {from: desk, to: names}}}`,
	} {
		for _, discovery := range []string{"{registry: names}", "{registry: {node: names, poll: 1s}}"} {
			failed, r := carriedOut(t, names, discovery, fault)
			if len(failed) > 0 {
				t.Errorf("%s, %s: requests fail in the seconds %v", name, discovery, failed)
			}
			oldest := time.Duration(0)
			for _, e := range r.edges {
				oldest = max(oldest, e.ViewAge)
			}
			if oldest < 9*time.Second || oldest > 15*time.Second {
				t.Errorf("%s, %s: the view was up to %v old", name, discovery, oldest)
			}
			var told []string
			for _, e := range r.events {
				if e.Name == "discovery" {
					told = append(told, e.From+">"+e.To)
				}
			}
			if strings.Join(told, " ") != "fresh>stale stale>fresh" {
				t.Errorf("%s, %s: the caller told %v", name, discovery, told)
			}
		}
	}
}

// Who cannot be heard is asked no more, though it lives.
func TestAnInstanceThatIsPartedFromTheRegistry(t *testing.T) {
	_, r := carriedOut(t, names, "{registry: names}", `{name: parted, at: 5s, for: 10s, fail: {edge: {from: courier, to: names}}}`)
	expired := 0
	for _, e := range r.events {
		if strings.HasPrefix(e.Name, "registry courier-") && e.Kind == record.PolicyState {
			expired++
		}
	}
	if expired != 3 {
		t.Errorf("%d leases ended, want those of all three", expired)
	}
}

// One that a scaler retires takes leave, and nobody asks it after its end.
func TestWhoRetiresTakesLeave(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(found, names, "{registry: names}", ""), "replicas: 3",
		"scaler: {schedule: [{at: 0s, count: 3}, {at: 10s, count: 1}, {at: 20s, count: 4}]}", 1)
	l := load(t, strings.Replace(text, "faults: []", "", 1))[0]
	r := &recording{}
	if err := (&Engine{}).Run(context.Background(), plan(l), r); err != nil {
		t.Fatal(err)
	}
	by := map[string]uint64{}
	for _, e := range r.edges {
		for _, s := range e.Targets {
			if s.At > 11*time.Second && s.At < 20*time.Second || s.At > 21*time.Second {
				by[fmt.Sprintf("%v %s", s.At > 20*time.Second, s.Instance)] += s.Attempts
			}
		}
	}
	for _, q := range r.requests {
		if q.Cause != policy.OK {
			t.Errorf("a request failed at %v: %s", q.Intended, q.Cause)
		}
	}
	if len(by) != 1+4 || by["false courier-1"] == 0 {
		t.Errorf("asked were %v; want the first alone, and four later", by)
	}
}
