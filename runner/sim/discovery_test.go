package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
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

// A caller that begins while the name server is away has no answer to go by: its
// calls fail with dns, until there is one; those that had an answer go by that.
func TestWhoNeverHadAnAnswerFailsWithDNS(t *testing.T) {
	for discovery, want := range map[string]policy.Cause{"{dns: {ttl: 2s}}": policy.DNS, "{registry: names}": policy.Refused} {
		away, nodes := "dns", ""
		if want == policy.Refused {
			away, nodes = "names", names
		}
		_, r := carriedOut(t, nodes, discovery, fmt.Sprintf(`{name: away, at: 5s, for: 15s, kill: {node: %s}}, {name: anew, at: 8s, for: 2s, kill: {node: desk}}`, away))
		causes := map[policy.Cause]int{}
		for _, q := range r.requests {
			switch at := q.Intended; {
			case at > 8100*time.Millisecond && at < 9900*time.Millisecond: // nobody is there to ask
			case at > 10100*time.Millisecond && at < 19900*time.Millisecond:
				causes[q.Cause]++
			case q.Cause != policy.OK && (at < 8*time.Second || at > 22*time.Second):
				t.Errorf("%s: %s at %v", discovery, q.Cause, at)
			}
		}
		if len(causes) != 1 || causes[want] < 250 {
			t.Errorf("%s: %v, want %s alone", discovery, causes, want)
		}
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
	kept := 0
	for who := range by {
		if name, between := strings.CutPrefix(who, "false "); between && by["true "+name] > 0 {
			kept++
		}
	}
	if len(by) != 1+4 || kept != 1 {
		t.Errorf("asked were %v; want one alone, and four later, that one among them", by)
	}
}

// chain is a function whose every second request is the first of an instance,
// which has to find its callee by itself.
const chain = `
application: chain
components:
  desk:    {operations: {order: [{call: courier.ride}]}}
  courier: {operations: {ride: [{wait: 5ms}]}}
entries: {order: desk.order}
---
topology: chain
application: chain
nodes:
  desk:    {kind: function, hosts: [desk], %s scaler: {lambda: {keep_alive: 50ms}}}
  courier: {kind: service, hosts: [courier], replicas: 2}
  %s
edges: [{to: courier, discovery: %s}]
---
scenario: chain
topology: chain
phases: [{name: p, for: 10s, load: {poisson: 10/s}}]
faults: [%s]
`

// lives is a recording with the events of instances.
type lives struct {
	recording
	all []record.Event
}

// Event implements record.Recorder.
func (l *lives) Event(e record.Event) { l.all = append(l.all, e) }

// An instance is ready once it has asked for those that it calls: the request
// that it was started for finds them.
func TestColdStartsKnowTheirCallees(t *testing.T) {
	for _, c := range []struct{ name, nodes, discovery, function string }{
		{"dns", "", "dns", ""}, {"watch", names, "{registry: names}", ""}, {"poll", names, "{registry: {node: names, poll: 9s}}", ""},
		{"paused", "", "dns", "paused: 2,"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := load(t, fmt.Sprintf(chain, c.function, c.nodes, c.discovery, ""))[0]
			for _, costs := range []Costs{{}, {Hop: work.ConstantOf(3 * time.Millisecond)}} {
				r := &lives{}
				if err := (&Engine{Costs: costs}).Run(context.Background(), plan(l), r); err != nil {
					t.Fatal(err)
				}
				cold := 0
				for _, q := range r.requests {
					if q.Cause != policy.OK {
						t.Errorf("the request at %v failed: %s", q.Intended, q.Cause)
					}
					if q.Cold > 0 || q.Done-q.Sent >= 3*5*time.Millisecond {
						cold++
					}
				}
				asked := 0
				for _, e := range r.all {
					if took := e.PhasesMS["discovered"]; e.Kind == record.InstanceReady && took > 0 {
						asked++
						if took != 6 {
							t.Errorf("%s asked for %v ms, want there and back", e.Instance, took)
						}
					}
				}
				if hops := costs.Hop.A > 0; hops && c.function == "" && (asked < 30 || cold < 30) || !hops && asked > 0 {
					t.Errorf("with hops of %v %d starts took time to ask, and %d requests were cold", costs.Hop.A, asked, cold)
				}
			}
		})
	}
}

// One that was paused before the run began asks anew when it is woken, and is ready
// when that has come to nothing: the registry is frozen.
func TestThePoolAsksAnew(t *testing.T) {
	text := strings.NewReplacer("scaler: {lambda: {keep_alive: 50ms}}", "scaler: {schedule: [{at: 0s, count: 0}, {at: 1s, count: 1}]}").Replace(
		fmt.Sprintf(chain, "paused: 1,", names, "{registry: {node: names, poll: 1h}}", "{name: away, at: 500ms, for: 9s, pause: {node: names}}"))
	r := &lives{}
	if err := (&Engine{}).Run(context.Background(), plan(load(t, text)[0]), r); err != nil {
		t.Fatal(err)
	}
	var took []float64
	for _, e := range r.all {
		if e.Kind == record.InstanceReady && e.Node == "desk" && e.At > 0 {
			took = append(took, e.PhasesMS["woken"])
		}
	}
	if want := policy.AskTimeout.Seconds() * 1000; len(took) != 1 || took[0] != want {
		t.Errorf("woken in %v ms, want %v", took, want)
	}
}

// One whose question comes to nothing is ready then: it starts all the same.
func TestAStartWithNobodyToAsk(t *testing.T) {
	const away = `{name: away, at: 2s, for: 3s, %s}`
	for name, fault := range map[string]string{"dead": "kill: {node: names}", "paused": "pause: {node: names}"} {
		l := load(t, fmt.Sprintf(chain, "", names, "{registry: names}", fmt.Sprintf(away, fault)))[0]
		r := &lives{}
		if err := (&Engine{}).Run(context.Background(), plan(l), r); err != nil {
			t.Fatal(err)
		}
		failed, started := 0, 0
		for _, q := range r.requests {
			if q.Cause != policy.OK {
				failed++
				if q.Intended < time.Second || q.Intended > 7*time.Second {
					t.Errorf("%s: the request at %v failed: %s", name, q.Intended, q.Cause)
				}
			}
		}
		for _, e := range r.all {
			if e.Kind == record.InstanceReady && e.Node == "desk" && e.At > 2*time.Second && e.At < 5*time.Second {
				started++
			}
		}
		if failed == 0 || started == 0 {
			t.Errorf("%s: %d requests failed, %d instances started meanwhile", name, failed, started)
		}
	}
}

// A service's instance that is replaced asks first, too; one whose node is killed
// meanwhile never serves.
func TestReplacementsKnowTheirCallees(t *testing.T) {
	text := strings.Replace(fmt.Sprintf(chain, "", names, "{registry: names}", `{name: crash, at: 2s, kill: {node: desk}}, {name: again, at: 2010ms, for: 2s, kill: {node: desk}}`),
		"kind: function", "kind: service", 1)
	text = strings.Replace(text, ", hosts: [desk],  scaler: {lambda: {keep_alive: 50ms}}", ", hosts: [desk]", 1)
	r := &lives{}
	if err := (&Engine{Costs: Costs{Hop: work.ConstantOf(50 * time.Millisecond)}}).Run(context.Background(), plan(load(t, text)[0]), r); err != nil {
		t.Fatal(err)
	}
	for _, q := range r.requests {
		if down := q.Intended > 1800*time.Millisecond && q.Intended < 4200*time.Millisecond; q.Cause != policy.OK && !down {
			t.Errorf("the request at %v failed: %s", q.Intended, q.Cause)
		}
	}
	var told []string
	for _, e := range r.all {
		if e.Node == "desk" && e.At > 0 && (e.Kind == record.InstanceReady || e.Kind == record.InstanceStop) {
			told = append(told, fmt.Sprintf("%s %s %v %v", e.Kind, e.Instance, e.At, e.PhasesMS["discovered"]))
		}
	}
	want := []string{"instance-stopped desk-1 2s 0", "instance-stopped desk-2 2.01s 0", "instance-ready desk-3 4.11s 100"}
	if strings.Join(told, ", ") != strings.Join(want, ", ") {
		t.Errorf("told: %q, want %q", told, want)
	}
}
