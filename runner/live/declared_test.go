package live

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// What a timer and a scheduler may add on a machine of two cores that others
// use too. Everything declared is a lower bound without any allowance; these
// bound medians and means from above.
const (
	busyLateness = 25 * time.Millisecond // of the median request's send
	busyService  = 20 * time.Millisecond // of the mean service time, which a single stall moves
	busyLatency  = 20 * time.Millisecond // of the median time that a request took
)

const idle = `
application: idle
components: {unit: {operations: {ask: []}}}
entries: {ask: unit.ask}
---
topology: idle
application: idle
nodes: {unit: {kind: service, hosts: [unit]}}
---
`

// TestDeclaredRates holds, for every arrival process, that the requests sent are
// the schedule that was declared, request for request; that their number is what
// the declared rate adds up to; and that each was really sent, and answered.
func TestDeclaredRates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stamps, minutes := filepath.Join(dir, "stamps.csv"), filepath.Join(dir, "minutes.csv")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(stamps, "100.0\n100.1\n100.1\n100.35\n100.6\n100.9\n")
	write(minutes, "60,30\n")
	text := idle + fmt.Sprintf(`
scenario: rates
phases:
  - {name: constant, for: 1s, load: {constant: 120/s}}
  - {name: poisson,  for: 1s, load: {poisson: 200/s}}
  - {name: ramp,     for: 1s, load: {ramp: {from: 0/s, to: 200/s}}}
  - {name: steps,    for: 900ms, load: {steps: [50/s, 200/s, 100/s]}}
  - {name: spike,    for: 1s, load: {spike: {base: 50/s, peak: 400/s, at: 400ms, for: 200ms}}}
  - {name: stamps,   for: 1s, load: {trace: %q}}
  - {name: minutes,  for: 1s, load: {trace: {file: %q, speed: 120}}}
  - {name: closed,   for: 1s, load: {closed: {users: 5, think: 50ms}}}
`, stamps, minutes)
	const seed = 11
	one := loadYAML(t, text)[0]
	m := driveOn(t, one, seed)
	requests := m.bySeq()
	schedule := map[string][]time.Duration{}
	for i, p := range one.Scenario.Phases {
		if open, ok := p.Load.(arrival.Open); ok {
			for at := range open.Arrivals(p.For, arrival.PhaseIdentity(seed, i)) {
				schedule[p.Name] = append(schedule[p.Name], one.Scenario.Begin(i)+at)
			}
		}
	}
	sent := map[string][]time.Duration{}
	var late []time.Duration
	for _, r := range requests {
		if r.Cause != policy.OK || r.Sent < r.Intended || r.Done < r.Sent {
			t.Fatalf("request %+v", r)
		}
		sent[r.Phase] = append(sent[r.Phase], r.Intended)
		late = append(late, r.Sent-r.Intended)
	}
	for phase, want := range schedule {
		if !slices.Equal(sent[phase], want) {
			t.Errorf("%s: %d requests were sent, not the %d of the schedule", phase, len(sent[phase]), len(want))
		}
	}
	within := func(phase string, from, to time.Duration) int {
		n := 0
		for i, p := range one.Scenario.Phases {
			for _, at := range sent[p.Name] {
				if at -= one.Scenario.Begin(i); p.Name == phase && at >= from && at < to {
					n++
				}
			}
		}
		return n
	}
	for _, c := range []struct {
		phase    string
		from, to time.Duration
		expected float64
		random   bool
	}{
		{"constant", 0, time.Second, 120, false},
		{"poisson", 0, time.Second, 200, true},
		{"ramp", 0, 500 * time.Millisecond, 25, false},
		{"ramp", 500 * time.Millisecond, time.Second, 75, false},
		{"steps", 0, 300 * time.Millisecond, 15, false},
		{"steps", 300 * time.Millisecond, 600 * time.Millisecond, 60, false},
		{"steps", 600 * time.Millisecond, 900 * time.Millisecond, 30, false},
		{"spike", 0, 400 * time.Millisecond, 20, true},
		{"spike", 400 * time.Millisecond, 600 * time.Millisecond, 80, true},
		{"spike", 600 * time.Millisecond, time.Second, 20, true},
		{"stamps", 0, time.Second, 6, false},
		{"minutes", 0, 500 * time.Millisecond, 60, false},
		{"minutes", 500 * time.Millisecond, time.Second, 30, false},
	} {
		n := within(c.phase, c.from, c.to)
		off := float64(n) - c.expected
		if c.random && off*off > 16*c.expected || !c.random && off*off > 1 {
			t.Errorf("%s from %v to %v: %d requests, declared %g", c.phase, c.from, c.to, n, c.expected)
		}
	}
	// Five users who think for 50 ms and wait for an answer ask at most so often.
	if n := len(sent["closed"]); n > 5*21 || n < 5 {
		t.Errorf("closed: %d requests of five users in a second", n)
	}
	if n := m.total("unit.ask").Count; n != uint64(len(requests)) {
		t.Errorf("the node counted %d requests of %d", n, len(requests))
	}
	t.Logf("lateness: median %v of %d", median(late), len(late))
	if median(late) > busyLateness {
		t.Errorf("the median request was sent %v late", median(late))
	}
}

const shares = `
application: shares
components:
  unit:
    operations:
      flaky:  [{fail: 5%}, {respond: 10Ki}]
      choosy: [{choose: [{weight: 7, steps: [{call: unit.left}]}, {weight: 3, steps: [{call: unit.right}]}]}]
      again:  [{repeat: {times: 3, steps: [{call: unit.leaf}]}}, {respond: 0}]
      left:   []
      right:  []
      leaf:   []
entries: {flaky: unit.flaky, choosy: unit.choosy, again: unit.again}
---
topology: shares
application: shares
nodes: {unit: {kind: service, hosts: [unit]}}
---
scenario: shares
mix: {flaky: 5, choosy: 3, again: 2}
phases: [{name: steady, for: 3s, load: {poisson: 400/s}}]
`

// TestDeclaredShares holds the mix, fail, choose and repeat to what they
// declare: by their draws, request for request, and by sampling theory.
func TestDeclaredShares(t *testing.T) {
	t.Parallel()
	const seed = 12
	m := drive(t, shares, seed)
	flaky, choosy, again := m.of("flaky"), m.of("choosy"), m.of("again")
	if x := chiSquare([]int{len(flaky), len(choosy), len(again)}, []float64{5, 3, 2}); x > chiSquare999[2] {
		t.Errorf("mix of 5:3:2: %d, %d, %d: χ² is %.1f", len(flaky), len(choosy), len(again), x)
	}

	var want []uint64
	for _, r := range flaky {
		if work.Root(seed).Child(r.Seq).Child(0).Float64() < 0.05 {
			want = append(want, r.Seq)
		} else if r.Bytes != 10<<10 {
			t.Fatalf("request %d brought %d bytes", r.Seq, r.Bytes)
		}
	}
	failed := failuresOf(flaky, policy.Declared)
	if !slices.Equal(failed, want) {
		t.Errorf("failed %v, but the draws say %v", failed, want)
	}
	if !near(len(failed), len(flaky), 0.05) {
		t.Errorf("%d of %d failed, declared 5 %%", len(failed), len(flaky))
	}

	left, right := int(m.total("unit.left").Count), int(m.total("unit.right").Count)
	branches := []work.Branch{{Weight: 7}, {Weight: 3}}
	drawn := [2]int{}
	for _, r := range choosy {
		drawn[work.Pick(branches, work.Root(seed).Child(r.Seq).Child(0))]++
	}
	if left != drawn[0] || right != drawn[1] {
		t.Errorf("chose left %d times and right %d times, but the draws say %v", left, right, drawn)
	}
	if x := chiSquare([]int{left, right}, []float64{7, 3}); x > chiSquare999[1] {
		t.Errorf("choice of 7:3: %d, %d: χ² is %.1f", left, right, x)
	}

	if n := m.total("unit.leaf").Count; n != 3*uint64(len(again)) {
		t.Errorf("%d leaves of %d requests that repeat three times", n, len(again))
	}
	for _, r := range again {
		if r.Cause != policy.OK || r.Bytes != 0 {
			t.Fatalf("request %+v", r)
		}
	}
}

const waits = `
application: waits
components:
  unit:
    operations:
      constant:    [{wait: 5ms}]
      lognormal:   [{wait: {lognormal: {median: 5ms, p99: 20ms}}}]
      uniform:     [{wait: {uniform: [2ms, 8ms]}}]
      exponential: [{wait: {exponential: 5ms}}]
      abreast:     [{parallel: [{wait: 20ms}, [{wait: 10ms}, {wait: 30ms}], {wait: 5ms}]}]
entries: {constant: unit.constant, lognormal: unit.lognormal, uniform: unit.uniform, exponential: unit.exponential, abreast: unit.abreast}
---
topology: waits
application: waits
nodes: {unit: {kind: service, hosts: [unit], concurrency: 0}}
---
scenario: waits
phases: [{name: steady, for: 3s, load: {constant: 200/s}}]
`

// TestDeclaredServiceTimes holds the service times that the node measured of
// itself to the sum of the very draws that its requests' identities make: never
// shorter, and longer by no more than timers and a busy machine may add. No
// chance is left in it.
func TestDeclaredServiceTimes(t *testing.T) {
	inCalm(t, func() string { return serviceTimes(t, loadYAML(t, waits)[0]) })
}

func serviceTimes(t *testing.T, one scenarios.Loaded) (over string) {
	const seed = 13
	m := driveOn(t, one, seed)
	for _, entry := range []string{"constant", "lognormal", "uniform", "exponential"} {
		op, _ := one.Graph.Application.Operation("unit." + entry)
		drawn := time.Duration(0)
		requests := m.of(entry)
		var longer []time.Duration
		for _, r := range requests {
			service := op.Steps[0].For.Draw(work.Root(seed).Child(r.Seq).Child(0))
			drawn += service
			longer = append(longer, r.Done-r.Sent-service)
			if r.Cause != policy.OK || r.Latency() < service {
				t.Fatalf("%s: request %d took %v, but drew a service of %v (%s)", entry, r.Seq, r.Latency(), service, r.Cause)
			}
		}
		told := m.total(op.Name)
		n := time.Duration(len(requests))
		if told.Count != uint64(n) {
			t.Fatalf("%s: the node counted %d requests of %d", entry, told.Count, n)
		}
		excess := (told.Service - drawn) / n
		t.Logf("%s: %d requests, drawn %v on average, served in %v longer; the median request took %v longer", entry, n, drawn/n, excess, median(longer))
		if told.Service < drawn {
			t.Errorf("%s: %v in all, drawn %v", entry, told.Service, drawn)
		}
		if excess > busyService || median(longer) > busyLatency {
			over = fmt.Sprintf("%s: on average %v longer than drawn, in the median %v", entry, excess, median(longer))
		}
	}
	// Branches take as long as the longest of them, not as all together.
	abreast := latencies(t, m.of("abreast"))
	if shortest := slices.Min(abreast); shortest < 40*time.Millisecond {
		t.Errorf("parallel branches of up to 40 ms took %v", shortest)
	}
	if m := median(took(m.of("abreast"))); m > 40*time.Millisecond+busyLatency {
		over = fmt.Sprintf("parallel branches of up to 40 ms took %v; one after another they take 65 ms", m)
	}
	return over
}

const burning = `
application: burning
components: {unit: {operations: {burn: [{compute: 8ms}], nap: [{wait: 8ms}]}}}
entries: {burn: unit.burn, nap: unit.nap}
---
topology: burning
application: burning
nodes: {unit: {kind: service, hosts: [unit]}}
---
scenario: burning
mix: {burn: 1}
phases: [{name: steady, for: 2s, load: {constant: 50/s}}]
`

// cpu is what the instances of a node have used during the run.
func (m *memory) cpu(node string) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	used := time.Duration(0)
	for _, s := range m.nodes {
		if s.Node == node {
			used += s.CPU
		}
	}
	return used
}

// memory is the most memory that a node was seen with; 0: nobody looked.
func (m *memory) memory(node string) unit.Bytes {
	m.mu.Lock()
	defer m.mu.Unlock()
	most := unit.Bytes(0)
	for _, s := range m.nodes {
		if s.Node == node {
			most = max(most, s.Memory)
		}
	}
	return most
}

// TestDeclaredCompute holds the CPU time that the kernel counted for the node to
// what its requests declare. The same load with a wait in place of the
// computation says what a request costs besides. A core whose twin is busy, or
// whose clock is throttled, takes longer over the same work, so above the bound
// is wide; below it is not: that would be work not done.
func TestDeclaredCompute(t *testing.T) {
	inCalm(t, func() string { return computed(t, loadYAML(t, burning)[0]) })
}

func computed(t *testing.T, one scenarios.Loaded) (over string) {
	burn := driveOn(t, one, 14)
	one.Scenario.Mix = []scenarios.MixShare{{Entry: "nap", Weight: 1}}
	nap := driveOn(t, one, 14)
	n := len(burn.of("burn"))
	declared := time.Duration(n) * 8 * time.Millisecond
	achieved := burn.cpu("unit") - nap.cpu("unit")
	t.Logf("%d requests: declared %v of CPU, achieved %v (%+.1f %%), %v besides", n, declared, achieved,
		100*(float64(achieved)/float64(declared)-1), nap.cpu("unit"))
	if ratio := float64(achieved) / float64(declared); ratio < 0.75 || ratio > 1.6 {
		over = fmt.Sprintf("declared %v of CPU, achieved %v", declared, achieved)
	}
	if idle := nap.cpu("unit"); idle > declared/2 {
		over = fmt.Sprintf("waiting cost %v of CPU", idle)
	}
	return over
}

// TestDeclaredMemory holds that what is allocated is in memory, as long as the operation lasts.
func TestDeclaredMemory(t *testing.T) {
	t.Parallel()
	hold := []work.Step{{Kind: work.Allocate, Bytes: 48 << 20}, {Kind: work.Wait, For: work.ConstantOf(1500 * time.Millisecond)}}
	s := scenario(time.Second, &arrival.Constant{PerSecond: 1})
	m := driveOn(t, scenarios.Loaded{Scenario: s, Graph: one(64, 1000, false, hold...)}, 15)
	most := unit.Bytes(0)
	for _, n := range m.nodes {
		if n.Node == "unit" {
			most = max(most, n.Memory)
		}
	}
	if most < 48<<20 || most > 96<<20 {
		t.Errorf("a node that holds 48Mi had %s in memory", most)
	}
}

// tookDuring parts the medians of what requests took before, during and after the only effect.
func tookDuring(t *testing.T, m *memory) (before, during, after time.Duration) {
	t.Helper()
	from, to := m.inForce(t)
	requests := m.bySeq()
	for _, r := range requests {
		if r.Cause != policy.OK {
			t.Fatalf("request %d failed: %s", r.Seq, r.Cause)
		}
	}
	return median(took(within(requests, 0, from))), median(took(within(requests, from, to))),
		median(took(within(requests, to, time.Hour)))
}

const pair = `
application: pair
components:
  front: {operations: {ask: [{call: back.answer}]}}
  back:  {operations: {answer: [{wait: 2ms}]}}
entries: {ask: front.ask}
---
topology: pair
application: pair
nodes: {front: {kind: service, hosts: [front]}, back: {kind: service, hosts: [back]}}
---
scenario: pair
phases: [{name: steady, for: 2s, load: {constant: 60/s}}]
faults: [{name: slow, at: 700ms, for: 700ms, delay: {%s}}]
`

// TestDeclaredDelay holds that a delay adds what it declares while it lasts: on
// a component inside its operation, on an edge outside of it.
func TestDeclaredDelay(t *testing.T) {
	const by = 90 * time.Millisecond
	for target, inside := range map[string]bool{
		"component: back, by: 90ms":                                 true,
		"edge: {from: front, to: back}, by: 90ms":                   false,
		"edge: {from: front, to: back}, by: 90ms, direction: reply": false,
	} {
		t.Run(target, func(t *testing.T) {
			inCalm(t, func() string { return delayed(t, drive(t, fmt.Sprintf(pair, target), 16), by, inside) })
		})
	}
}

func delayed(t *testing.T, m *memory, by time.Duration, inside bool) (over string) {
	before, during, after := tookDuring(t, m)
	t.Logf("before %v, during %v, after %v", before, during, after)
	from, to := m.inForce(t)
	held := within(m.bySeq(), from, to)
	if least := slices.Min(took(held)); least < by+2*time.Millisecond {
		t.Errorf("a delay of %v, and a wait of 2ms, took %v", by, least)
	}
	if service := m.total("back.answer").Service; inside && service < time.Duration(len(held))*by {
		t.Errorf("the operation itself took %v over all: the delay lies outside of it", service)
	} else if !inside && service > time.Duration(len(held))*by {
		over = fmt.Sprintf("the operation itself took %v over all: the delay lies inside of it", service)
	}
	if added := during - before; added > by+busyLatency {
		over = fmt.Sprintf("a delay of %v added %v", by, added)
	}
	if after > before+busyLatency {
		over = fmt.Sprintf("%v after the heal, %v before the fault", after, before)
	}
	return over
}

// TestDeclaredFaultShare holds that a fail fault hits its share, and the
// requests that their identities draw.
func TestDeclaredFaultShare(t *testing.T) {
	t.Parallel()
	const seed = 17
	m := drive(t, idle+`
scenario: bad-luck
phases: [{name: steady, for: 2s, load: {constant: 400/s}}]
faults: [{name: bad-luck, at: 500ms, for: 1s, fail: {component: unit, share: 30%}}]
`, seed)
	from, to := m.inForce(t)
	during := within(m.bySeq(), from, to)
	for _, r := range during {
		drawn := work.Root(seed).Child(r.Seq).Named("bad-luck").Float64() < 0.3
		if drawn != (r.Cause == policy.Declared) {
			t.Fatalf("request %d ended %q, but its draw says %v", r.Seq, r.Cause, drawn)
		}
	}
	if failed := count(during, policy.Declared); len(during) < 50 || !near(failed, len(during), 0.3) {
		t.Errorf("%d of %d failed during a fault of 30 %%", failed, len(during))
	}
	for _, r := range slices.Concat(within(m.bySeq(), 0, from), within(m.bySeq(), to, time.Hour)) {
		if r.Cause != policy.OK {
			t.Fatalf("request %d, outside of the fault, ended %q", r.Seq, r.Cause)
		}
	}
}

const cut = `
application: cut
components:
  front:  {operations: {place: [{parallel: [{call: stock.reserve}, {call: prices.quote}]}, {repeat: {times: 2, steps: [{call: bank.charge}]}}]}}
  stock:  {operations: {reserve: [{wait: {uniform: [1ms, 3ms]}}, {fail: 10%}]}}
  prices: {operations: {quote: [{fail: 5%}]}}
  bank:   {operations: {charge: {idempotent: true, steps: [{fail: 10%}, {call: ledger.book}]}}}
  ledger: {operations: {book: [{choose: [{weight: 9, steps: []}, {steps: [{fail: 50%}]}]}]}}
entries: {place: front.place}
---
topology: whole
application: cut
nodes: {all: {kind: service, hosts: [front, stock, prices, bank, ledger]}}
---
topology: halves
application: cut
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front, prices]}
  back:  {kind: service, hosts: [stock, bank, ledger], replicas: 2}
---
topology: crumbs
application: cut
nodes:
  front:  {kind: service, hosts: [front]}
  stock:  {kind: service, hosts: [stock]}
  prices: {kind: service, hosts: [prices]}
  guard:  {kind: breaker, to: spread}
  spread: {kind: balancer, to: bank, balance: random}
  bank:   {kind: service, hosts: [bank], replicas: 2}
  ledger: {kind: service, hosts: [ledger]}
---
scenario: cut
phases: [{name: steady, for: 1800ms, load: {poisson: 150/s}}]
faults: [{name: bad-bank, at: 0s, fail: {component: bank, share: 10%}}]
`

// TestSameDrawsHoweverItIsCut holds what makes a comparison fair: the very same
// requests fail, whether a call is a function call, a request, or one that
// passes a gateway, a breaker and a balancer on its way.
func TestSameDrawsHoweverItIsCut(t *testing.T) {
	t.Parallel()
	var first []record.Request
	for _, one := range loadYAML(t, cut, "whole", "halves", "crumbs") {
		m := driveOn(t, one, 18)
		from, to := m.inForce(t)
		requests := within(m.bySeq(), from, to)
		if first == nil {
			first = requests
			if failed := count(first, policy.Declared); failed < len(first)/5 || failed > len(first)*3/5 {
				t.Fatalf("%d of %d failed: no test of which", failed, len(first))
			}
			continue
		}
		compared, at := 0, map[uint64]policy.Cause{}
		for _, r := range first {
			at[r.Seq] = r.Cause
		}
		for _, r := range requests {
			if cause, both := at[r.Seq]; both {
				if compared++; r.Cause != cause {
					t.Errorf("%s: request %d ended %q (%s), in one piece %q", one.Graph.Topology.Name, r.Seq, r.Cause, r.Path, cause)
				}
			}
		}
		if compared < len(first)/2 {
			t.Errorf("%s: only %d of %d requests compared", one.Graph.Topology.Name, compared, len(first))
		}
	}
}
