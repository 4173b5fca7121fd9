package reports

import (
	"fmt"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// cacheSeen is what one instance's cache did over a second.
type cacheSeen struct {
	at                 time.Duration
	node, to, instance string
	record.CacheSample
}

// cachesSeen lists what caches did: those of edges, and of nodes that others fill.
func (a *Analysis) cachesSeen() []cacheSeen {
	var seen []cacheSeen
	for i := range a.run.Edges {
		if s := &a.run.Edges[i]; s.Cache != (record.CacheSample{}) {
			seen = append(seen, cacheSeen{middle(s.At, time.Second), s.From, s.To, s.Instance, s.Cache})
		}
	}
	for i := range a.run.Nodes {
		if s := &a.run.Nodes[i]; s.Cache != (record.CacheSample{}) {
			seen = append(seen, cacheSeen{middle(s.At, s.Interval), s.Node, "", s.Instance, s.Cache})
		}
	}
	return seen
}

// measureCaches fills in the caches, in the order in which they were first looked into.
func (a *Analysis) measureCaches() {
	var held []map[string]int // by instance, beside a.Caches
	for _, s := range a.cachesSeen() {
		if !a.timeline.steady().holds(s.at) {
			continue
		}
		at := slices.IndexFunc(a.Caches, func(c CacheResult) bool { return c.Node == s.node && c.To == s.to })
		if at < 0 {
			at = len(a.Caches)
			a.Caches, held = append(a.Caches, CacheResult{Node: s.node, To: s.to}), append(held, map[string]int{})
		}
		a.Caches[at].add(s.CacheCounters)
		held[at][s.instance] = max(held[at][s.instance], s.Values)
	}
	for i := range a.Caches {
		for _, most := range held[i] {
			a.Caches[i].Values += most
		}
	}
}

func (c *CacheResult) add(n policy.CacheCounters) {
	c.Hits, c.Stale, c.Misses, c.Coalesced = c.Hits+n.Hits, c.Stale+n.Stale, c.Misses+n.Misses, c.Coalesced+n.Coalesced
	c.Refreshes, c.Evictions = c.Refreshes+n.Refreshes, c.Evictions+n.Evictions
	c.Lookups = c.Hits + c.Stale + c.Misses + c.Coalesced
	c.HitRate = share(int(c.Hits+c.Stale), int(c.Lookups))
}

// Name is where the cache is, and whose answers it keeps.
func (c *CacheResult) Name() string {
	if c.To == "" {
		return c.Node
	}
	return c.Node + " > " + c.To
}

// cacheMetric answers a check of the caches on a node, or of those that hold
// what a component's node answers where that has none itself.
func (a *Analysis) cacheMetric(node string, sc scope) (check.Value, error) {
	var on, to CacheResult
	for _, s := range a.cachesSeen() {
		switch {
		case !sc.holds(s.at):
		case s.node == node:
			on.add(s.CacheCounters)
		case s.to == node:
			to.add(s.CacheCounters)
		}
	}
	if on.Lookups == 0 {
		on = to
	}
	if on.Lookups == 0 {
		return check.Value{}, nil // no samples
	}
	return exactly(on.HitRate, int(on.Lookups)), nil
}

// cacheSection is about what caches spared their callees.
func (a *Analysis) cacheSection() Section {
	if len(a.Caches) == 0 {
		return Section{}
	}
	table := &Table{
		Columns: []Column{{Title: "cache"}, {Title: "lookups", Number: true}, {Title: "hit %", Number: true}, {Title: "hits", Number: true, Spare: 3},
			{Title: "stale", Number: true}, {Title: "coalesced", Number: true}, {Title: "misses", Number: true}, {Title: "refreshes", Number: true, Spare: 1},
			{Title: "evictions", Number: true, Spare: 2}, {Title: "most kept", Number: true, Spare: 4}},
		Note: "Hits and stale replies are answered from the cache; coalesced requests wait for another's answer. " +
			"Misses and refreshes are what the callee was asked for.",
	}
	var all CacheResult
	for i := range a.Caches {
		c := &a.Caches[i]
		all.add(policy.CacheCounters{Hits: c.Hits, Stale: c.Stale, Misses: c.Misses, Coalesced: c.Coalesced, Refreshes: c.Refreshes})
		table.Rows = append(table.Rows, []Cell{text(c.Name()), text(count(c.Lookups)), text(number(100 * c.HitRate)), text(count(c.Hits)),
			zeroMuted(c.Stale), zeroMuted(c.Coalesced), text(count(c.Misses)), zeroMuted(c.Refreshes), zeroMuted(c.Evictions), text(count(c.Values))})
	}
	title := fmt.Sprintf("Caches answered %s %% of %s; callees were asked %s",
		number(100*all.HitRate), counted(int(all.Lookups), "lookup"), timesWords(float64(all.Misses+all.Refreshes)))
	return Section{Name: "caches", Title: title, Blocks: []Block{table}}
}

// cacheMetrics compare what caches answered, where any run has one.
func cacheMetrics(groups []*runGroup) []comparedMetric {
	names := union(groups, func(a *Analysis) []string {
		var names []string
		for i := range a.Caches {
			names = append(names, a.Caches[i].Name())
		}
		return names
	})
	if len(names) == 0 {
		return nil
	}
	sum := func(of func(*CacheResult) uint64) func(a *Analysis) (float64, bool) {
		return func(a *Analysis) (total float64, any bool) {
			for i := range a.Caches {
				total, any = total+float64(of(&a.Caches[i])), true
			}
			return total, any
		}
	}
	return []comparedMetric{
		{"caches", "hit rate", percentUnit, func(a *Analysis) (float64, bool) {
			answered, _ := sum(func(c *CacheResult) uint64 { return c.Hits + c.Stale })(a)
			lookups, any := sum(func(c *CacheResult) uint64 { return c.Lookups })(a)
			return 100 * answered / max(lookups, 1), any
		}},
		{"caches", "callees asked", countUnit, sum(func(c *CacheResult) uint64 { return c.Misses + c.Refreshes })},
		{"caches", "coalesced", countUnit, sum(func(c *CacheResult) uint64 { return c.Coalesced })},
	}
}
