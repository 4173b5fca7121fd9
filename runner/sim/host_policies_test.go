package sim

// policyPlans are plans made to bring the policies of edges and nodes out, one
// or two in each.
var policyPlans = []hostPlan{
	{name: "hedges, after a while and after a quantile", costs: hops, free: true, shows: "declared timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}, {call: two.work}]}}
  one: {operations: {work: {idempotent: true, steps: [{wait: {lognormal: {median: 5ms, p99: 60ms}}}, {fail: 3%}, {respond: 2Ki}]}}}
  two: {operations: {work: {idempotent: true, steps: [{wait: {lognormal: {median: 5ms, p99: 60ms}}}, {fail: 3%}]}}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front], replicas: 2}
  one:   {kind: service, hosts: [one], replicas: 3}
  two:   {kind: service, hosts: [two], replicas: 3}
edges:
  - {to: front, timeout: 120ms}
  - {to: one, timeout: 80ms, balance: p2c, hedge: {after: 12ms, attempts: 3, budget: {share: 30%, minimum: 2/s}}, retry: {attempts: 2, backoff: {base: 2ms}}}
  - {to: two, timeout: 40ms, hedge: {quantile: 90%, after: 30ms}, breaker: {failures: 30%, over: 20, open: 50ms, probes: 2}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 200/s}}]
`},
	{name: "proxies that hedge, and throttle their retries", costs: hops, free: true, shows: "declared", text: `
application: a
components:
  back: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 6ms}}, {fail: 35%}, {respond: 3Ki}]}}}
entries: {work: back.work}
---
topology: t
application: a
nodes:
  door: {kind: gateway}
  lb:   {kind: balancer, to: back, balance: peak-ewma, replicas: 2}
  back: {kind: service, hosts: [back], replicas: 3}
edges:
  - {from: door, to: lb, hedge: 25ms, timeout: 60ms}
  - {from: lb, to: back, retry: {attempts: 3, throttle: {tokens: 6, ratio: 0.8}}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 200/s}}]
`},
	{name: "bulkheads that wait, and that do not", costs: hops, free: true, shows: "rejected-limit timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 3ms]}}, {call: one.work}], look: [{wait: {uniform: [1ms, 3ms]}}, {call: two.work}]}}
  one: {operations: {work: [{wait: {exponential: 8ms}}]}}
  two: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 8ms}}, {fail: 10%}]}}}
entries: {ask: front.ask, look: front.look}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2, concurrency: 0}
  one:   {kind: service, hosts: [one]}
  two:   {kind: service, hosts: [two]}
edges:
  - {to: one, bulkhead: {calls: 2, wait: 12ms, queue: 3}, timeout: 30ms}
  - {to: two, bulkhead: 2, deadline: 20ms, retry: {attempts: 2, backoff: {base: 1ms}}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 500/s}}]
`},
	{name: "rate limits on both sides, and fallbacks", costs: hops, shows: "rejected-limit", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}, {call: two.work}]}}
  one: {operations: {work: [{wait: {exponential: 3ms}}, {fail: 20%}]}}
  two: {operations: {work: [{wait: {exponential: 3ms}}, {fail: 20%}]}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  door:  {kind: gateway, rate_limit: {rate: 120/s, burst: 10}}
  front: {kind: service, hosts: [front]}
  one:   {kind: service, hosts: [one], rate_limit: {rate: 60/s, burst: 5}}
  two:   {kind: service, hosts: [two]}
edges:
  - {to: front, fallback: {respond: 1Ki, on: [declared]}, timeout: 50ms}
  - {to: one, fallback: {on: [rejected-limit]}}
  - {to: two, rate_limit: {rate: 50/s, burst: 3}, breaker: {failures: 30%, over: 10, open: 60ms}}
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
`},
	{name: "slow calls open a breaker, a concurrency limit and throttling", costs: hops, shows: "rejected-breaker rejected-limit rejected-queue", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}], look: [{wait: {uniform: [1ms, 2ms]}}, {call: two.work}], see: [{call: three.work}]}}
  one: {operations: {work: [{wait: {lognormal: {median: 5ms, p99: 60ms}}}]}}
  two: {operations: {work: [{wait: {exponential: 20ms}}]}}
  three: {operations: {work: [{wait: {exponential: 20ms}}]}}
entries: {ask: front.ask, look: front.look, see: front.see}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2, concurrency: 0}
  one:   {kind: service, hosts: [one]}
  two:   {kind: service, hosts: [two], replicas: 2}
  three: {kind: service, hosts: [three], concurrency: 2, queue: 1}
edges:
  - {to: one, breaker: {slow: {over: 20ms, share: 25%}, over: 12, open: 40ms, probes: 2}}
  - {to: two, concurrency_limit: {least: 2, most: 6}}
  - {to: three, throttle: {over: 500ms}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 700/s}}]
`},
	{name: "outliers are ejected, new instances start slowly", costs: hops, shows: "reset refused", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}, {call: two.work}]}}
  one: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 8%}]}}}
  two: {operations: {work: [{wait: {exponential: 3ms}}]}}
entries: {ask: front.ask}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front]}
  one:   {kind: service, hosts: [one], replicas: 6}
  two:   {kind: service, hosts: [two], replicas: 3, weights: [1, 2, 4]}
edges:
  - {to: one, retry: {attempts: 2}, ejection: {consecutive: 2, every: 100ms, for: 150ms, most: 40%, requests: 5, instances: 3, deviations: 1}}
  - {to: two, balance: weighted, slow_start: 1s}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 300/s}}]
faults: [{name: gone, at: steady+1001ms, kill: {component: two}}]
`},
	{name: "health checks find the silent, ejection those that fail", costs: hops, shows: "declared reset timeout", tells: "health unhealthy panic ejection", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}], look: [{call: two.work}], see: [{call: three.work}]}}
  one: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 4%}]}}}
  two: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}]}}}
  three: {operations: {work: [{wait: {exponential: 3ms}}]}}
entries: {ask: front.ask, look: front.look, see: front.see}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2}
  one:   {kind: service, hosts: [one], replicas: 4}
  two:   {kind: service, hosts: [two], replicas: 5}
  lb:    {kind: balancer, to: three, balance: p2c, health: {interval: 40ms, timeout: 25ms, unhealthy: 1, jitter: 20%, panic: 0%}}
  three: {kind: service, hosts: [three], replicas: 3}
edges:
  - {to: one, timeout: 25ms, health: {interval: 60ms, timeout: 20ms, unhealthy: 2, jitter: 30%}, ejection: {consecutive: 2, every: 100ms, for: 150ms, most: 40%}, slow_start: 200ms}
  - {to: two, timeout: 30ms, subset: 3, health: {interval: 50ms, timeout: 20ms, no_traffic: 500ms, jitter: 10%}, breaker: {failures: 30%, over: 20, open: 60ms, per: instance}, retry: {attempts: 2}}
  - {to: lb, timeout: 40ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 300/s}}]
faults:
  - {name: gone, at: steady+501ms, for: 503ms, kill: {component: one}}
  - {name: replaced, at: steady+1303ms, kill: {component: two}}
  - {name: frozen, at: steady+1501ms, for: 407ms, pause: {component: three, instance: 2}}
  - {name: cut, at: steady+2101ms, for: 307ms, fail: {edge: {to: one}, share: 80%}}
  - {name: far, at: steady+2501ms, for: 307ms, delay: {edge: {to: two}, by: {uniform: [10ms, 30ms]}, share: 60%}}
  - {name: back, at: steady+3001ms, for: 207ms, delay: {edge: {to: two}, by: {uniform: [5ms, 30ms]}, share: 60%, direction: reply}}
`},
	{name: "keys and subsets", costs: hops, free: true, text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}, {call: one.work}, {call: two.work}]}}
  one: {operations: {work: [{wait: {exponential: 3ms}}, {call: deep.work}]}}
  two: {operations: {work: [{wait: {exponential: 3ms}}]}}
  deep: {operations: {work: [{wait: {exponential: 3ms}}]}}
entries:
  ask: front.ask
  look: {operation: front.ask, key: {zipf: {s: 1.1, of: 200}}}
  see: {operation: front.ask, key: {uniform: 50}}
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front], replicas: 4}
  one:   {kind: service, hosts: [one], replicas: 5}
  two:   {kind: service, hosts: [two], replicas: 8}
  deep:  {kind: service, hosts: [deep], replicas: 5}
edges:
  - {to: one, balance: consistent-hash}
  - {to: deep, balance: maglev}
  - {to: two, balance: least-request, subset: 2}
---
scenario: s
topology: t
phases: [{name: steady, for: 2s, load: {poisson: 200/s}}]
`},
	{name: "requests of low priority are shed first, also further down", costs: hops, shows: "rejected-limit timeout", tells: "shedding", text: `
application: a
components:
  front: {operations: {buy: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}], look: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}], see: [{parallel: [[{wait: 1ms}, {call: two.work}], [{wait: {exponential: 2ms}}]]}]}}
  one: {operations: {work: [{wait: {exponential: 8ms}}, {call: two.work}]}}
  two: {operations: {work: [{wait: {exponential: 5ms}}]}}
entries: {buy: {operation: front.buy, priority: high}, look: {operation: front.look, priority: low}, see: front.see}
schedules: {tick: {every: 50001us, first: 7331us, ask: two.work, priority: low}}
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front]}
  lb:    {kind: balancer, to: one}
  one:   {kind: service, hosts: [one], concurrency: 3, shedding: {queue: 12, normal: 60%, low: 20%}}
  two:   {kind: service, hosts: [two], concurrency: 3, queue: 200, shedding: {codel: {target: 3ms, interval: 40ms}}}
edges:
  - {to: lb, timeout: 70ms}
  - {to: two, timeout: 60ms}
---
scenario: s
topology: t
mix: {buy: 1, look: 1, see: 2}
phases: [{name: steady, for: 4s, load: {poisson: 800/s}}]
`},
	{name: "caches of the callers, with all that keeps misses apart", costs: hops, free: true, shows: "declared", tells: "hits stale misses coalesced refreshes evictions", text: `
application: a
components:
  front: {operations: {ask: {idempotent: true, steps: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}, {wait: {uniform: [1ms, 2ms]}}, {call: two.work}, {wait: {uniform: [1ms, 2ms]}}, {call: two.change}]}}}
  one: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 9ms}}, {fail: 20%}, {respond: 2Ki}]}}}
  two: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 9ms}}, {fail: 20%}]}, change: [{wait: 1ms}]}}
entries:
  ask: {operation: front.ask, key: {zipf: {s: 1.1, of: 60}}}
  bare: front.ask
---
topology: t
application: a
nodes:
  door:  {kind: gateway, concurrency: 0}
  front: {kind: service, hosts: [front], concurrency: 0}
  one:   {kind: service, hosts: [one]}
  two:   {kind: service, hosts: [two]}
edges:
  - {to: front, cache: {ttl: 5ms, coalesce: true, stale_while_revalidate: 10ms}, timeout: 80ms}
  - {to: one, cache: {ttl: 100ms, size: 20, coalesce: true, early_refresh: 2, stale_if_error: 150ms}, timeout: 30ms}
  - {to: two, cache: {ttl: 50ms, bytes: 30, stale_while_revalidate: 40ms}, fallback: {on: [timeout]}, timeout: 15ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 300/s}}]
`},
	{name: "a cache that callers look aside in, and its death", costs: hops, free: true, shows: "declared", tells: "hits stale misses coalesced refreshes evictions", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}]}}
  one: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 9ms}}, {fail: 20%}, {respond: 2Ki}]}}}
entries:
  ask: {operation: front.ask, key: {zipf: {s: 1, of: 100}}}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], replicas: 2, concurrency: 0}
  one:   {kind: service, hosts: [one], replicas: 2}
  kept:  {kind: cache, ttl: 200ms, size: 40, coalesce: true, stale_while_revalidate: 50ms, early_refresh: 1, lease: 30ms, concurrency: 0, replicas: 2}
edges:
  - {to: one, cache: {in: kept}, timeout: 25ms}
  - {to: kept, timeout: 20ms, balance: consistent-hash}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 300/s}}]
faults: [{name: gone, at: steady+1501ms, for: 700ms, kill: {node: kept}}]
`},
	{name: "a cache that reads through, before a balancer", costs: hops, free: true, shows: "declared", tells: "hits stale misses coalesced refreshes evictions", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}, {wait: {uniform: [1ms, 2ms]}}, {call: one.other}]}}
  one: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 9ms}}, {fail: 20%}, {respond: 2Ki}]}, other: [{wait: {exponential: 2ms}}]}}
entries:
  ask: {operation: front.ask, key: {uniform: 50}}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], concurrency: 0}
  one:   {kind: service, hosts: [one], replicas: 2}
  lb:    {kind: balancer, to: one, concurrency: 0}
  kept:  {kind: cache, to: lb, ttl: 200ms, size: 30, coalesce: true, stale_while_revalidate: 50ms, concurrency: 0}
edges:
  - {from: kept, to: lb, timeout: 25ms}
  - {to: kept, deadline: 18ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 300/s}}]
`},
	{name: "caches of what clients ask with a query, a method and credentials of their own", costs: hops, shows: "declared", tells: "hits misses coalesced", text: `
application: a
components:
  api: {operations: {read: {idempotent: true, steps: [{wait: {exponential: 6ms}}, {fail: 10%}, {respond: 1Ki}]}}}
entries:
  one:    {operation: api.read, path: "/items?id=1"}
  two:    {operation: api.read, path: "/items?id=2"}
  post:   {operation: api.read, path: /items, method: POST}
  mine:   {operation: api.read, path: /items, headers: {Authorization: Bearer a.b.c}}
---
topology: t
application: a
nodes:
  outer: {kind: cache, to: door, ttl: 30ms}
  door:
    kind: gateway
    routes: [{path: /items, methods: [GET, POST], to: api.read}]
  api:  {kind: service, hosts: [api], replicas: 2}
  kept: {kind: cache, to: api, ttl: 120ms, coalesce: true}
edges:
  - {from: door, to: kept, cache: {ttl: 60ms}}
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
`},
	{name: "requests are shed by length, by worth and by wait", costs: hops, shows: "rejected-limit timeout", text: `
application: a
components:
  front: {operations: {ask: [{wait: {uniform: [1ms, 2ms]}}, {call: one.work}], look: [{wait: {uniform: [1ms, 2ms]}}, {call: one.peek}], see: [{call: two.work}]}}
  one: {operations: {work: [{wait: {exponential: 8ms}}], peek: [{wait: {exponential: 8ms}}]}}
  two: {operations: {work: [{wait: {exponential: 9ms}}]}}
entries: {ask: front.ask, look: front.look, see: front.see, work: two.work}
---
topology: t
application: a
nodes:
  front: {kind: service, hosts: [front], concurrency_limit: {least: 4, most: 60}}
  one:   {kind: service, hosts: [one], concurrency: 2, shedding: {queue: 10, first: [one.peek]}}
  two:   {kind: service, hosts: [two], concurrency: 2, queue: 200, shedding: {codel: {target: 4ms, interval: 60ms}}}
edges:
  - {to: one, timeout: 70ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 700/s}}]
`},
}
