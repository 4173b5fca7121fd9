package main

import (
	"fmt"

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
		{"request", "how an entry of a system of your own is asked, where `GET /path` does not say enough", "search: {path: \"/search?q=tunnel\", headers: {Accept: text/html}, expect: [200]}", topologies.Request{}},
		{"phase", "a stretch of a scenario with one kind of load", "{name: steady, for: 30s, load: {poisson: 100/s}}", scenarios.Phase{}},
		{"generator", "what bounds the load generator, in a scenario", "generator: {timeout: 2s}", scenarios.Generator{}},
	} {
		things = append(things, thing{s.name, s.summary, func() string {
			return fmt.Sprintf("setting %s: %s\n\n  %s\n%s", s.name, s.summary, s.example, fieldsText(s.of))
		}})
	}
	return things
}

// steps are what an application's operations are made of.
func steps() []thing {
	var things []thing
	for _, s := range decode.Steps() {
		things = append(things, thing{string(s.Kind), s.Doc, func() string {
			return fmt.Sprintf("step %s: %s\n\n  - %s\n", s.Kind, s.Doc, s.Example)
		}})
	}
	return things
}
