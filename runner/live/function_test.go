package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// lone is one function that waits, behind its front alone, and a scenario.
func lone(wait, function, phases, faults string) string {
	return fmt.Sprintf(`
application: lone
components: {unit: {operations: {run: {idempotent: true, steps: [{wait: %s}]}}}}
entries: {run: unit.run}
---
topology: lone
application: lone
nodes: {unit: {kind: function, hosts: [unit], %s}}
---
scenario: lone
phases: [%s]
faults: [%s]
`, wait, function, phases, faults)
}

// most is how many of a node's instances served at one time.
func (m *memory) most(node string) int {
	up, most := map[string]bool{}, 0
	for _, e := range m.events {
		switch {
		case e.Node != node:
		case e.Kind == record.InstanceReady:
			up[e.Instance] = true
			most = max(most, len(up))
		case e.Kind == record.InstanceStop:
			delete(up, e.Instance)
		}
	}
	return most
}

// mostInService is how many instances of a service were ready at most and not told
// to leave. One that was still answers late comers, for a second and more, in which
// its scaler may ask for others.
func (m *memory) mostInService(t *testing.T, node string) int {
	t.Helper()
	up, leaving, most := 0, 0, 0
	for _, e := range m.events {
		switch {
		case e.Node != node:
		case e.Kind == record.InstanceReady:
			up++
			most = max(most, up-leaving)
		case e.Kind == record.InstanceStop:
			up--
			if e.Reason == "retired" {
				leaving--
			}
		case e.Kind == record.Scale:
			from, err1 := strconv.Atoi(e.From)
			to, err2 := strconv.Atoi(e.To)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			leaving += max(0, from-to)
		}
	}
	return most
}

// invoked checks that what the record says of invocations and of requests is
// one thing: each success is one successful invocation, and no instance was
// sent more at once than it may be.
func (m *memory) invoked(t *testing.T) []record.Invocation {
	t.Helper()
	ok := 0
	for _, i := range m.invocations {
		if i.Cause == policy.OK {
			ok++
		}
	}
	if answered := count(m.bySeq(), policy.OK); ok != answered {
		t.Errorf("%d requests and %d invocations succeeded", answered, ok)
	}
	return m.invocations
}

// lived checks that every instance that was started has stopped, once.
func (m *memory) lived(t *testing.T) {
	t.Helper()
	stops := map[string]int{}
	for _, e := range m.eventsOf(record.InstanceStop) {
		stops[e.Instance]++
	}
	for _, e := range m.eventsOf(record.InstanceStart) {
		if stops[e.Instance] != 1 {
			t.Errorf("%s stopped %d times", e.Instance, stops[e.Instance])
		}
		delete(stops, e.Instance)
	}
	if len(stops) > 0 {
		t.Errorf("stopped without a start: %v", stops)
	}
}

// coldRequest is one that met a cold start, with all that is known of it.
type coldRequest struct {
	latency time.Duration // once it was on its way
	start   time.Duration // all parts of its instance's start
	record.Invocation
}

// cold joins what is recorded of each cold request. A request and its invocation
// tell the same wait, so in the order of waits they are the same.
func (m *memory) cold(t *testing.T) []coldRequest {
	t.Helper()
	starts := map[string]time.Duration{}
	for _, e := range m.eventsOf(record.InstanceReady) {
		for _, part := range e.PhasesMS {
			starts[e.Instance] += time.Duration(part * float64(time.Millisecond))
		}
	}
	waited := slices.DeleteFunc(slices.Clone(m.invocations), func(i record.Invocation) bool { return i.Cold == 0 })
	asked := slices.DeleteFunc(m.bySeq(), func(r record.Request) bool { return r.Cold == 0 })
	slices.SortFunc(waited, func(a, b record.Invocation) int { return cmp.Compare(a.Cold, b.Cold) })
	slices.SortFunc(asked, func(a, b record.Request) int { return cmp.Compare(a.Cold, b.Cold) })
	if len(waited) != len(asked) {
		t.Fatalf("%d cold requests, %d cold invocations", len(asked), len(waited))
	}
	joined := make([]coldRequest, len(asked))
	for k, i := range waited {
		joined[k] = coldRequest{asked[k].Done - asked[k].Sent, starts[i.Instance], i}
		if off := asked[k].Cold - i.Cold; off.Abs() > time.Microsecond {
			t.Errorf("a request says that it waited %v, and its invocation %v", asked[k].Cold, i.Cold)
		}
	}
	return joined
}

// TestABurstOntoNothing: a hundred requests at once and no instance. All are
// answered, by a hundred instances or by as many as there may be, and what each
// waited is the parts of its instance's start.
func TestABurstOntoNothing(t *testing.T) {
	for _, limit := range []int{0, 20} {
		t.Run(fmt.Sprint("max ", limit), func(t *testing.T) {
			inCalm(t, func() (over string) { return burst(t, limit, limit > 0) })
		})
	}
}

// crowd is how many requests come at once.
const crowd = 100

// oversleeping sleeps for short times until it is asked how late it has woken at
// most: what a busy machine may add where one program wakes another.
func oversleeping() (stop func() time.Duration) {
	const nap = time.Millisecond
	end, late := make(chan struct{}), make(chan time.Duration)
	go func() {
		most := time.Duration(0)
		for {
			asleep := time.Now()
			select {
			case <-time.After(nap):
				most = max(most, time.Since(asleep)-nap)
			case <-end:
				late <- most
				return
			}
		}
	}()
	return func() time.Duration { close(end); return <-late }
}

// burst looks at one burst, and says where the parts of a start differ by more
// than 2 %, and what the machine adds, from the wait that the front saw, and, if strict, where they and the work
// differ so from the whole latency. Where a hundred programs start at once on a few
// busy cores, what the network then adds for want of a core is for the soak to judge.
func burst(t *testing.T, limit int, strict bool) (over string) {
	t.Helper()
	scaler, want := "keep_alive: 60s", crowd
	if limit > 0 {
		scaler, want = fmt.Sprintf("keep_alive: 60s, max: %d", limit), limit
	}
	oversleep := oversleeping()
	m := drive(t, lone("1s", "scaler: {lambda: {"+scaler+"}}",
		"{name: burst, for: 10ms, load: {constant: 10000/s}}, {name: after, for: 3s, load: {constant: 0/s}}", ""), 1)
	woken := oversleep()
	requests := m.bySeq()
	if len(requests) != crowd || count(requests, policy.OK) != crowd {
		t.Fatalf("%d requests, %d answered", len(requests), count(requests, policy.OK))
	}
	free := map[string]time.Duration{} // instances that have served, and since when they are done
	invoked := slices.SortedFunc(slices.Values(m.invoked(t)), func(a, b record.Invocation) int { return cmp.Compare(a.At, b.At) })
	for _, i := range invoked {
		done, again := free[i.Instance]
		if free[i.Instance] = i.At + i.Duration; limit > 0 || !again {
			continue
		}
		if i.At < done {
			t.Errorf("%s served two at once", i.Instance)
		}
		want-- // where starts take longer than the work, one that is done serves who still waits
	}
	most := m.most("unit")
	if len(free) != want || most < want || most > crowd {
		t.Errorf("%d instances, of which %d served; want %d", most, len(free), want)
	}
	m.lived(t)
	for _, e := range m.eventsOf(record.Scale) {
		if !strings.Contains(e.Reason, "environments") {
			t.Errorf("decided without a reason: %+v", e)
		}
	}
	var whole, waits []float64
	longest := time.Duration(1)
	for _, c := range m.cold(t) {
		longest = max(longest, c.latency)
		whole = append(whole, float64(c.latency-c.start-c.Duration)/float64(c.latency))
		waits = append(waits, float64(c.Cold-c.start)/float64(c.latency))
	}
	if len(whole) != want {
		t.Errorf("%d requests were cold, want %d", len(whole), want)
	}
	// Where one part ends the front, the runner or the instance has to wake another of them.
	bound := 0.02 + float64(woken)/float64(longest)
	for what, off := range map[string][]float64{"latency": whole, "wait": waits} {
		slices.Sort(off)
		middle := off[len(off)/2]
		t.Logf("the parts add up to the %s but for %.2f %% of it in the median, %.2f %% to %.2f %%", what, 100*middle, 100*off[0], 100*off[len(off)-1])
		if (strict || what == "wait") && math.Abs(middle) > bound {
			over = fmt.Sprintf("the parts of the start differ from the %s by %.2f %% of it in the median; who is woken here was up to %v late, with which %.2f %% is allowed", what, 100*middle, woken, 100*bound)
		}
	}
	return over
}

// TestThirtyAndBack: up to thirty instances and, when they have idled, back to none.
func TestThirtyAndBack(t *testing.T) {
	m := drive(t, lone("400ms", "scaler: {lambda: {keep_alive: 500ms}}",
		"{name: burst, for: 10ms, load: {constant: 3000/s}}, {name: after, for: 5s, load: {constant: 0/s}}", ""), 1)
	if n := count(m.bySeq(), policy.OK); n != 30 || m.most("unit") != 30 {
		t.Errorf("%d answered, %d instances", n, m.most("unit"))
	}
	retired := 0
	for _, e := range m.eventsOf(record.InstanceStop) {
		if e.Node == "unit" && e.Reason == "retired" {
			retired++
		}
	}
	if retired != 30 {
		t.Errorf("%d retired, and %d stops in all", retired, len(m.eventsOf(record.InstanceStop)))
	}
	m.lived(t)
}

// killed is a function under load, called with a policy, of which all instances
// are killed at random instants, at most once in a slot of half a second. On a busy
// machine the next ones may not be there by then: no bound, of those that wait, of
// environments or of how many are added, is to refuse any.
func killed(seed uint64, edge string) string {
	draw := work.Root(seed).Named("kills")
	var faults []string
	for slot := range 19 {
		at := 500*time.Millisecond*time.Duration(slot+1) + time.Duration(draw.Child(uint64(slot)).Float64()*float64(150*time.Millisecond))
		faults = append(faults, fmt.Sprintf("{name: kill-%d, at: %s, kill: {component: unit}}", slot, at.Round(time.Microsecond)))
	}
	text := lone("20ms", "queue: 2000, queue_timeout: 60s, scaler: {lambda: {keep_alive: 5s, max: 8, burst: 10000}}", "{name: steady, for: 10s, load: {constant: 200/s}}", strings.Join(faults, ", "))
	text = strings.Replace(text, "nodes: {", "edges: ["+edge+"]\nnodes: {door: {kind: gateway, concurrency: 0}, ", 1)
	return text + "generator: {timeout: 60s}\n"
}

// TestKillsInTheMiddle: whoever an instance takes down with it sees one error,
// or is asked for once more; nothing is lost and nothing counted twice.
func TestKillsInTheMiddle(t *testing.T) {
	for name, c := range map[string]struct {
		edge  string
		fails bool
	}{
		"without retry": {"{to: unit, timeout: 60s}", true},
		"with retry":    {"{to: unit, timeout: 60s, retry: {attempts: 8, backoff: {base: 1ms, cap: 5ms}, budget: 100%}}", false},
	} {
		t.Run(name, func(t *testing.T) {
			const offered = 2000
			m := drive(t, killed(7, c.edge), 7)
			requests := m.bySeq()
			seen := map[uint64]bool{}
			failed, attempts := 0, 0
			for _, r := range requests {
				if seen[r.Seq] {
					t.Errorf("request %d is recorded twice", r.Seq)
				}
				seen[r.Seq] = true
				attempts += r.Attempts
				if r.Cause == policy.OK {
					continue
				}
				if failed++; r.Cause != policy.Reset {
					t.Errorf("request %d failed with %s", r.Seq, r.Cause)
				}
			}
			hit := 0 // in the middle of a request
			for _, i := range m.invoked(t) {
				if i.Cause == policy.Reset {
					hit++
				} else if i.Cause != policy.OK {
					t.Errorf("an invocation failed with %s", i.Cause)
				}
			}
			t.Logf("%d requests, %d attempts, %d invocations, of which %d were killed; %d requests failed", len(requests), attempts, len(m.invocations), hit, failed)
			if len(requests) != offered || hit < 20 {
				t.Errorf("%d of %d requests are recorded, kills hit %d", len(requests), offered, hit)
			}
			// Each attempt of the gateway makes one of the front.
			if len(m.invocations) != offered+hit-failed || attempts != 2*len(m.invocations) {
				t.Errorf("%d invocations and %d attempts of %d requests, with %d hit and %d failed", len(m.invocations), attempts, offered, hit, failed)
			}
			if c.fails && failed != hit || !c.fails && failed != 0 {
				t.Errorf("%d requests failed, with %d hit", failed, hit)
			}
			m.lived(t)
		})
	}
}

// TestPausedInstancesAreWoken: a pool of two serves the first two of a burst, is
// filled again, and is replaced when it is killed.
func TestPausedInstancesAreWoken(t *testing.T) {
	for name, fault := range map[string]string{"": "", "killed": "{name: gone, at: 500ms, kill: {node: unit}}"} {
		t.Run(name, func(t *testing.T) {
			m := drive(t, lone("300ms", "paused: 2, init: [{wait: 100ms}], scaler: {lambda: {keep_alive: 60s}}",
				"{name: quiet, for: 2s, load: {constant: 0/s}}, {name: burst, for: 10ms, load: {constant: 500/s}}, {name: after, for: 2s, load: {constant: 0/s}}", fault), 1)
			if n := count(m.bySeq(), policy.OK); n != 5 {
				t.Errorf("%d of 5 answered", n)
			}
			woken, cold := 0, 0
			for _, e := range m.eventsOf(record.InstanceReady) {
				_, fromPool := e.PhasesMS["woken"]
				_, initialised := e.PhasesMS["initialised"]
				switch {
				case e.Node != "unit":
				case fromPool && !initialised:
					woken++
				case initialised && !fromPool:
					cold++
				default:
					t.Errorf("parts of a start: %v", e.PhasesMS)
				}
			}
			if woken != 2 || cold != 3 {
				t.Errorf("%d were woken and %d started cold", woken, cold)
			}
			paused := len(m.eventsOf(record.InstancePaused))
			if want := map[string]int{"": 4, "killed": 6}[name]; paused != want {
				t.Errorf("%d were paused, want %d", paused, want)
			}
			inits := 0
			for _, i := range m.invoked(t) {
				if i.Init > 0 {
					inits++
				}
			}
			if inits != 5 {
				t.Errorf("%d of 5 first invocations tell of the initialisation", inits)
			}
			for _, e := range m.eventsOf(record.Note) {
				t.Errorf("note: %+v", e)
			}
			m.lived(t)
		})
	}
}

// TestServicesScale: a service follows its scaler up and down, and fails nobody.
func TestServicesScale(t *testing.T) {
	for name, scaler := range map[string]string{
		"hpa":      "{hpa: {target: 2, sync: 1s, stabilization: 1s, min: 1, max: 4}}",
		"kpa":      "{kpa: {target: 2, utilization: 100%, stable_window: 6s, min: 1, max: 4}}",
		"schedule": "{schedule: [{at: 0s, count: 1}, {at: 1s, count: 4}, {at: 3s, count: 1}, {at: 4s, count: 4}, {at: 6s, count: 1}]}",
	} {
		for _, door := range []string{"", "door: {kind: gateway}, "} {
			t.Run(name+" "+door, func(t *testing.T) {
				t.Parallel()
				text := lone("50ms", "concurrency: 64, scaler: "+scaler,
					"{name: low, for: 500ms, load: {constant: 10/s}}, {name: high, for: 6s, load: {constant: 160/s}}, {name: low-again, for: 8s, load: {constant: 10/s}}", "")
				text = strings.NewReplacer("kind: function", "kind: service", "nodes: {", "nodes: {"+door).Replace(text)
				m := drive(t, text, 3)
				for _, r := range m.bySeq() {
					if r.Cause != policy.OK {
						t.Errorf("request %d at %v failed with %s", r.Seq, r.Intended, r.Cause)
					}
				}
				if most := m.mostInService(t, "unit"); most != 4 {
					t.Errorf("%d instances at most", most)
				}
				retired := 0
				for _, e := range m.eventsOf(record.InstanceStop) {
					if e.Reason == "retired" {
						retired++
					}
				}
				if retired < 2 {
					t.Errorf("%d retired", retired)
				}
				m.lived(t)
			})
		}
	}
}

// TestABurstIsInterrupted: at each stage of a burst, everything is removed.
func TestABurstIsInterrupted(t *testing.T) {
	for _, at := range []string{record.Scale, record.InstanceStart, record.InstanceReady, record.InstancePaused} {
		t.Run(at, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			one := loadYAML(t, lone("5s", "paused: 1, scaler: {lambda: {keep_alive: 60s}}",
				"{name: burst, for: 10ms, load: {constant: 3000/s}}, {name: after, for: 20s, load: {constant: 0/s}}", ""))[0]
			_, err := carryOutWith(t, ctx, one.Scenario, one.Graph, 1, &interrupter{at: at, stop: cancel})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// TestStartsAreCancelled: who is on its way when fewer are wanted never serves,
// and each decision is told once.
func TestStartsAreCancelled(t *testing.T) {
	m := drive(t, lone("10ms", "init: [{wait: 60s}], scaler: {schedule: [{at: 0s, count: 0}, {at: 500ms, count: 5}, {at: 1500ms, count: 0}]}",
		"{name: quiet, for: 2500ms, load: {constant: 0/s}}", ""), 1)
	for _, e := range m.eventsOf(record.InstanceReady) {
		if e.Node == "unit" {
			t.Errorf("%s was ready at %v", e.Instance, e.At)
		}
	}
	var told []string
	for _, e := range m.eventsOf(record.Scale) {
		told = append(told, e.From+" to "+e.To)
	}
	if !slices.Equal(told, []string{"0 to 5", "5 to 0"}) {
		t.Errorf("decisions %v", told)
	}
	for _, e := range m.eventsOf(record.InstanceStop) {
		if e.Node == "unit" && e.Reason != "it never served" {
			t.Errorf("stopped: %+v", e)
		}
	}
	for _, e := range m.eventsOf(record.Note) {
		if e.Name != record.NoteLimits {
			t.Errorf("note: %+v", e)
		}
	}
	m.lived(t)
}

// TestWhoLeavesACold: requests whose callers give up while an instance starts
// are told as such.
func TestWhoLeavesACold(t *testing.T) {
	text := lone("10ms", "init: [{wait: 60s}], scaler: {lambda: {max: 1}}", "{name: p, for: 2s, load: {constant: 2/s}}", "")
	text = strings.Replace(text, "nodes: {", "edges: [{to: unit, timeout: 300ms}]\nnodes: {door: {kind: gateway}, ", 1)
	m := drive(t, text, 1)
	failed := len(m.bySeq()) - count(m.bySeq(), policy.OK)
	left := 0
	for _, i := range m.invocations {
		if i.Left && i.Instance == "" && i.Cold > 200*time.Millisecond && i.Cold < 20*time.Second {
			left++
		} else {
			t.Errorf("invocation %+v", i)
		}
	}
	if failed != 4 || left != 4 {
		t.Errorf("%d failed and %d left", failed, left)
	}
}
