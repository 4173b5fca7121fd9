package sim

import (
	"strings"
	"testing"

	"windtunnel/topologies/policy"
)

// hostPlan is a plan made to bring one thing out.
type hostPlan struct {
	name  string
	costs Costs
	free  bool   // nothing is a tie
	shows string // the causes that requests must end with, some of them
	tells string // the machines of which transitions must be told, and states that they must get to
	text  string
}

// The plans. Waits are drawn, so that requests which have nothing to do with
// each other do not meet at one instant; where things must meet, it is said.
var hostPlans = []hostPlan{
	{name: "two proxies in a row", costs: hops, shows: "rejected-breaker declared timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 3ms]}}, {call: back.work}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 4ms}}, {fail: 20%}, {respond: 2Ki}]}}}
entries: {ask: front.ask, work: back.work}
---
topology: t
application: a
nodes:
  door:   {kind: gateway}
  front:  {kind: service, hosts: [front], replicas: 2}
  outer:  {kind: balancer, to: guard, balance: least-request}
  guard:  {kind: breaker, to: back, replicas: 2, breaker: {failures: 55%, over: 10, open: 30ms, probes: 2}, concurrency: 3, queue: 2}
  back:   {kind: service, hosts: [back], replicas: 3, concurrency: 2, queue: 1}
edges:
  - {to: outer, timeout: 60ms, retry: {attempts: 2, backoff: {base: 3ms, jitter: equal}}}
  - {from: outer, to: guard, timeout: 30ms}
  - {from: guard, to: back, timeout: 12ms, retry: {attempts: 3, backoff: {base: 2ms}, budget: 30%}}
---
scenario: s
topology: t
mix: {ask: 3, work: 1}
phases:
  - {name: calm, for: 1500ms, load: {poisson: 150/s}}
  - {name: rush, for: 1500ms, load: {poisson: 700/s}}
`},
	{name: "a breaker for each instance", costs: hops, shows: "rejected-breaker declared timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: back.work}]}}
  back:  {operations: {work: [{wait: {exponential: 5ms}}, {fail: 35%}]}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front]}
  back:  {kind: service, hosts: [back], replicas: 3}
edges:
  - {to: back, timeout: 15ms, retry: {attempts: 3, always: true}, balance: random,
     breaker: {failures: 50%, over: 6, open: 80ms, probes: 3, per: instance}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 150/s}}]
`},
	{name: "a breaker over a time, and one after failures in a row", costs: hops, shows: "rejected-breaker declared timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: slow.work}, {call: back.work}]}}
  slow:  {operations: {work: [{wait: {lognormal: {median: 3ms, p99: 60ms}}}]}}
  back:  {operations: {work: [{wait: {exponential: 5ms}}, {fail: 40%}]}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2}
  slow:  {kind: service, hosts: [slow]}
  back:  {kind: service, hosts: [back]}
edges:
  - {to: slow, timeout: 12ms, breaker: {failures: 15%, over: 400ms, minimum: 10, open: 100ms, probes: 4}}
  - {to: back, breaker: {failures: 4, open: 50ms, probes: 1}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 200/s}}]
`},
	{name: "full queues and deadlines", costs: hops, shows: "rejected-queue deadline timeout", text: `
application: a
components:
  front:  {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: middle.work}, {wait: {uniform: [0ms, 2ms]}}]}}
  middle: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {call: back.work}, {call: back.work}]}}}
  back:   {operations: {work: {idempotent: true, steps: [{wait: {exponential: 5ms}}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front:  {kind: service, hosts: [front], concurrency: 20, queue: 10}
  middle: {kind: service, hosts: [middle], concurrency: 4, queue: 6}
  back:   {kind: service, hosts: [back], concurrency: 1, queue: 3}
edges:
  - {to: middle, timeout: 25ms, deadline: 40ms, retry: {attempts: 3, backoff: {base: 1ms}}}
  - {to: back, timeout: 14ms, retry: {attempts: 2}}
---
scenario: s
topology: t
generator: {timeout: 60ms}
phases: [{name: rising, for: 4s, load: {ramp: {from: 20/s, to: 400/s}}}]
`},
	{name: "budgets and every jitter", costs: hops, shows: "declared deadline", text: `
application: a
components:
  front:
    operations:
      ask: [{wait: {uniform: [1ms, 2ms]}}, {choose: [{steps: [{call: b1.work}]}, {steps: [{call: b2.work}]}, {steps: [{call: b3.work}]}, {steps: [{call: b4.work}]}]}]
  b1: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 50%}]}}}
  b2: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 50%}]}}}
  b3: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 50%}]}}}
  b4: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 50%}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2}
  b1: {kind: service, hosts: [b1]}
  b2: {kind: service, hosts: [b2]}
  b3: {kind: service, hosts: [b3]}
  b4: {kind: service, hosts: [b4]}
edges:
  - {to: b1, retry: {attempts: 5, backoff: {base: 2ms, cap: 9ms, jitter: full}, budget: {share: 20%, minimum: 2/s, ttl: 1s}}}
  - {to: b2, retry: {attempts: 5, backoff: {base: 2ms, jitter: equal}, budget: {share: 10%, minimum: 1/s, ttl: 2s}}}
  - {to: b3, retry: {attempts: 5, backoff: {base: 2ms, cap: 30ms, jitter: decorrelated}, budget: {share: 50%, minimum: 0/s}}}
  - {to: b4, deadline: 20ms, retry: {attempts: 5, backoff: {base: 3ms, jitter: none}, budget: {share: 30%, minimum: 1/s, ttl: 500ms}}}
---
scenario: s
topology: t
phases: [{name: steady, for: 5s, load: {poisson: 200/s}}]
`},
	{name: "four replicas by every balancer", costs: hops, free: true, text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: b1.work}, {call: b2.work}, {call: b3.work}, {call: b4.work}]}}
  b1: {operations: {work: [{wait: {exponential: 10ms}}]}}
  b2: {operations: {work: [{wait: {exponential: 10ms}}]}}
  b3: {operations: {work: [{wait: {exponential: 10ms}}]}}
  b4: {operations: {work: [{wait: {exponential: 10ms}}]}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2}
  b1: {kind: service, hosts: [b1], replicas: 4, concurrency: 1}
  b2: {kind: service, hosts: [b2], replicas: 4, concurrency: 1}
  b3: {kind: service, hosts: [b3], replicas: 4, concurrency: 1}
  b4: {kind: service, hosts: [b4], replicas: 4, concurrency: 1}
edges:
  - {to: b1, balance: round-robin}
  - {to: b2, balance: random}
  - {to: b3, balance: least-request}
  - {to: b4, balance: p2c}
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 250/s}}]
`},
	{name: "users", costs: hops, free: true, shows: "rejected-queue timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {exponential: 5ms}}, {call: back.work}], look: [{wait: {exponential: 3ms}}]}}
  back:  {operations: {work: [{wait: {exponential: 5ms}}]}}
entries: {ask: front.ask, look: front.look}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2, concurrency: 3, queue: 4}
  back:  {kind: service, hosts: [back], concurrency: 2, queue: 1}
edges: [{to: back, timeout: 20ms}]
---
scenario: s
topology: t
mix: {ask: 2, look: 1}
generator: {timeout: 30ms}
phases:
  - {name: few, for: 1s, load: {closed: {users: 4, think: {exponential: 20ms}}}}
  - {name: open, for: 1s, load: {poisson: 100/s}}
  - {name: many, for: 1s, load: {closed: {users: 12}}}
`},
	{name: "too many in flight", costs: hops, free: true, shows: "unsent timeout", text: `
application: a
components: {front: {operations: {ask: [{wait: {exponential: 30ms}}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes: {front: {kind: service, hosts: [front], concurrency: 0, queue: 0}}
---
scenario: s
topology: t
generator: {timeout: 100ms, max_in_flight: 5}
phases: [{name: steady, for: 2s, load: {poisson: 200/s}}]
`},
	{name: "a kill that holds, in the middle", costs: even, shows: "rejected-breaker timeout", text: `
application: a
components:
  front:  {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: middle.work}]}}
  middle: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 30ms}}, {call: back.work}, {respond: 100}]}}}
  back:   {operations: {work: [{wait: {exponential: 20ms}}]}}
entries: {ask: front.ask, work: middle.work}
---
topology: t
application: a
nodes:
  door:   {kind: gateway}
  front:  {kind: service, hosts: [front], replicas: 2}
  middle: {kind: service, hosts: [middle], replicas: 3, concurrency: 4, queue: 3}
  back:   {kind: service, hosts: [back], replicas: 2}
edges:
  - {to: middle, timeout: 100ms, balance: p2c, breaker: {failures: 50%, over: 8, open: 120ms, probes: 3},
     retry: {attempts: 4, backoff: {base: 1ms}, budget: {share: 20%, minimum: 3/s}}}
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
faults: [{name: down, at: steady+1003ms, for: 500ms, kill: {component: middle}}]
`},
	{name: "kills that hold nothing, of the young too", costs: even, shows: "refused reset rejected-breaker", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: back.work}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 30ms}}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2}
  back:  {kind: service, hosts: [back], replicas: 2}
edges:
  - {to: back, timeout: 100ms, balance: round-robin, breaker: {failures: 3, open: 120ms, probes: 3, per: instance}, retry: {attempts: 3}}
---
scenario: s
topology: t
phases: [{name: steady, for: 8s, load: {poisson: 100/s}}]
faults:
  - {name: first, at: steady+501ms, kill: {component: back}}
  - {name: second, at: steady+701ms, kill: {component: back}}
  - {name: third, at: steady+901ms, kill: {component: back}}
  - {name: late, at: steady+7001ms, kill: {component: back}}
  - {name: door, at: steady+7501ms, kill: {component: front}}
`},
	{name: "delays and failures everywhere", costs: hops, shows: "declared refused rejected-breaker timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: near.work}, {call: back.work}, {call: side.work}]}}
  near:  {operations: {work: [{wait: {uniform: [1ms, 2ms]}}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}]}}}
  side:  {operations: {work: [{wait: {exponential: 3ms}}]}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  door:  {kind: gateway, concurrency: 20}
  front: {kind: service, hosts: [front, near]}
  guard: {kind: breaker, to: back, breaker: {failures: 60%, over: 10, open: 100ms}, concurrency: 8, queue: 2}
  back:  {kind: service, hosts: [back, side], replicas: 2, concurrency: 5, queue: 3}
edges:
  - {from: front, to: guard, timeout: 40ms, retry: {attempts: 2}}
  - {from: guard, to: back, timeout: 25ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 6s, load: {poisson: 150/s}}]
faults:
  - {name: slow-node,      at: steady+301ms,  for: 300ms, delay: {node: front, by: {uniform: [1ms, 9ms]}}}
  - {name: slow-component, at: steady+501ms,  for: 600ms, delay: {component: near, by: {exponential: 5ms}, share: 50%}}
  - {name: slow-proxy,     at: steady+901ms,  for: 400ms, delay: {node: guard, by: {uniform: [1ms, 30ms]}}}
  - {name: slow-edge,      at: steady+1301ms, for: 700ms, delay: {edge: {to: back}, by: {exponential: 10ms}, share: 60%}}
  - {name: slow-reply,     at: steady+1701ms, for: 700ms, delay: {edge: {from: front, to: back}, by: {exponential: 10ms}, direction: reply}}
  - {name: bad-node,       at: steady+2501ms, for: 300ms, fail: {node: back, share: 40%}}
  - {name: bad-component,  at: steady+2901ms, for: 300ms, fail: {component: side}}
  - {name: bad-proxy,      at: steady+3301ms, for: 300ms, fail: {node: guard, share: 70%}}
  - {name: bad-edge,       at: steady+3701ms, for: 300ms, fail: {edge: {to: side}, share: 50%}}
  - {name: bad-door,       at: steady+4101ms, for: 300ms, fail: {node: door, share: 20%}}
  - {name: slow-door,      at: steady+4201ms, for: 300ms, delay: {node: door, by: {uniform: [1ms, 90ms]}}}
  - {name: down,           at: steady+4801ms, for: 200ms, kill: {component: back}}
  - {name: slow-one,       at: steady+4701ms, for: 500ms, delay: {node: back, instance: 2, by: {uniform: [1ms, 9ms]}}}
  - {name: bad-one,        at: steady+4751ms, for: 500ms, fail: {node: back, instance: 1, share: 50%}}
  - {name: still,          at: steady+4901ms, delay: {component: back, by: {uniform: [1ms, 2ms]}}}
`},
	{name: "branches, choices and rounds", costs: hops, shows: "declared timeout", text: `
application: a
components:
  front:
    operations:
      ask:
        - wait: {uniform: [1ms, 2ms]}
        - parallel:
            - [{wait: {exponential: 2ms}}, {call: back.work}, {respond: 300}]
            - [{wait: {exponential: 3ms}}, {call: near.work}, {fail: 5%}]
            - {parallel: [[{wait: {exponential: 1ms}}, {call: back.other}], {wait: {exponential: 4ms}}]}
            - [{fail: 5%}]
        - choose:
            - {weight: 3, steps: [{wait: {exponential: 2ms}}, {call: back.work}]}
            - {weight: 1, steps: [{respond: 5Ki}]}
            - {weight: 2, steps: [{call: near.work}, {repeat: {times: 2, steps: [{call: near.work}]}}]}
        - repeat: {times: 3, steps: [{wait: {exponential: 1ms}}, {choose: [{steps: [{call: back.other}]}, {steps: [{wait: {exponential: 2ms}}]}]}, {fail: 2%}]}
  near: {operations: {work: [{wait: {exponential: 2ms}}, {respond: 7Ki}, {parallel: [{wait: {exponential: 2ms}}, {call: deep.work}]}, {fail: 3%}]}}
  deep: {operations: {work: [{wait: {exponential: 1ms}}, {allocate: 1Ki}, {respond: 9Ki}]}}
  back:
    operations:
      work:  {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 10%}]}
      other: [{repeat: {times: 2, steps: [{wait: {exponential: 1ms}}]}}, {fail: 3%}]
entries: {ask: front.ask, work: back.work}
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front, near, deep], concurrency: 3}
  back:  {kind: service, hosts: [back], replicas: 2, concurrency: 2, queue: 2}
edges:
  - {to: front, timeout: 60ms}
  - {to: back, timeout: 15ms, retry: {attempts: 2, backoff: {base: 1ms}}}
---
scenario: s
topology: t
mix: {ask: 5, work: 1}
phases: [{name: steady, for: 4s, load: {poisson: 100/s}}]
`},
	{name: "a frozen callee", costs: hops, shows: "timeout rejected-breaker rejected-queue", text: frozenPlan + `
faults: [{name: still, at: steady+1001ms, for: 300ms, pause: {component: back}}]
`},
	{name: "a frozen caller", costs: hops, shows: "timeout rejected-queue", text: frozenPlan + `
faults: [{name: still, at: steady+1001ms, for: 300ms, pause: {component: front}}]
`},
	{name: "frozen, and killed in the ice", costs: hops, shows: "reset refused rejected-breaker timeout", text: frozenPlan + `
faults:
  - {name: still, at: steady+1001ms, for: 300ms, pause: {component: back}}
  - {name: dead,  at: steady+1201ms, for: 200ms, kill: {component: back}}
`},
	// Here a retry arrives at the instant at which its first attempt gives its
	// place in the queue up, as the worker is busy with what has more time.
	{name: "retries in step with expiries", costs: even, shows: "timeout rejected-queue", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: back.work}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 5ms}}]}, long: [{wait: {exponential: 30ms}}]}}
entries: {ask: front.ask, long: back.long}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front]}
  back:  {kind: service, hosts: [back], concurrency: 1, queue: 3}
edges: [{to: back, timeout: 12ms, retry: {attempts: 3}}]
---
scenario: s
topology: t
mix: {ask: 9, long: 1}
phases: [{name: steady, for: 3s, load: {poisson: 150/s}}]
`},
	// What is delayed until the very deadline comes too late, on either way.
	{name: "delays to the very deadline", shows: "timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: back.work}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: 10ms}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front]}
  guard: {kind: breaker, to: back}
  back:  {kind: service, hosts: [back]}
edges: [{from: front, to: guard, timeout: 50ms, retry: {attempts: 2}}]
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 50/s}}]
faults:
  - {name: there,  at: steady+301ms,  for: 300ms, delay: {edge: {from: front, to: guard}, by: 50ms, share: 50%}}
  - {name: back,   at: steady+701ms,  for: 300ms, delay: {edge: {from: front, to: guard}, by: 40ms, share: 50%, direction: reply}}
  - {name: behind, at: steady+1101ms, for: 300ms, delay: {edge: {to: back}, by: 40ms, share: 50%, direction: reply}}
  - {name: inside, at: steady+1501ms, for: 300ms, delay: {component: back, by: 40ms, share: 50%}}
  - {name: proxy,  at: steady+1901ms, for: 300ms, delay: {node: guard, by: 50ms, share: 50%}}
`},
	// The due instant of a first attempt comes in the ice, though a second one is under way.
	{name: "frozen callers with a retry under way", costs: hops, shows: "rejected-queue timeout declared", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: back.work}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 20ms}}, {fail: 60%}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 6, concurrency: 1, queue: 0}
  back:  {kind: service, hosts: [back]}
edges: [{to: back, timeout: 40ms, retry: {attempts: 2}}]
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
faults:
  - {name: one,   at: steady+301ms,  for: 90ms, pause: {component: front}}
  - {name: two,   at: steady+701ms,  for: 90ms, pause: {component: front}}
  - {name: three, at: steady+1101ms, for: 90ms, pause: {component: front}}
  - {name: four,  at: steady+1501ms, for: 90ms, pause: {component: front}}
  - {name: five,  at: steady+1901ms, for: 90ms, pause: {component: front}}
  - {name: six,   at: steady+2301ms, for: 90ms, pause: {component: front}}
`},
	// Messages take no time here: what a request causes at once happens at once.
	{name: "no time between nodes", shows: "refused rejected-breaker rejected-queue timeout", text: `
application: a
components:
  front:  {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: middle.work}]}}
  middle: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 8ms}}, {call: back.work}]}}}
  back:   {operations: {work: {idempotent: true, steps: [{wait: {exponential: 8ms}}, {fail: 10%}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  door:   {kind: gateway}
  front:  {kind: service, hosts: [front]}
  middle: {kind: service, hosts: [middle], replicas: 2, concurrency: 3, queue: 2}
  back:   {kind: service, hosts: [back], concurrency: 3, queue: 3}
edges:
  - {to: middle, timeout: 30ms, retry: {attempts: 2}}
  - {to: back, timeout: 15ms, balance: p2c, retry: {attempts: 2}, breaker: {failures: 50%, over: 10, open: 50ms}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 250/s}}]
faults: [{name: down, at: steady+2001ms, for: 200ms, kill: {component: middle}}]
`},
}

const frozenPlan = `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: back.work}], look: [{wait: {exponential: 2ms}}]}}
  back:  {operations: {work: {idempotent: true, steps: [{wait: {exponential: 10ms}}, {call: deep.work}]}}}
  deep:  {operations: {work: [{wait: {exponential: 10ms}}]}}
entries: {ask: front.ask, look: front.look, work: back.work}
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front], concurrency: 16, queue: 8}
  back:  {kind: service, hosts: [back], replicas: 2, concurrency: 4, queue: 6}
  deep:  {kind: service, hosts: [deep]}
edges:
  - {to: front, timeout: 200ms}
  - {to: back, timeout: 80ms, breaker: {failures: 50%, over: 10, open: 50ms, probes: 3}, retry: {attempts: 2, backoff: {base: 2ms}}}
  - {to: deep, timeout: 50ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
`

func TestHostsOfPlans(t *testing.T) { agreeOnPlans(t, hostPlans) }

func TestHostsOfPolicies(t *testing.T) { agreeOnPlans(t, policyPlans) }

func agreeOnPlans(t *testing.T, plans []hostPlan) {
	for _, p := range plans {
		t.Run(p.name, func(t *testing.T) {
			seen, told := map[policy.Cause]bool{}, map[string]bool{}
			for seed := range uint64(2) {
				r := agree(t, load(t, p.text)[0], p.costs, seed, !p.free)
				t.Log(r)
				for _, q := range r.requests {
					seen[q.Cause] = true
				}
				for what, done := range did(r.counted()) {
					told[what] = told[what] || done
				}
				for _, e := range r.events {
					machine, _, _ := strings.Cut(e.Name, " ")
					told[machine], told[e.To] = true, true
				}
			}
			for cause := range strings.FieldsSeq(p.shows) {
				if !seen[policy.Cause(cause)] {
					t.Errorf("no request ended with %s: the plan does not show what it should", cause)
				}
			}
			for what := range strings.FieldsSeq(p.tells) {
				if !told[what] {
					t.Errorf("nothing is told of %s: the plan does not show what it should", what)
				}
			}
		})
	}
}
