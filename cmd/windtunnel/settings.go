package main

import (
	"fmt"

	"windtunnel/reports/price"
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
)

// settings are the parts of the files that are no choice among several: what a
// node, an edge, a phase takes, and the policies of an edge.
func settings() []thing {
	var things []thing
	for _, s := range []struct {
		name, summary, example string
		of                     any
	}{
		{"node", "what every node of a topology takes, besides the settings of its kind", "payments: {kind: service, hosts: [payments], replicas: 2, cpu: 0.5, memory: 64Mi}", topologies.Node{}},
		{"edge", "the policies of the calls to a node, in a topology's `edges`", "{to: payments, timeout: 300ms, retry: {attempts: 3}, breaker: {failures: 50%}}", topologies.EdgeSpec{}},
		{"retry", "an edge's policy that tries again after a failed attempt", "retry: {attempts: 3, backoff: {base: 10ms, cap: 200ms}, budget: 20%}", policy.RetryConfig{}},
		{"breaker", "an edge's policy, or a node's, that stops sending after too many failures", "breaker: {failures: 50%, over: 20, open: 2s, probes: 5}", policy.BreakerConfig{}},
		{"hedge", "an edge's policy that asks a second instance where the first is late", "hedge: {quantile: 95%, after: 50ms, budget: 5%}", policy.HedgeConfig{}},
		{"fallback", "an edge's policy that answers in place of a callee that failed", "fallback: {respond: 1Ki, on: [rejected-breaker, timeout]}", policy.FallbackConfig{}},
		{"cache", "an edge's policy that answers with what the callee answered before", "cache: {ttl: 30s, coalesce: true, stale_while_revalidate: 10s}", policy.EdgeCacheConfig{}},
		{"rate_limit", "an edge's policy, or a node's, that bounds a rate with a token bucket", "rate_limit: {rate: 500/s, burst: 100}", policy.RateLimitConfig{}},
		{"bulkhead", "an edge's policy that bounds the calls in flight", "bulkhead: {calls: 20, wait: 50ms}", policy.BulkheadConfig{}},
		{"throttle", "an edge's policy that rejects here what the callee would reject", "throttle: {k: 2, over: 30s}", policy.ThrottleConfig{}},
		{"concurrency_limit", "an edge's policy, or a node's, that bounds what is in flight by its latency", "concurrency_limit: {least: 10, most: 100}", policy.LimitConfig{}},
		{"ejection", "an edge's policy that leaves out instances which fail more than the others, until their time is over or they pass a check of `health`", "ejection: {consecutive: 5, for: 30s, most: 10%}", policy.EjectionConfig{}},
		{"health", "an edge's policy, or a balancer's, that probes instances and leaves out those that do not answer", "health: {interval: 1s, timeout: 300ms, unhealthy: 3, healthy: 2, panic: 50%}", policy.HealthConfig{}},
		{"shedding", "a node's policy that turns requests away while many wait, or wait long", "shedding: {queue: 100, low: 20%, first: [catalog], codel: {target: 5ms}}", policy.SheddingConfig{}},
		{"request", "how an entry of a system of your own is asked, where `GET /path` does not say enough", "search: {path: \"/search?q=tunnel\", headers: {Accept: text/html}, expect: [200]}", topologies.Request{}},
		{"entry", "what the outside may ask of an application, where the operation's name does not say enough", "entries: {browse: {operation: catalog.browse, key: {zipf: {s: 1.1, of: 10000}}, priority: low}}", topologies.Entry{}},
		{"schedule", "a timer of an application, in its `schedules`: the platform asks an operation again and again", "schedules: {nightly: {every: 5s, ask: catalog.reindex}}", topologies.Schedule{}},
		{"phase", "a stretch of a scenario with one kind of load", "{name: steady, for: 30s, load: {poisson: 100/s}}", scenarios.Phase{}},
		{"check", "a promise of a scenario that some of its topologies alone must keep; one that all must keep is its text alone", "{on: cascade-plain, that: home.errors.rate > 30% @during(slow)}", scenarios.CheckOn{}},
		{"suite", "scenarios × topologies × parameters × repetitions, which run and are judged together", "{suite: nightly, scenarios: [steady], topologies: [shop-monolith, shop-functions], matrix: {rate: [50/s, 100/s]}}", scenarios.Suite{}},
		{"generator", "what bounds the load generator, in a scenario", "generator: {timeout: 2s}", scenarios.Generator{}},
		{"traces", "which requests are traced, in a scenario", "traces: {sample: 1%, slow: 250ms, limit: 200}", scenarios.Traces{}},
		{"costs", "what nodes are priced by and at what traffic, in a file of its own for --prices", "{costs: ours, books: {service: aws-ec2, payments: self}, traffic: 200/s}", price.Settings{}},
		{"prices", "a price book, in a file of its own for --prices", "prices: acme  # the shipped ones are in reports/price/books", price.Book{}},
	} {
		things = append(things, thing{name: s.name, summary: s.summary, explain: func() string {
			return fmt.Sprintf("setting %s: %s\n\n  %s\n%s", s.name, s.summary, s.example, fieldsText(s.of))
		}})
	}
	return things
}

// steps are what an application's operations are made of.
func steps() []thing {
	var things []thing
	for _, s := range decode.Steps() {
		things = append(things, thing{name: string(s.Kind), summary: s.Doc, explain: func() string {
			return fmt.Sprintf("step %s: %s\n\n  - %s\n", s.Kind, s.Doc, s.Example)
		}})
	}
	return things
}
