package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
)

// found is the graph of a caller of three instances, which are found in some way.
func found(t *testing.T, nodes, discovery string) *topologies.Graph {
	t.Helper()
	docs, problems := decode.Read("found.yaml", fmt.Appendf(nil, `application: found
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
edges: [{to: courier, timeout: 500ms, discovery: %s}]
`, nodes, discovery))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	app, problems := topologies.LoadApplication(docs[0])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	topology, problems := topologies.LoadTopology(docs[1])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	graph, problems := topologies.Resolve(app, topology)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return graph
}

// TestDiscovery: one of three crashes after a second and comes back two seconds
// later. By a registry and by DNS callers find out, and find what replaces it; by
// a static list they never do. That the registry itself is frozen meanwhile, and
// killed, takes nobody away.
func TestDiscovery(t *testing.T) {
	const names = `names: {kind: registry, ttl: 500ms, heartbeat: 100ms}`
	for _, c := range []struct {
		name, nodes, discovery string
		knows                  bool
	}{
		{"watch", names, `{registry: names}`, true},
		{"poll", names, `{registry: {node: names, poll: 200ms}}`, true},
		{"dns", "", `{dns: {ttl: 1s}}`, true},
		{"static", "", `static`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scenario(6*time.Second, &arrival.Constant{PerSecond: 60})
			s.Faults = []scenarios.FaultPlan{{Name: "crash", At: time.Second, For: 2 * time.Second,
				Fault: &fault.Kill{Target: fault.Target{Node: "courier"}, Instance: 2}}}
			if c.nodes != "" {
				s.Faults = append(s.Faults, scenarios.FaultPlan{Name: "frozen", At: 4200 * time.Millisecond, For: time.Second,
					Fault: &fault.Pause{Target: fault.Target{Node: "names"}}})
			}
			m, err := carryOut(t, context.Background(), s, found(t, c.nodes, c.discovery), 1)
			if err != nil {
				t.Fatal(err)
			}
			before, after := map[string]uint64{}, map[string]uint64{}
			oldest := time.Duration(0)
			for _, e := range m.edges {
				oldest = max(oldest, e.ViewAge)
				for _, target := range e.Targets {
					if target.At < 900*time.Millisecond {
						before[target.Instance] += target.Attempts
					}
					if target.At > 4500*time.Millisecond {
						after[target.Instance] += target.Attempts
					}
				}
			}
			if len(before) != 3 || before["courier-2"] == 0 {
				t.Errorf("asked before the crash: %v", before)
			}
			if knows := after["courier-2"] == 0 && after["courier-4"] > 0; knows != c.knows {
				t.Errorf("asked at the end: %v; want the one that replaced courier-2: %t", after, c.knows)
			}
			if asks := c.discovery != "static"; asks != (oldest > 0) {
				t.Errorf("a view was up to %v old", oldest)
			}
			late := between(m.bySeq(), 4500*time.Millisecond, 6*time.Second)
			if failed := len(late) - count(late, policy.OK); c.knows && failed > 0 {
				t.Errorf("%d of %d requests failed at the end", failed, len(late))
			}
			if expired := len(m.eventsOf(record.PolicyState)); c.nodes != "" && expired == 0 {
				t.Error("the registry told of no lease that ended")
			}
		})
	}
}

// TestColdStartsKnowTheirCallees: an instance is ready once it has asked for
// those that it calls, so that the request that it was started for finds them.
func TestColdStartsKnowTheirCallees(t *testing.T) {
	for _, c := range []struct{ name, nodes, discovery, function string }{
		{"dns", "", "dns", ""}, {"registry", "names: {kind: registry}", "{registry: names}", ""}, {"paused", "", "dns", "paused: 1,"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := drive(t, fmt.Sprintf(`
application: chain
components:
  desk:    {operations: {order: [{call: courier.ride}]}}
  courier: {operations: {ride: [{wait: 1ms}]}}
entries: {order: desk.order}
---
topology: chain
application: chain
nodes:
  desk:    {kind: function, hosts: [desk], %s scaler: {lambda: {keep_alive: 50ms}}}
  courier: {kind: service, hosts: [courier]}
  %s
edges: [{to: courier, discovery: %s}]
---
scenario: chain
phases: [{name: p, for: 3s, load: {constant: 8/s}}]
`, c.function, c.nodes, c.discovery), 1)
			if n := count(m.bySeq(), policy.OK); n != 24 {
				t.Errorf("%d of 24 answered", n)
			}
			started := 0
			for _, e := range m.eventsOf(record.InstanceReady) {
				_, asked := e.PhasesMS["discovered"]
				_, woken := e.PhasesMS["woken"]
				if e.Node == "desk" && e.At > 0 {
					started++
					if !asked && !woken {
						t.Errorf("%s started without asking: %v", e.Instance, e.PhasesMS)
					}
				}
			}
			if started < 5 {
				t.Errorf("%d instances started", started)
			}
			for _, e := range m.eventsOf(record.Note) {
				t.Errorf("note: %+v", e)
			}
		})
	}
}

// TestThePoolAsksAnew: an instance that was paused before the run began knows
// those whom it calls as they were then. It asks anew when it is woken, and is
// ready when that has come to something or to nothing: with the registry frozen,
// when its question has run out of time.
func TestThePoolAsksAnew(t *testing.T) {
	m := drive(t, `
application: chain
components:
  desk:    {operations: {order: [{call: courier.ride}]}}
  courier: {operations: {ride: [{wait: 1ms}]}}
entries: {order: desk.order}
---
topology: chain
application: chain
nodes:
  desk:    {kind: function, hosts: [desk], paused: 1, scaler: {schedule: [{at: 0s, count: 0}, {at: 1s, count: 1}]}}
  courier: {kind: service, hosts: [courier]}
  names:   {kind: registry}
edges: [{to: courier, discovery: {registry: {node: names, poll: 1h}}}]
---
scenario: chain
phases: [{name: p, for: 4s, load: {constant: 1/s}}]
faults: [{name: away, at: 500ms, for: 10s, pause: {node: names}}]
`, 1)
	for _, e := range m.eventsOf(record.InstanceReady) {
		if took, woken := e.PhasesMS["woken"]; e.Node == "desk" && e.At > 0 && woken {
			if least := policy.AskTimeout.Seconds() * 1000; took < least {
				t.Errorf("%s was woken in %v ms, want %v at least", e.Instance, took, least)
			}
			return
		}
	}
	t.Error("nobody was woken")
}
