package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

const retries = `
application: retries
components:
  front:
    operations:
      safe:    [{call: flaky.read}]
      unsafe:  [{call: flaky.write}]
      forced:  [{call: forced.write}]
      thrifty: [{call: thrifty.read}]
  flaky:
    operations:
      read:  {idempotent: true, steps: [{fail: 50%}]}
      write: [{fail: 50%}]
  forced:  {operations: {write: [{fail: 50%}]}}
  thrifty: {operations: {read: {idempotent: true, steps: [{fail: 50%}]}}}
entries: {safe: front.safe, unsafe: front.unsafe, forced: front.forced, thrifty: front.thrifty}
---
topology: retries
application: retries
nodes:
  front:   {kind: service, hosts: [front]}
  flaky:   {kind: service, hosts: [flaky]}
  forced:  {kind: service, hosts: [forced]}
  thrifty: {kind: service, hosts: [thrifty]}
edges:
  - {to: flaky,   retry: {attempts: 3, backoff: {base: 1ms, jitter: none}}}
  - {to: forced,  retry: {attempts: 2, always: true}}
  - {to: thrifty, retry: {attempts: 3, budget: {share: 10%, minimum: 0/s, ttl: 60s}}}
---
scenario: retries
phases: [{name: steady, for: 2500ms, load: {poisson: 240/s}}]
`

// attemptsDrawn returns how many attempts a request makes that may make so many,
// each of which fails by its own draw in half of the cases, and whether all fail.
func attemptsDrawn(seed, seq uint64, most int) (attempts int, fails bool) {
	call := work.Root(seed).Child(seq).Child(0)
	for n := 1; n <= most; n++ {
		if call.Child(uint64(n)).Child(0).Float64() >= 0.5 {
			return n, false
		}
	}
	return most, true
}

// TestRetriesAmplifyAsArithmeticSays: of calls that fail in half of the cases,
// three attempts make 1 + 1/2 + 1/4 on average and leave 1/8 failed; each
// request makes the very attempts that its identity draws. What is not
// idempotent is tried once, unless the policy says always.
func TestRetriesAmplifyAsArithmeticSays(t *testing.T) {
	t.Parallel()
	const seed = 21
	m := drive(t, retries, seed)
	for _, c := range []struct {
		entry string
		most  int
	}{{"safe", 3}, {"unsafe", 1}, {"forced", 2}} {
		requests := m.of(c.entry)
		made, failed := 0, 0
		for _, r := range requests {
			attempts, fails := attemptsDrawn(seed, r.Seq, c.most)
			if r.Attempts != attempts || r.Calls != 1 || fails != (r.Cause == policy.Declared) {
				t.Fatalf("%s: request %d made %d attempts in %d calls and ended %q; drawn %d, failed %v",
					c.entry, r.Seq, r.Attempts, r.Calls, r.Cause, attempts, fails)
			}
			made += attempts
			if fails {
				failed++
			}
		}
		share := 1.0
		for range c.most {
			share /= 2
		}
		t.Logf("%s: %d requests, %.3f attempts each (theory %.3f), %d failed", c.entry, len(requests),
			float64(made)/float64(len(requests)), 2*(1-share), failed)
		if !near(failed, len(requests), share) {
			t.Errorf("%s: %d of %d failed, arithmetic says %.1f %%", c.entry, failed, len(requests), 100*share)
		}
	}
	flaky, calls := m.edge("front", "flaky"), len(m.of("safe"))+len(m.of("unsafe"))
	sum := 0
	for _, r := range slices.Concat(m.of("safe"), m.of("unsafe")) {
		sum += r.Attempts
	}
	if flaky.Calls != uint64(calls) || flaky.Attempts != uint64(sum) {
		t.Errorf("the edge counted %d calls and %d attempts; the replies say %d and %d", flaky.Calls, flaky.Attempts, calls, sum)
	}
	if n := m.total("flaky.read").Count + m.total("flaky.write").Count; n != uint64(sum) {
		t.Errorf("the callee was asked %d times in %d attempts", n, sum)
	}
	// Half of the calls want a retry, and a tenth may have one.
	thrifty := m.edge("front", "thrifty")
	extra := thrifty.Attempts - thrifty.Calls
	if most := thrifty.Calls / 10; extra > most || extra+2 < most {
		t.Errorf("%d retries of %d calls under a budget of 10 %%", extra, thrifty.Calls)
	}
}

const clocks = `
application: clocks
components:
  front:
    operations:
      slow:    [{call: slow.answer}]
      chained: [{call: middle.chain}]
      hopeless: [{call: middle.late}]
  slow:   {operations: {answer: {idempotent: true, steps: [{wait: 400ms}]}}}
  middle:
    operations:
      chain: [{wait: 20ms}, {call: leaf.one}, {call: leaf.two}]
      late:  [{wait: 300ms}, {call: leaf.three}]
  leaf:   {operations: {one: [{wait: 2s}], two: [], three: []}}
entries: {slow: front.slow, chained: front.chained, hopeless: front.hopeless}
---
topology: clocks
application: clocks
nodes:
  front:  {kind: service, hosts: [front]}
  slow:   {kind: service, hosts: [slow]}
  middle: {kind: service, hosts: [middle]}
  leaf:   {kind: service, hosts: [leaf]}
edges:
  - {to: slow,   timeout: 80ms, retry: {attempts: 2}}
  - {to: middle, deadline: 200ms}
---
scenario: clocks
phases: [{name: steady, for: 1500ms, load: {constant: 60/s}}]
`

// TestTimeoutsAndDeadlines: an attempt that takes longer than its timeout ends
// with that cause and is tried anew; a deadline ends the whole call, travels to
// whoever is called below, stops the work there, and keeps calls from being made
// that could not be answered in time.
func TestTimeoutsAndDeadlines(t *testing.T) {
	inCalm(t, func() string { return givenUp(t, drive(t, clocks, 22)) })
}

func givenUp(t *testing.T, m *memory) (over string) {
	for _, c := range []struct {
		entry           string
		cause           policy.Cause
		least, attempts int // least: milliseconds
	}{
		{"slow", policy.Timeout, 160, 2},
		{"chained", policy.Deadline, 200, 2},  // front to middle, middle to leaf.one
		{"hopeless", policy.Deadline, 200, 1}, // middle asks nobody any more
	} {
		requests := m.of(c.entry)
		least := time.Duration(c.least) * time.Millisecond
		for _, r := range requests {
			if r.Cause != c.cause || r.Status != 504 || r.Latency() < least {
				t.Fatalf("%s: request %+v, want %s after %v", c.entry, r, c.cause, least)
			}
		}
		attempts := func(r record.Request) bool { return r.Attempts > c.attempts }
		if slices.ContainsFunc(requests, attempts) {
			t.Errorf("%s: more than %d attempts", c.entry, c.attempts)
		}
		if m := median(took(requests)); m > least+busyLatency {
			over = fmt.Sprintf("%s: given up after %v, want %v", c.entry, m, least)
		}
	}
	if n := m.total("leaf.two").Count + m.total("leaf.three").Count; n != 0 {
		t.Errorf("%d operations were asked for after the deadline", n)
	}
	// leaf.one would take 2 s, and was told that it has less than 200 ms.
	one := m.total("leaf.one")
	if one.Count == 0 || one.Failed != one.Count {
		t.Errorf("the callee: %+v", one)
	} else if one.Service/time.Duration(one.Count) > 180*time.Millisecond+busyLatency {
		over = fmt.Sprintf("the callee worked on past its deadline: %+v", one)
	}
	return over
}

const guarded = `
application: guarded
components:
  front: {operations: {ask: [{call: back.answer}]}}
  back:  {operations: {answer: []}}
entries: {ask: front.ask}
---
topology: on-edge
application: guarded
nodes: {front: {kind: service, hosts: [front]}, back: {kind: service, hosts: [back]}}
edges: [{to: back, breaker: {failures: 5, open: 250ms, probes: 3}}]
---
topology: as-node
application: guarded
nodes:
  front: {kind: service, hosts: [front]}
  guard: {kind: breaker, to: back, breaker: {failures: 5, open: 250ms, probes: 3}}
  back:  {kind: service, hosts: [back]}
---
scenario: guarded
phases: [{name: steady, for: 2500ms, load: {constant: 100/s}}]
faults: [{name: ill, at: 500ms, for: 800ms, fail: {component: back}}]
`

// TestBreakersOpenAndClose: five failures in a row open it, every quarter of a
// second it probes, and three good probes after the heal close it, on the edge
// and as a node on the way alike. While it is open nobody asks the callee.
func TestBreakersOpenAndClose(t *testing.T) {
	t.Parallel()
	for i, one := range loadYAML(t, guarded, "on-edge", "as-node") {
		t.Run(one.Graph.Topology.Name, func(t *testing.T) {
			m := driveOn(t, one, 23)
			from, to := m.inForce(t)
			events := m.eventsOf(record.BreakerState)
			if len(events) < 4 {
				t.Fatalf("transitions: %+v", events)
			}
			edge, state := []string{"front>back", "guard>back"}[i], policy.Closed
			openFor := time.Duration(0)
			for i, e := range events {
				if e.Edge != edge || e.From != state || e.Reason == "" {
					t.Errorf("transition %+v from %s", e, state)
				}
				if e.From == policy.Open {
					openFor += e.At - events[i-1].At
					if d := e.At - events[i-1].At - 250*time.Millisecond; d < -time.Millisecond || d > time.Millisecond {
						t.Errorf("it was open for %v more than 250 ms", d)
					}
				}
				state = e.To
			}
			if opened := events[0]; opened.At < from || opened.At > to {
				t.Errorf("opened at %v, while the fault lasted from %v to %v", opened.At, from, to)
			}
			closed := events[len(events)-1]
			if state != policy.Closed || closed.At < to {
				t.Errorf("at last %s, since %v; healed at %v", state, closed.At, to)
			}
			requests := m.bySeq()
			kept := count(requests, policy.RejectedBreaker)
			if most := 100*openFor.Seconds() + 50; kept == 0 || float64(kept) > most {
				t.Errorf("%d requests were kept off in %v", kept, openFor)
			}
			for _, r := range within(requests, closed.At, time.Hour) {
				if r.Cause != policy.OK {
					t.Errorf("request %d ended %q after the breaker closed", r.Seq, r.Cause)
				}
			}
			if asked := m.total("back.answer").Count; asked != uint64(len(requests)-kept) {
				t.Errorf("the callee was asked %d times in %d requests of which %d were kept off", asked, len(requests), kept)
			}
		})
	}
}

const crowded = `
application: crowded
components: {unit: {operations: {ask: [{wait: 40ms}]}}}
entries: {ask: unit.ask}
---
topology: crowded
application: crowded
nodes: {unit: {kind: service, hosts: [unit], concurrency: 2, queue: 0}}
---
scenario: crowded
phases: [{name: steady, for: 1500ms, load: {constant: 150/s}}]
`

// TestFullInstanceAnswers503: two workers of 40 ms take at most 50 a second, no
// request waits, and those that find no worker are told at once.
func TestFullInstanceAnswers503(t *testing.T) {
	t.Parallel()
	inCalm(t, func() string { return keptOff(t, drive(t, crowded, 24)) })
}

func keptOff(t *testing.T, m *memory) (over string) {
	requests := m.bySeq()
	served, rejected := count(requests, policy.OK), count(requests, policy.RejectedQueue)
	last := slices.MaxFunc(requests, func(a, b record.Request) int { return int(a.Done - b.Done) }).Done
	if most := 2 * int(last/(40*time.Millisecond)+1); served+rejected != len(requests) || served > most || served < 10 {
		t.Errorf("%d served and %d rejected of %d", served, rejected, len(requests))
	}
	told := uint64(0)
	for _, s := range m.nodes {
		told += s.Rejected
		if s.Queued != 0 || s.Node == "unit" && s.InFlight > 2 {
			t.Errorf("queue 0, concurrency 2: %+v", s)
		}
	}
	if told != uint64(rejected) {
		t.Errorf("the node counted %d rejections of %d", told, rejected)
	}
	kept := slices.DeleteFunc(slices.Clone(requests), func(r record.Request) bool { return r.Cause == policy.OK })
	if wrong := slices.ContainsFunc(kept, func(r record.Request) bool { return r.Status != 503 }); wrong {
		t.Error("not all rejections are a 503")
	}
	if m := median(took(kept)); m > busyLatency {
		over = fmt.Sprintf("a rejection took %v", m)
	}
	if n := m.total("unit.ask"); n.Count != uint64(served) || n.Wait > time.Duration(served)*busyService {
		t.Errorf("operation %+v, served %d", n, served)
	}
	return over
}

// TestBalancersSpread: four balancers over three instances each. Round-robin is
// exact, random within sampling error; the other two go where less is to do, so
// that no instance is left out or gets the half of it.
func TestBalancersSpread(t *testing.T) {
	t.Parallel()
	balancers := []string{"round-robin", "random", "least-request", "p2c"}
	var operations, components, entries, nodes, edges strings.Builder
	for _, name := range balancers {
		fmt.Fprintf(&operations, "      %s: [{call: %s-back.answer}]\n", name, name)
		fmt.Fprintf(&components, "  %s-back: {operations: {answer: [{wait: 5ms}]}}\n", name)
		fmt.Fprintf(&entries, "  %s: front.%s\n", name, name)
		fmt.Fprintf(&nodes, "  %s-node: {kind: service, hosts: [%s-back], replicas: 3}\n", name, name)
		fmt.Fprintf(&edges, "  - {to: %s-node, balance: %s}\n", name, name)
	}
	m := drive(t, "application: spread\ncomponents:\n  front:\n    operations:\n"+operations.String()+components.String()+
		"entries:\n"+entries.String()+"---\ntopology: spread\napplication: spread\nnodes:\n  front: {kind: service, hosts: [front]}\n"+
		nodes.String()+"edges:\n"+edges.String()+
		"---\nscenario: spread\nphases: [{name: steady, for: 2s, load: {poisson: 400/s}}]\n", 25)
	for _, name := range balancers {
		var counts []int
		total := 0
		for _, n := range m.served(name + "-node") {
			counts = append(counts, int(n))
			total += int(n)
		}
		if total != len(m.of(name)) || len(counts) != 3 {
			t.Fatalf("%s: %v of %d requests", name, counts, len(m.of(name)))
		}
		t.Logf("%s: %v", name, counts)
		least, most := slices.Min(counts), slices.Max(counts)
		switch {
		case name == "round-robin" && most-least > 1:
			t.Errorf("round-robin: %v", counts)
		case name == "random" && chiSquare(counts, []float64{1, 1, 1}) > chiSquare999[2]:
			t.Errorf("random: %v", counts)
		case least < total/6 || most > total/2:
			t.Errorf("%s: %v", name, counts)
		}
	}
}
