package sim

import (
	"fmt"
	"math"
	"testing"

	"windtunnel/runner"
	"windtunnel/topologies/policy"
)

// counted adds up what the caches of a run did: those of edges and of nodes.
func (r *recording) counted() policy.CacheCounters {
	var all policy.CacheCounters
	add := func(c policy.CacheCounters) {
		all = all.Minus(policy.CacheCounters{}.Minus(c))
	}
	for _, s := range r.edges {
		add(s.Cache.CacheCounters)
	}
	for _, s := range r.nodes {
		add(s.Cache.CacheCounters)
	}
	return all
}

// did names what the caches of a run did at all, as plans tell it.
func did(c policy.CacheCounters) map[string]bool {
	return map[string]bool{"hits": c.Hits > 0, "stale": c.Stale > 0, "misses": c.Misses > 0,
		"coalesced": c.Coalesced > 0, "refreshes": c.Refreshes > 0, "evictions": c.Evictions > 0}
}

// cheHitRate is the hit rate of an LRU cache under independent requests by Che's
// approximation (Che, Tung and Wang, "Hierarchical web caching systems", 2002):
// key i is there with probability 1 − e^(−pᵢT), where T makes their sum the size.
func cheHitRate(s float64, of, size int) float64 {
	sum := 0.0
	for k := 1; k <= of; k++ {
		sum += math.Pow(float64(k), -s)
	}
	kept := func(t float64) (there, hits float64) {
		for k := 1; k <= of; k++ {
			p := math.Pow(float64(k), -s) / sum
			in := -math.Expm1(-p * t)
			there, hits = there+in, hits+p*in
		}
		return there, hits
	}
	low, high := 0.0, 1.0
	for there, _ := kept(high); there < float64(size); there, _ = kept(high) {
		high *= 2
	}
	for range 60 {
		if there, _ := kept((low + high) / 2); there < float64(size) {
			low = (low + high) / 2
		} else {
			high = (low + high) / 2
		}
	}
	_, hits := kept(low)
	return hits
}

// The hit rate of a gateway's cache, of one that is read through and of one
// that is looked aside in agrees with a model that has nothing in common with them.
func TestSimulatedHitRateAgreesWithChe(t *testing.T) {
	const text = `
application: a
components:
  shop: {operations: {look: {idempotent: true, steps: [{call: catalog.page}]}}}
  catalog: {operations: {page: {idempotent: true, steps: [{respond: 1Ki}]}}}
entries: {look: {operation: shop.look, key: {zipf: {s: %v, of: %d}}}}
---
topology: t
application: a
nodes:
  door: {kind: gateway}
  shop: {kind: service, hosts: [shop]}
  catalog: {kind: service, hosts: [catalog]}
%s
---
scenario: s
topology: t
phases: [{name: steady, for: 100s, load: {poisson: 2000/s}}]
`
	for _, c := range []struct {
		s        float64
		of, size int
		where    string
	}{
		{0.8, 10_000, 500, "edges: [{to: shop, cache: {ttl: 1h, size: 500}}]"},
		{1.1, 10_000, 100, "  kept: {kind: cache, to: catalog, ttl: 1h, size: 100}"},
		{1, 2_000, 200, "  kept: {kind: cache, ttl: 1h, size: 200}\nedges: [{to: catalog, cache: {in: kept}}]"},
	} {
		l := load(t, fmt.Sprintf(text, c.s, c.of, c.where))[0]
		r := &recording{}
		if err := (&Engine{}).Run(t.Context(), runner.NewPlan("che", l.Scenario, l.Graph, 1, 1), r); err != nil {
			t.Fatal(err)
		}
		n, want := r.counted(), cheHitRate(c.s, c.of, c.size)
		got := float64(n.Hits) / float64(n.Hits+n.Misses)
		t.Logf("s = %v, %d of %d kept: hit rate %.4f, by Che %.4f", c.s, c.size, c.of, got, want)
		if math.Abs(got-want) > 0.006 || n.Hits+n.Misses < 190_000 {
			t.Errorf("s = %v, %d of %d kept: hit rate %.4f of %+v, want %.4f", c.s, c.size, c.of, got, n, want)
		}
	}
}
