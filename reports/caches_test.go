package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// withCaches is a run in which checkout's calls to payments were cached, and a
// node was filled by others.
func withCaches(t *testing.T) *Analysis {
	t.Helper()
	run, err := record.Load("testdata/microservices")
	if err != nil {
		t.Fatal(err)
	}
	second := run.Nodes[len(run.Nodes)/2].At
	for _, instance := range []string{"checkout-1", "checkout-2"} {
		run.Edges = append(run.Edges, record.EdgeSample{At: second, From: "checkout", Instance: instance, To: "payments",
			Cache: record.CacheSample{CacheCounters: policy.CacheCounters{Hits: 60, Stale: 10, Misses: 20, Coalesced: 10, Refreshes: 5}, Values: 7}})
	}
	run.Nodes = append(run.Nodes, record.NodeSample{At: second, Interval: time.Second, Node: "catalog", Instance: "catalog-1",
		Cache: record.CacheSample{CacheCounters: policy.CacheCounters{Hits: 1, Misses: 3, Evictions: 2}, Values: 4}})
	a, err := Analyze(run, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCachesAreMeasured(t *testing.T) {
	a := withCaches(t)
	want := []CacheResult{
		{Node: "checkout", To: "payments", Lookups: 200, Hits: 120, Stale: 20, Misses: 40, Coalesced: 20, Refreshes: 10, HitRate: 0.7, Values: 14},
		{Node: "catalog", Lookups: 4, Hits: 1, Misses: 3, Evictions: 2, HitRate: 0.25, Values: 4},
	}
	if !slices.Equal(a.Caches, want) {
		t.Errorf("%+v\nwant %+v", a.Caches, want)
	}
	for subject, want := range map[string]float64{"checkout": 0.7, "payments": 0.7, "catalog": 0.25} {
		v, err := a.Metric(check.Metric{Subject: subject, Name: "cache.hit.rate", Unit: check.Share}, check.Window{})
		if err != nil || v.Observed != want {
			t.Errorf("%s: %+v, %v", subject, v, err)
		}
	}
	s := a.cacheSection()
	if !strings.Contains(s.Title, "answered 69.1 % of 204 lookups; callees were asked 53 times") || len(s.Blocks[0].(*Table).Rows) != 2 {
		t.Errorf("%+v", s)
	}
}

func TestCacheFindings(t *testing.T) {
	group := func(label string, caches ...CacheResult) *runGroup {
		a := &Analysis{}
		a.Caches = caches
		return &runGroup{label: label, runs: []*Analysis{a}}
	}
	herd, one := group("herd", CacheResult{Lookups: 1000, Hits: 200, Misses: 700, Refreshes: 100}), group("one", CacheResult{Lookups: 1000, Hits: 990, Misses: 1})
	for _, c := range []struct {
		name, want string
		groups     []*runGroup
	}{
		{"apart", "Behind caches, callees were asked 800 times on herd (20.0 % of the lookups hit); once on one (99.0 %).", []*runGroup{herd, one}},
		{"alike", "", []*runGroup{herd, group("other", CacheResult{Lookups: 1000, Hits: 300, Misses: 700})}},
		{"one without", "Behind caches, callees were asked 800 times on herd (20.0 % of the lookups hit); bare had none.", []*runGroup{herd, group("bare")}},
		{"none at all", "", []*runGroup{group("bare"), group("bare")}},
	} {
		if got := cacheFinding(c.groups); got != c.want {
			t.Errorf("%s: got  %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestCachesAreCompared(t *testing.T) {
	with, without := withCaches(t), sourced(t)
	groups := []*runGroup{{runs: []*Analysis{with}}, {runs: []*Analysis{without}}}
	values := map[string]float64{}
	for _, m := range cacheMetrics(groups) {
		v, any := m.of(with)
		if _, there := m.of(without); !any || there {
			t.Errorf("%s: %v, and without caches %v", m.name, any, there)
		}
		values[m.name] = v
	}
	if values["callees asked"] != 53 || values["coalesced"] != 20 || values["hit rate"] < 69.1 || values["hit rate"] > 69.2 {
		t.Errorf("%v", values)
	}
	if got := cacheMetrics(groups[1:]); got != nil {
		t.Errorf("rows without caches: %v", got)
	}
}
