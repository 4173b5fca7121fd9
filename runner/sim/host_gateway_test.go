package sim

import "testing"

// gatewayPlans bring out what a gateway decides. The simulator and the node
// program ask the same code, but each tells it of a request in its own way.
var gatewayPlans = []hostPlan{
	{name: "routes by path, host, method and header, a canary that moves twice, and what has no route", costs: hops, shows: "declared status", text: `
application: a
components:
  one: {operations: {work: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 10%}, {respond: 2Ki}]}, slow: {idempotent: true, steps: [{wait: {exponential: 30ms}}]}}}
  two: {operations: {work: [{wait: {exponential: 5ms}}, {respond: 1Ki}]}}
entries:
  home: one.work
  item: {operation: one.work, path: "/items/7?full=1"}
  beta: {operation: one.work, path: /items/8, headers: {X-Beta: "yes"}}
  host: {operation: two.work, path: /items/9, host: two.example}
  lost: {operation: two.work, path: /nowhere, expect: [404]}
  post: {operation: two.work, method: POST, path: /items/7, expect: [405]}
  gone: {operation: two.work, path: /later, expect: [404, 200]}
  slow: {operation: one.slow, path: /slow}
  large: {operation: two.work, method: PUT, path: /items/7, body: "0123456789", expect: [413]}
---
topology: t
application: a
nodes:
  door:
    kind: gateway
    replicas: 2
    max_body: 9
    routes:
      - {path: /home, to: one.work, attempts: 1}
      - {path: "/items/{id}", methods: [GET], split: {one.work: 80, two.work: 20}}
      - {path: "/items/{id}", methods: [PUT], to: two.work}
      - {path: "/items/{id}", methods: [GET], headers: {X-Beta: "yes"}, to: two.work}
      - {path: "/items/*", methods: [GET], host: two.example, to: two.work}
      - {path: /slow, to: one.slow, timeout: 25ms, attempts: 2}
  one: {kind: service, hosts: [one], replicas: 2}
  two: {kind: service, hosts: [two]}
edges:
  - {to: one, timeout: 20ms, retry: {attempts: 3, backoff: {base: 2ms}}}
---
scenario: s
topology: t
phases: [{name: steady, for: 4s, load: {poisson: 300/s}}]
faults:
  - name: canary
    at: steady+1001ms
    for: 1500ms
    reload: {gateway: door, routes: [{path: /home, to: one.work}, {path: "/items/*", split: {one.work: 20, two.work: 80}}, {path: /later, to: two.work}, {path: /slow, to: one.slow}]}
  - name: back
    at: steady+2001ms
    reload: {gateway: door, routes: [{path: /home, to: two.work}, {path: "/items/*", to: two.work}, {path: /slow, to: one.slow, timeout: 10ms}]}
`},
	{name: "a proxy before a gateway, which repeats what is idempotent on a path", costs: hops, shows: "declared", text: `
application: a
components:
  items: {operations: {list: {idempotent: true, steps: [{wait: {exponential: 3ms}}]}, add: [{wait: {exponential: 5ms}}]}}
entries:
  list: {operation: items.list, path: /items}
  add:  {operation: items.add, method: POST, path: /items}
---
topology: t
application: a
nodes:
  front: {kind: balancer, to: door}
  door:  {kind: gateway, routes: [{path: /items, methods: [GET], to: items.list}, {path: /items, methods: [POST], to: items.add}]}
  items: {kind: service, hosts: [items]}
edges: [{from: front, to: door, retry: {attempts: 3, backoff: {base: 2ms}}}]
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
faults: [{name: parted, at: steady+1s, for: 1s, fail: {edge: {from: front, to: door}, share: 50%}}]
`},
	{name: "keys, a bucket for each client, and pages of other origins", costs: hops, shows: "rejected-limit status", text: `
application: a
components:
  api: {operations: {read: [{wait: {exponential: 3ms}}, {respond: 1Ki}]}}
entries:
  greedy: {operation: api.read, path: /read, headers: {X-Api-Key: g}}
  polite: {operation: api.read, path: /read, headers: {x-api-key: p}}
  nobody: {operation: api.read, path: /read, expect: [401]}
  wrong:  {operation: api.read, path: /read, headers: {X-Api-Key: q}, expect: [401]}
  barred: {operation: api.read, path: /write, headers: {X-Api-Key: p}, expect: [403]}
  bearer: {operation: api.read, path: /read, headers: {Authorization: Bearer a.b.c}}
  health: {operation: api.read, path: /health}
  ask:    {operation: api.read, method: OPTIONS, path: /read, headers: {Origin: "https://a.example", Access-Control-Request-Method: GET}}
---
topology: t
application: a
nodes:
  front: {kind: balancer, to: door}
  door:
    kind: gateway
    routes: [{path: /read, methods: [GET], to: api.read}, {path: /write, to: api.read, allow: [gold]}, {path: /health, to: api.read, open: true}]
    auth:
      api_keys: {keys: {gold: g, plain: p}}
      jwt: {methods: [HS256], secret: s}
    cors: {origins: ["https://a.example"]}
    rate_limit: {rate: 30/s, burst: 5, per: {client: true}}
  api: {kind: service, hosts: [api]}
---
scenario: s
topology: t
mix: {greedy: 6, polite: 1, nobody: 1, wrong: 1, barred: 1, bearer: 1, health: 2, ask: 1}
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
`},
	{name: "aggregates, one of which stands for an operation that a client calls", costs: hops, shows: "declared timeout", text: `
application: a
components:
  phone:  {operations: {open: [{call: screen.load}, {respond: 512}], quick: [{call: one.work}]}}
  screen: {operations: {load: [{call: one.work}, {call: two.work}, {call: three.work}, {respond: 4Ki}]}}
  one:    {operations: {work: {idempotent: true, steps: [{wait: {exponential: 4ms}}, {fail: 8%}, {respond: 2Ki}]}}}
  two:    {operations: {work: [{wait: {exponential: 6ms}}, {fail: 10%}]}}
  three:  {operations: {work: [{wait: {exponential: 2ms}}, {respond: 100}]}}
entries: {open: phone.open, quick: phone.quick, page: {operation: one.work, path: /page}}
---
topology: t
application: a
nodes:
  phone: {kind: service, hosts: [phone]}
  door:
    kind: gateway
    clients: [phone]
    routes:
      - {aggregate: [one.work, {call: two.work, optional: true}, three.work], as: screen.load}
      - {path: /page, aggregate: [{call: three.work, optional: true}, one.work, two.work], timeout: 12ms}
  one:   {kind: service, hosts: [one], replicas: 2}
  two:   {kind: service, hosts: [two]}
  three: {kind: service, hosts: [three]}
edges:
  - {to: one, timeout: 15ms, retry: {attempts: 2, backoff: {base: 1ms}}}
  - {to: door, timeout: 60ms}
---
scenario: s
topology: t
phases: [{name: steady, for: 3s, load: {poisson: 200/s}}]
faults:
  - {name: far, at: 3ms, delay: {edge: {from: phone, to: door}, by: {uniform: [3ms, 5ms]}}}
  - {name: dear, at: steady+1s, for: 500ms, delay: {node: door, by: {uniform: [1ms, 2ms]}, share: 30%}}
`},
}

func TestHostsOfGateways(t *testing.T) { agreeOnPlans(t, gatewayPlans) }
