package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"windtunnel/reports/price"
	"windtunnel/scenarios"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/keys"
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
		{"auth", "a gateway's setting that says who is let in, by the key or the token that a request brings", "auth: {api_keys: {keys: {shop: \"${SHOP_KEY}\"}}}", gateway.Auth{}},
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
	return append(things,
		oneOf("discovery", "how callers learn which instances there are, on an edge or on a topology for all of its edges", "discovery: {registry: names}", policy.Discoveries),
		oneOf("key", "what the requests of an entry are about, drawn by how often each is asked for", "key: {zipf: {s: 1.1, of: 10000}}", keys.Sources),
		thing{name: "priority", summary: "what an entry's requests are worth, low, normal or high, where a node sheds load", explain: func() string {
			return "setting priority: what an entry's requests are worth, low, normal or high, where a node sheds load\n" +
				"It travels with a request and all that this causes. A node with `shedding` turns the low away first.\n\n" +
				"  entries: {browse: {operation: catalog.browse, priority: low}}\n"
		}})
}

// oneOf is a setting that takes one thing of a registry.
func oneOf[T any](name, summary, example string, registry *def.Registry[T]) thing {
	return thing{name: name, summary: summary, explain: func() string {
		var text strings.Builder
		fmt.Fprintf(&text, "setting %s: %s\n\n  %s\n\none of:\n", name, summary, example)
		table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		for _, d := range registry.All() {
			fmt.Fprintf(table, "  %s\t%s\n", d.Name, d.Summary())
		}
		_ = table.Flush() // a strings.Builder takes everything
		return text.String()
	}}
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
