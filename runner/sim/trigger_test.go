package sim

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
)

// triggered is a system with visitors and timers: one asks what no visitor
// does, one what visitors ask, too. TIMERS and LOAD are filled in.
const triggered = `
application: a
components:
  front: {operations: {home: [{wait: {exponential: 2ms}}, {call: back.read}]}}
  back:
    operations:
      read: {idempotent: true, steps: [{wait: {exponential: 3ms}}, {fail: 5%}]}
      tidy: [{wait: {exponential: 40ms}}]
entries: {home: front.home, read: back.read, tidied: back.tidy}
TIMERS
---
topology: t
application: a
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front], concurrency: 0}
  back:  {kind: service, hosts: [back], replicas: 2, concurrency: LIMIT}
edges: [{to: back, timeout: 50ms, retry: {attempts: 2, backoff: {base: 3ms, cap: 9ms}}}]
---
scenario: s
topology: t
mix: {home: 3, read: 1}
phases:
  - {name: warm, for: 900ms, load: {poisson: 100/s}, warmup: true}
  - {name: open, for: 3s, load: LOAD}
  - {name: closed, for: 2s, load: {closed: {users: 3, think: {exponential: 100ms}}}}
`

const (
	timers = "schedules: {tick: {every: 137ms, first: 41ms, ask: back.tidy}, tock: {every: 701ms, ask: back.read}}"
	evened = "schedules: {tick: {every: 250ms, ask: back.tidy}, tock: {every: 500ms, ask: back.read}}" // meets samples, and itself
	traced = "{trace: {sample: shop-day, by: function, from: 20h, speed: 1440, scale: 0.2, entries: {" +
		"web-browse: home, phone-browse: home, crawler: home, night-stock: home, web-detail: read, phone-detail: read, price-feed: read, " +
		"web-basket: read, phone-basket: read, web-checkout: tidied, phone-checkout: tidied, partner-order: tidied}}}"
)

func triggeredPlan(t *testing.T, timers, process, limit string) scenarios.Loaded {
	t.Helper()
	return load(t, strings.NewReplacer("TIMERS", timers, "LOAD", process, "LIMIT", limit).Replace(triggered))[0]
}

// Hosts and simulator meet the same timers, and the same functions of a trace,
// also where timers meet each other and the samples of the series.
func TestHostsOfTriggers(t *testing.T) {
	for name, c := range map[string]struct {
		timers, load string
		conducted    bool
	}{
		"timers":           {timers, "{poisson: 150/s}", false},
		"timers of ties":   {evened, "{constant: 100/s}", true},
		"trace":            {"", traced, false},
		"trace and timers": {timers, traced, false},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				seen := agree(t, triggeredPlan(t, c.timers, c.load, "8"), hops, seed, c.conducted)
				count := map[string]int{}
				for _, r := range seen.requests {
					count[r.Entry]++
				}
				if c.timers != "" && (count["tick"] < 20 || count["tock"] < 8) || c.load == traced && count["tidied"] == 0 {
					t.Errorf("seed %d: %v", seed, count)
				}
			}
		})
	}
}

// of carries out a plan in a perfect world, and returns its requests in order of their numbers.
func of(t *testing.T, l scenarios.Loaded) []record.Request {
	t.Helper()
	r := &recording{}
	if err := (&Engine{}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 5, 1), r); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(r.requests, func(a, b record.Request) int { return int(a.Seq) - int(b.Seq) })
	return r.requests
}

// Where nobody waits for anybody, a timer more changes nothing of what becomes
// of the visitors: neither when they come, nor what they ask, nor what they draw.
func TestTimersDisturbNoVisitor(t *testing.T) {
	with := of(t, triggeredPlan(t, timers, "{poisson: 150/s}", "0"))
	without := of(t, triggeredPlan(t, "", "{poisson: 150/s}", "0"))
	asked := map[string]int{}
	visitors := slices.DeleteFunc(with, func(r record.Request) bool {
		timer := r.Entry == "tick" || r.Entry == "tock"
		if timer {
			asked[r.Entry+" in "+r.Phase]++
			if r.Path != "back" {
				t.Errorf("a timer's request takes the way %s", r.Path)
			}
		}
		return timer
	})
	if len(visitors) != len(without) || !reflect.DeepEqual(visitors, without) {
		t.Errorf("%d visitors with timers, %d without, and not the same", len(visitors), len(without))
	}
	want := map[string]int{"tick in warm": 7, "tock in warm": 2, "tick in open": 22, "tock in open": 4, "tick in closed": 14, "tock in closed": 3}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("timers asked %v, want %v", asked, want)
	}
}

// A plan whose load asks for what the topology does not have is refused.
func TestRouteToNowhere(t *testing.T) {
	l := triggeredPlan(t, "", "{poisson: 1/s}", "0")
	l.Scenario.Phases[1].Load = &arrival.Trace{Sample: "shop-day", By: "function", Scale: 1, Speed: 1}
	err := (&Engine{}).Run(context.Background(), runner.NewPlan("x", l.Scenario, l.Graph, 5, 1), &recording{})
	if err == nil || !strings.Contains(err.Error(), `phase open asks entry "web-browse"`) {
		t.Errorf("%v", err)
	}
}

// The shipped day keeps within what it promises of its rate, and asks all four entries.
func TestTraceDay(t *testing.T) {
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"trace-day"}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	busiest := make([]int, 70)
	for _, r := range of(t, loaded[0]) {
		if r.Phase == "day" {
			count[r.Entry]++
			busiest[r.Intended/time.Second]++
		}
	}
	if len(count) != 4 {
		t.Errorf("asked are %v", count)
	}
	if most := slices.Max(busiest); most < 50 || most > 150 {
		t.Errorf("%d requests in the busiest second", most)
	}
}
