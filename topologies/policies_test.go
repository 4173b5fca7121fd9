package topologies

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// edgeOf loads an edge with the policies that are written.
func edgeOf(t *testing.T, policies string) policy.EdgeConfig {
	t.Helper()
	g, problems := resolve(t, `nodes:
  checkout: {kind: service, hosts: [checkout, pricing, bank]}
  payments: {kind: service, hosts: [payments]}
edges:
  - {to: payments, from: checkout, `+policies+"}\n")
	if len(problems) > 0 {
		t.Fatalf("%s: %v", policies, problems)
	}
	e, _ := g.Edge("checkout", "payments")
	return e.Policy
}

// Every policy in its short and its long form, and the same again after it has
// travelled to a node.
func TestPoliciesOfEdges(t *testing.T) {
	ms := time.Millisecond
	for text, want := range map[string]policy.EdgeConfig{
		"hedge: 50ms": {Hedge: &policy.HedgeConfig{After: 50 * ms, Attempts: 2}},
		"hedge: {quantile: 95%, after: 20ms, attempts: 3, budget: 5%, always: true}": {Hedge: &policy.HedgeConfig{After: 20 * ms, Quantile: 0.95, Attempts: 3, Always: true,
			Budget: &policy.BudgetConfig{Share: 0.05, PerSecond: 10, TTL: 10 * time.Second}}},
		"fallback: 1Ki": {Fallback: &policy.FallbackConfig{Respond: 1024}},
		"fallback: {on: [timeout, rejected-breaker]}":                 {Fallback: &policy.FallbackConfig{On: []policy.Cause{policy.Timeout, policy.RejectedBreaker}}},
		"rate_limit: 20/s":                                            {RateLimit: &policy.RateLimitConfig{Rate: 20, Burst: 1}},
		"rate_limit: {rate: 60/m, burst: 5}":                          {RateLimit: &policy.RateLimitConfig{Rate: 1, Burst: 5}},
		"bulkhead: 10":                                                {Bulkhead: &policy.BulkheadConfig{Calls: 10, Queue: 1000}},
		"bulkhead: {calls: 3, wait: 20ms, queue: 7}":                  {Bulkhead: &policy.BulkheadConfig{Calls: 3, Wait: 20 * ms, Queue: 7}},
		"throttle: 1.5":                                               {Throttle: &policy.ThrottleConfig{K: 1.5, Over: 2 * time.Minute}},
		"concurrency_limit: {least: 4}":                               {Limit: &policy.LimitConfig{Least: 4, Most: 200, Tolerance: 1.5}},
		"subset: 4, slow_start: 30s, balance: weighted":               {Subset: 4, SlowStart: 30 * time.Second, Balance: "weighted"},
		"retry: {attempts: 2, backoff: {jitter: full}, throttle: 20}": {Retry: &policy.RetryConfig{Attempts: 2, Backoff: policy.BackoffConfig{Jitter: "full"}, Throttle: &policy.RetryThrottleConfig{Tokens: 20, Ratio: 0.1}}},
		"ejection: 3": {Ejection: &policy.EjectionConfig{Consecutive: 3, Every: 10 * time.Second, For: 30 * time.Second, Longest: 5 * time.Minute,
			Most: 0.1, Deviations: 1.9, Requests: 100, Instances: 5}},
		"health: 2s": {Health: &policy.HealthConfig{Interval: 2 * time.Second, Timeout: time.Second, Unhealthy: 3, Healthy: 2, NoTraffic: time.Minute, Panic: 0.5}},
		"health: {timeout: 300ms, unhealthy: 2, healthy: 1, jitter: 10%, no_traffic: 5s, panic: 0%}": {Health: &policy.HealthConfig{
			Interval: 5 * time.Second, Timeout: 300 * ms, Unhealthy: 2, Healthy: 1, Jitter: 0.1, NoTraffic: 5 * time.Second}},
		"breaker: {slow: {over: 200ms, share: 40%}}": {Breaker: &policy.BreakerConfig{Failures: unit.CountOrShare{Share: 0.5}, Over: unit.CountOrTime{Count: 100},
			Slow: &policy.SlowConfig{Over: 200 * ms, Share: 0.4}, Open: time.Minute, Probes: 10, Per: "edge"}},
	} {
		if want.Balance == "" {
			want.Balance = "round-robin"
		}
		got := edgeOf(t, text)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %+v\nwant %+v", text, got, want)
		}
		sent, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var came policy.EdgeConfig
		if err := json.Unmarshal(sent, &came); err != nil || !reflect.DeepEqual(came, got) {
			t.Errorf("%s: came as %s, %v", text, sent, err)
		}
		if _, err := policy.NewEdge(came); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPoliciesOfNodes(t *testing.T) {
	g, problems := resolve(t, `nodes:
  door: {kind: gateway, rate_limit: {rate: 500/s, burst: 100}, shedding: {queue: 50, first: [refund, checkout.place]}}
  checkout: {kind: service, hosts: [checkout, pricing, bank], concurrency_limit: {least: 5, most: 50}, weights: [3, 1], replicas: 3}
  payments: {kind: service, hosts: [payments], shedding: {codel: 3ms, queue: 9, first: [payments]}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	at := func(name string) *Workers { return g.Topology.Node(name).Spec.(Working).Incoming() }
	if r := at("door").RateLimit; r == nil || r.Rate != 500 || r.Burst != 100 {
		t.Errorf("rate limit %+v", r)
	}
	if l := at("checkout").Limit; l == nil || l.Least != 5 || l.Most != 50 {
		t.Errorf("concurrency limit %+v", l)
	}
	if s := at("payments").Shedding; s == nil || s.CoDel == nil || s.CoDel.Target != 3*time.Millisecond || s.CoDel.Interval != 100*time.Millisecond {
		t.Errorf("shedding %+v", s)
	}
	n := g.Topology.Node("checkout")
	if n.Weight(0) != 3 || n.Weight(1) != 1 || n.Weight(7) != 1 || g.Topology.Node("door").Weight(0) != 0 {
		t.Errorf("weights %v", n.Weights)
	}
}

// What a proxy asks besides passing requests on, of a registry, the DNS server or
// a cache, meets nothing of its own policies: a fallback would answer in place of
// a registry, and its breaker would open for another's failures.
func TestAProxysPoliciesHoldWhereItForwardsAlone(t *testing.T) {
	for name, px := range map[string]string{
		"breaker":  "kind: breaker, breaker: {failures: 5}, fallback: 1Ki",
		"balancer": "kind: balancer, balance: p2c, health: 1s, ejection: 3, slow_start: 5s",
		"cache":    "kind: cache, ttl: 5s",
	} {
		g, problems := resolve(t, `nodes:
  checkout: {kind: service, hosts: [checkout, pricing, bank]}
  payments: {kind: service, hosts: [payments]}
  px: {`+px+`, to: payments}
  names: {kind: registry}
  beside: {kind: cache, ttl: 1s}
edges:
  - {from: px, to: payments, discovery: {registry: names}`+map[bool]string{true: "", false: ", cache: {in: beside}"}[name == "cache"]+`}
  - {from: checkout, to: px, discovery: dns, cache: {in: beside}}
`)
		if len(problems) > 0 {
			t.Fatalf("%s: %v", name, problems)
		}
		plain, _ := g.Edge("payments", "names")
		for _, to := range []string{"names", "beside"} {
			e, there := g.Edge("px", to)
			if there && !reflect.DeepEqual(e.Policy, plain.Policy) {
				t.Errorf("%s: px > %s has %+v", name, to, e.Policy)
			}
		}
		if e, _ := g.Edge("px", "payments"); e.Policy.Breaker == nil && e.Policy.Health == nil && e.Policy.Cache == nil {
			t.Errorf("%s: px > payments has %+v", name, e.Policy)
		}
	}
}
