package topologies

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/decode"
)

// timed is the shop with a timer: the bank's accounts are settled every 5 s.
const timed = shop + "schedules: {settle: {every: 5s, first: 1s, ask: payments.settle}, look: {every: 250ms, ask: pricing.quote}}\n"

// resolveTimed lays the shop with its timers onto nodes.
func resolveTimed(t *testing.T, nodes string) (*Graph, decode.Problems) {
	t.Helper()
	app := strings.Replace(timed, "refund: []", "refund: [], settle: [{call: bank.pay}]", 1)
	docs, problems := decode.Read("t.yaml", []byte("topology: t\napplication: shop\n"+nodes+"\n---\n"+app))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	top, problems := LoadTopology(docs[0])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	loaded, problems := LoadApplication(docs[1])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return Resolve(loaded, top)
}

// Timers go to the node that hosts the operation: through what stands in front
// of it, past every gateway, and as a user's own system wants to be asked.
func TestTimersFindTheirNode(t *testing.T) {
	all := "hosts: [checkout, pricing, payments, bank]"
	for nodes, want := range map[string][]string{
		"nodes: {all: {kind: service, " + all + "}}": {
			"settle at all: POST /op/payments.settle every 5s from 1s", "look at all: POST /op/pricing.quote every 250ms from 0s"},
		"nodes: {door: {kind: gateway}, all: {kind: service, " + all + "}}": {
			"settle at all: POST /op/payments.settle every 5s from 1s", "look at all: POST /op/pricing.quote every 250ms from 0s"},
		"nodes: {door: {kind: gateway}, money: {kind: service, hosts: [payments, bank]}, lb: {kind: balancer, to: money}, rest: {kind: service, hosts: [checkout, pricing]}}": {
			"settle at lb: POST /op/payments.settle every 5s from 1s", "look at rest: POST /op/pricing.quote every 250ms from 0s"},
		"nodes: {own: {kind: external, url: \"http://127.0.0.1:1\", hosts: [payments, bank], requests: {payments.settle: PUT /settle}}, rest: {kind: service, hosts: [checkout, pricing]}}": {
			"settle at own: PUT /settle every 5s from 1s", "look at rest: POST /op/pricing.quote every 250ms from 0s"},
	} {
		g, problems := resolveTimed(t, nodes)
		if err := problems.Err(); err != nil {
			t.Errorf("%s: %v", nodes, err)
			continue
		}
		var got []string
		for _, timer := range g.Timers {
			got = append(got, fmt.Sprintf("%s at %s: %s %s every %s from %s", timer.Name, timer.Node, timer.Request.Method, timer.Request.Path, timer.Every, timer.First))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", nodes, got, want)
		}
		if doors := g.Doors(); len(doors) != len(g.Entries)+2 || doors[len(doors)-1].Name != "look" {
			t.Errorf("%s: the ways in are %v", nodes, doors)
		}
	}
}

// What a timer asks of others goes along edges, as what an entry asks does.
func TestTimersUseEdges(t *testing.T) {
	g, problems := resolveTimed(t, "nodes: {bank: {kind: service, hosts: [bank]}, rest: {kind: service, hosts: [checkout, pricing, payments]}}")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok := g.Edge("rest", "bank"); !ok || len(g.Edges) != 1 {
		t.Errorf("edges %v", g.Edges)
	}
}

func TestTooManySchedules(t *testing.T) {
	text := strings.Builder{}
	for i := range MaxSchedules + 1 {
		fmt.Fprintf(&text, "  t%d: {every: 1s, ask: a.b}\n", i)
	}
	docs, _ := decode.Read("t.yaml", []byte("application: x\ncomponents: {a: {operations: {b: []}}}\nentries: {b: a.b}\nschedules:\n"+text.String()))
	if _, problems := LoadApplication(docs[0]); len(problems) != 1 || !strings.Contains(problems[0].Message, "1001 schedules: at most 1000") {
		t.Errorf("%v", problems)
	}
}

func TestSettingsReachSchedules(t *testing.T) {
	docs, _ := decode.Read("t.yaml", []byte("application: x\ncomponents: {a: {operations: {b: []}}}\nentries: {b: a.b}\nschedules: {t: {every: 1s, ask: a.b}}\n"))
	set := func(text string) error {
		a, err := decode.ParseSet(text)
		if err != nil {
			t.Fatal(err)
		}
		return docs[0].Copy().Set(a)
	}
	if err := set("schedules.u.every=2s"); err == nil {
		t.Error("a setting adds a schedule")
	}
	doc := docs[0].Copy()
	a, _ := decode.ParseSet("schedules.t.every=2s")
	if err := doc.Set(a); err != nil {
		t.Fatal(err)
	}
	app, problems := LoadApplication(*doc)
	if len(problems) > 0 || app.Schedules[0].Every != 2*time.Second {
		t.Errorf("%v, %v", app.Schedules, problems)
	}
}
