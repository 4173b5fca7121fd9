package fault

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// shop is an application with the components that every graph below deploys.
func shop() *topologies.Application {
	app := &topologies.Application{Name: "shop"}
	for _, name := range []string{"catalog", "checkout", "pricing", "payments", "mailer"} {
		app.Components = append(app.Components, topologies.Component{Name: name})
	}
	return app
}

func node(name string, spec any) *topologies.Node {
	kind := strings.ToLower(reflect.TypeOf(spec).Elem().Name())
	return &topologies.Node{Name: name, Kind: kind, Replicas: 1, Spec: spec}
}

// services is gateway → catalog, checkout; checkout → payments. Checkout's node hosts pricing too.
func services() *topologies.Graph {
	return &topologies.Graph{
		Application: shop(),
		Topology: &topologies.Topology{Name: "services", Nodes: []*topologies.Node{
			node("gateway", &topologies.Gateway{}),
			node("catalog", &topologies.Service{}),
			node("orders", &topologies.Service{}),
			node("payments", &topologies.Service{}),
		}},
		Edges: []topologies.Edge{
			{From: "gateway", To: "catalog", Operations: []string{"catalog.browse"}},
			{From: "gateway", To: "orders", Operations: []string{"checkout.place"}},
			{From: "orders", To: "catalog", Operations: []string{"catalog.lookup"}},
			{From: "orders", To: "payments", Operations: []string{"payments.charge"}},
		},
		Entries: []topologies.EntryPoint{
			{Name: "browse", Node: "gateway", Operation: "catalog.browse"},
			{Name: "checkout", Node: "gateway", Operation: "checkout.place"},
		},
		Gateways: map[string][]topologies.GatewayRoute{"gateway": {
			{Route: gateway.Route{Path: "/items", Split: map[string]float64{"catalog.browse": 100, "catalog-v2.browse": 0}}},
			{Route: gateway.Route{Path: "/op/checkout.place", To: "checkout.place"}}, // of a client that calls
		}},
		HostOf: map[string]string{"catalog": "catalog", "checkout": "orders", "pricing": "orders", "payments": "payments"},
	}
}

func monolith() *topologies.Graph {
	return &topologies.Graph{
		Application: shop(),
		Topology:    &topologies.Topology{Name: "monolith", Nodes: []*topologies.Node{node("shop", &topologies.Service{})}},
		Entries:     []topologies.EntryPoint{{Name: "checkout", Node: "shop", Operation: "checkout.place"}},
		HostOf:      map[string]string{"catalog": "shop", "checkout": "shop", "pricing": "shop", "payments": "shop"},
	}
}

// guarded is services with two proxies before payments: orders → guard → spread → payments.
func guarded() *topologies.Graph {
	g := services()
	g.Topology.Name = "guarded"
	g.Topology.Nodes = append(g.Topology.Nodes,
		node("guard", &topologies.Breaker{To: "spread"}), node("spread", &topologies.Balancer{To: "payments"}))
	g.Edges = append(g.Edges[:3],
		topologies.Edge{From: "guard", To: "spread"},
		topologies.Edge{From: "orders", To: "guard", Operations: []string{"payments.charge"}},
		topologies.Edge{From: "spread", To: "payments"})
	return g
}

// balanced is a monolith behind a balancer: the outside's requests go along an edge, payments' calls do not.
func balanced() *topologies.Graph {
	g := monolith()
	g.Topology.Name = "balanced"
	g.Topology.Nodes = append(g.Topology.Nodes, node("front", &topologies.Balancer{To: "shop"}))
	g.Edges = []topologies.Edge{{From: "front", To: "shop"}}
	g.Entries[0].Node = "front"
	return g
}

// bank is services whose payments is the user's own container, and whose catalog runs elsewhere.
func bank() *topologies.Graph {
	g := services()
	g.Topology.Name = "bank"
	g.Topology.Nodes[1] = node("catalog", &topologies.External{})
	g.Topology.Nodes[3] = node("payments", &topologies.Container{})
	return g
}

// alone is a system of the user's that needs no application.
func alone() *topologies.Graph {
	return &topologies.Graph{Topology: &topologies.Topology{Name: "alone", Nodes: []*topologies.Node{node("sut", &topologies.External{})}}}
}

func component(name string) Target { return Target{Component: name} }
func atNode(name string) Target    { return Target{Node: name} }
func edge(from, to string) Target  { return Target{Edge: &EdgeOf{From: from, To: to}} }

var slow = work.ConstantOf(200 * time.Millisecond)

func TestEffects(t *testing.T) {
	kill := func(t Target) Fault { return &Kill{Target: t} }
	pause := func(t Target) Fault { return &Pause{Target: t} }
	delay := func(t Target) Fault { return &Delay{Target: t, By: slow, Share: 1} }
	reply := func(t Target) Fault { return &Delay{Target: t, By: slow, Share: 0.5, Direction: "reply"} }
	fail := func(t Target) Fault { return &Fail{Target: t, Share: 0.3} }

	delayed := func(node, to, component string) wire.Effect {
		return wire.Effect{Kind: wire.Delay, Node: node, To: to, Component: component, Delay: slow, Share: 1, Name: "f"}
	}
	failed := func(node, to, component string) wire.Effect {
		return wire.Effect{Kind: wire.Fail, Node: node, To: to, Component: component, Share: 0.3, Name: "f"}
	}
	for _, c := range []struct {
		name  string
		fault Fault
		graph *topologies.Graph
		want  []wire.Effect
		err   string
	}{
		// A component dies with the node that hosts it, a node by itself.
		{name: "kill component", fault: kill(component("payments")), graph: services(), want: []wire.Effect{{Kind: wire.Kill, Node: "payments", Name: "f"}}},
		{name: "kill component of a shared node", fault: kill(component("pricing")), graph: services(), want: []wire.Effect{{Kind: wire.Kill, Node: "orders", Name: "f"}}},
		{name: "kill component of a monolith", fault: kill(component("payments")), graph: monolith(), want: []wire.Effect{{Kind: wire.Kill, Node: "shop", Name: "f"}}},
		{name: "kill node", fault: kill(atNode("gateway")), graph: services(), want: []wire.Effect{{Kind: wire.Kill, Node: "gateway", Name: "f"}}},
		{name: "kill behind proxies", fault: kill(component("payments")), graph: guarded(), want: []wire.Effect{{Kind: wire.Kill, Node: "payments", Name: "f"}}},
		{name: "kill container", fault: kill(component("payments")), graph: bank(), want: []wire.Effect{{Kind: wire.Kill, Node: "payments", Name: "f"}}},
		{name: "pause container", fault: pause(atNode("payments")), graph: bank(), want: []wire.Effect{{Kind: wire.Pause, Node: "payments", Name: "f"}}},
		{name: "kill external", fault: kill(component("catalog")), graph: bank(), err: "catalog is external: windtunnel did not start it, so it cannot be killed"},
		{name: "pause external", fault: pause(atNode("sut")), graph: alone(), err: "sut is external: windtunnel did not start it, so it cannot be paused"},

		// Inside a node: a component alone, or all that the node does.
		{name: "delay component", fault: delay(component("payments")), graph: services(), want: []wire.Effect{delayed("payments", "", "payments")}},
		{name: "delay component of a monolith", fault: delay(component("payments")), graph: monolith(), want: []wire.Effect{delayed("shop", "", "payments")}},
		{name: "delay node", fault: delay(atNode("orders")), graph: services(), want: []wire.Effect{delayed("orders", "", "")}},
		{name: "delay gateway", fault: delay(atNode("gateway")), graph: services(), want: []wire.Effect{delayed("gateway", "", "")}},
		{name: "fail component", fault: fail(component("pricing")), graph: services(), want: []wire.Effect{failed("orders", "", "pricing")}},
		{name: "delay container", fault: delay(component("payments")), graph: bank(),
			err: "payments is your own system: windtunnel cannot delay what happens inside it; name the edge to it instead, `edge: {to: payments}`"},
		{name: "fail external", fault: fail(atNode("sut")), graph: alone(),
			err: "sut is your own system: windtunnel cannot fail what happens inside it"},

		// Edges, by nodes and by components.
		{name: "delay edge", fault: delay(edge("orders", "payments")), graph: services(), want: []wire.Effect{delayed("orders", "payments", "")}},
		{name: "delay edge by components", fault: delay(edge("checkout", "payments")), graph: services(), want: []wire.Effect{delayed("orders", "payments", "")}},
		{name: "fail edge", fault: fail(edge("checkout", "payments")), graph: services(), want: []wire.Effect{failed("orders", "payments", "")}},
		{name: "delay replies", fault: reply(edge("orders", "payments")), graph: services(),
			want: []wire.Effect{{Kind: wire.Delay, Node: "orders", To: "payments", Delay: slow, Reply: true, Share: 0.5, Name: "f"}}},
		{name: "every caller", fault: delay(edge("", "catalog")), graph: services(),
			want: []wire.Effect{delayed("gateway", "catalog", ""), delayed("orders", "catalog", "")}},
		{name: "to a component of a shared node", fault: delay(edge("gateway", "checkout")), graph: services(), want: []wire.Effect{delayed("gateway", "orders", "checkout")}},
		{name: "to the shared node", fault: delay(edge("gateway", "orders")), graph: services(), want: []wire.Effect{delayed("gateway", "orders", "")}},
		{name: "to an external", fault: delay(edge("gateway", "catalog")), graph: bank(), want: []wire.Effect{delayed("gateway", "catalog", "")}},
		{name: "to a component that nobody asks", fault: delay(edge("gateway", "pricing")), graph: services(),
			err: "gateway does not call pricing (in node orders) in services: no edge between them"},
		{name: "nobody calls it", fault: delay(edge("", "gateway")), graph: services(), err: "no node of services calls gateway: no edge leads to it"},
		{name: "not this way round", fault: delay(edge("payments", "checkout")), graph: services(),
			err: "payments does not call checkout (in node orders) in services: no edge between them"},
		{name: "within one node", fault: delay(edge("checkout", "payments")), graph: monolith(), err: "checkout and payments share node shop: no edge between them"},
		{name: "within one node of several", fault: fail(edge("checkout", "pricing")), graph: services(), err: "checkout and pricing share node orders: no edge between them"},
		{name: "every caller, all in one node", fault: delay(edge("", "payments")), graph: monolith(), err: "no node of monolith calls payments (in node shop): no edge leads to it"},

		// Proxies: the last hop, behind them, unless one is named.
		{name: "behind the proxies", fault: delay(edge("checkout", "payments")), graph: guarded(), want: []wire.Effect{delayed("spread", "payments", "")}},
		{name: "behind the proxies, every caller", fault: delay(edge("", "payments")), graph: guarded(), want: []wire.Effect{delayed("spread", "payments", "")}},
		{name: "from a proxy", fault: delay(edge("spread", "payments")), graph: guarded(), want: []wire.Effect{delayed("spread", "payments", "")}},
		{name: "to a proxy", fault: delay(edge("checkout", "guard")), graph: guarded(), want: []wire.Effect{delayed("orders", "guard", "")}},
		{name: "between proxies", fault: delay(edge("guard", "spread")), graph: guarded(), want: []wire.Effect{delayed("guard", "spread", "")}},
		{name: "from the outer proxy to the callee", fault: delay(edge("guard", "payments")), graph: guarded(), want: []wire.Effect{delayed("spread", "payments", "")}},
		{name: "who does not call through them", fault: delay(edge("gateway", "payments")), graph: guarded(),
			err: "gateway does not call payments in guarded: no edge between them"},
		{name: "to an entry behind a balancer", fault: delay(edge("front", "checkout")), graph: balanced(), want: []wire.Effect{delayed("front", "shop", "checkout")}},
		{name: "to what a timer asks behind a balancer", fault: delay(edge("", "payments")), graph: timed(), want: []wire.Effect{delayed("front", "shop", "payments")}},
		{name: "to a component that no outside request asks", fault: delay(edge("", "payments")), graph: balanced(),
			err: "no node of balanced calls payments (in node shop): no edge leads to it"},

		// One instance.
		{name: "an instance", fault: &Fail{Target: atNode("payments"), Instance: 1, Share: 1}, graph: services(),
			want: []wire.Effect{{Kind: wire.Fail, Node: "payments", Slot: 1, Share: 1, Name: "f"}}},
		{name: "an instance of a component's node", fault: &Delay{Target: component("payments"), Instance: 1, By: slow, Share: 1}, graph: services(),
			want: []wire.Effect{{Kind: wire.Delay, Node: "payments", Slot: 1, Component: "payments", Delay: slow, Share: 1, Name: "f"}}},
		{name: "an instance that is not there", fault: &Fail{Target: atNode("payments"), Instance: 2, Share: 1}, graph: services(),
			err: `services has no instance of payments with the number "2"`},
		{name: "a pause of one that is there", fault: &Pause{Target: atNode("payments"), Instance: 1}, graph: services(),
			want: []wire.Effect{{Kind: wire.Pause, Node: "payments", Slot: 1, Name: "f"}}},
		{name: "a pause of one that is not there", fault: &Pause{Target: component("payments"), Instance: 2}, graph: services(),
			err: `services has no instance of payments with the number "2"`},
		{name: "an instance of what is scaled", fault: &Fail{Target: atNode("payments"), Instance: 1, Share: 1}, graph: scaled(),
			err: "payments is scaled: its instances come and go, and none has a number"},

		// What is not deployed, and what does not exist.
		{name: "not hosted", fault: kill(component("mailer")), graph: services(), err: "no node of services hosts mailer"},
		{name: "edge to what is not hosted", fault: delay(edge("", "mailer")), graph: services(), err: "no node of services hosts mailer"},
		{name: "no application", fault: kill(component("payments")), graph: alone(), err: "alone has no application, and so no component payments"},
		{name: "unknown component", fault: kill(component("payment")), graph: services(), err: `services has no component "payment": did you mean "payments"?`},
		{name: "unknown node", fault: pause(atNode("gatway")), graph: services(), err: `services has no node "gatway": did you mean "gateway"?`},
		{name: "unknown end", fault: fail(edge("", "zzz")), graph: services(), err: `services has no component or node "zzz"`},
		{name: "unknown caller", fault: fail(edge("chekout", "payments")), graph: services(), err: `services has no component or node "chekout": did you mean "checkout"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if wrong := vet(c.fault); len(wrong) > 0 {
				t.Fatalf("not valid: %v", wrong)
			}
			got, err := c.fault.Effects("f", c.graph)
			if text(err) != c.err {
				t.Errorf("error %q, want %q", text(err), c.err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("\n got %+v\nwant %+v", got, c.want)
			}
			var unknown *UnknownError
			if wanted := strings.Contains(c.err, " has no ") && c.graph.Application != nil; errors.As(err, &unknown) != wanted {
				t.Errorf("%v: unknown is %v, want %v", err, !wanted, wanted)
			}
		})
	}
}

// timed is balanced with a timer that has payments do something.
func timed() *topologies.Graph {
	g := balanced()
	g.Timers = []topologies.Timer{{EntryPoint: topologies.EntryPoint{Name: "nightly", Node: "front", Operation: "payments.settle"}, Every: time.Second}}
	return g
}

// scaled is services whose payments has as many instances as its load asks for.
func scaled() *topologies.Graph {
	g := services()
	g.Topology.Node("payments").Scaler = &policy.HPAConfig{}
	return g
}

// TestOwnCaller: a user's own program makes its calls by itself.
func TestOwnCaller(t *testing.T) {
	g := bank()
	g.Edges = append(g.Edges, topologies.Edge{From: "payments", To: "orders"})
	_, err := (&Delay{Target: edge("payments", "orders"), By: slow, Share: 1}).Effects("f", g)
	if want := "payments is your own program: windtunnel cannot delay the calls that it makes"; text(err) != want {
		t.Errorf("error %q, want %q", text(err), want)
	}
}

func TestVet(t *testing.T) {
	const none, two = ": a fault must hit something: name a component, a node or an edge", ": a fault hits one thing: name only one of component, node and edge"
	both := Target{Component: "payments", Node: "payments"}
	for _, c := range []struct {
		name  string
		fault Fault
		want  []string
	}{
		{"nothing", &Kill{}, []string{none}},
		{"two things", &Pause{Target: both}, []string{two}},
		{"kill edge", &Kill{Target: edge("", "payments")}, []string{"edge: an edge cannot be killed: name a component or a node, or use `delay:` or `fail:`"}},
		{"pause edge", &Pause{Target: edge("", "payments")}, []string{"edge: an edge cannot be paused: name a component or a node, or use `delay:` or `fail:`"}},
		{"direction of a node", &Delay{Target: atNode("x"), By: slow, Share: 1, Direction: "reply"}, []string{"direction: only an edge has a direction: leave it out, or name an edge"}},
		{"all wrong", &Delay{Target: both, Direction: "reply"}, []string{two, "direction: only an edge has a direction: leave it out, or name an edge",
			"by: a delay by nothing is none: say how long, as in 200ms", "share: a delay of 0% of the requests is none"}},
		{"fail none", &Fail{}, []string{none, "share: a failure of 0% of the requests is none"}},
		{"an instance of an edge", &Fail{Target: edge("", "x"), Instance: 1, Share: 1}, []string{"instance: only a node has instances: leave it out, or name the node"}},
		{"good", &Fail{Target: edge("", "x"), Share: 1}, nil},
		{"good direction", &Delay{Target: edge("", "x"), By: slow, Share: 1, Direction: "request"}, nil},
	} {
		if got := vet(c.fault); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// vet collects what a fault says of itself.
func vet(f Fault) []string {
	var wrong []string
	f.Vet(func(key, message string) { wrong = append(wrong, key+": "+message) })
	return wrong
}

func TestRegistered(t *testing.T) {
	if got, want := Faults.Names(), []string{"delay", "fail", "kill", "pause", "reload"}; !slices.Equal(got, want) {
		t.Errorf("registered are %v, want %v", got, want)
	}
	for _, d := range Faults.All() {
		if d.New() == d.New() {
			t.Errorf("%s: New gives the same fault twice", d.Name)
		}
		if !strings.Contains(d.Doc, d.Name+": {") {
			t.Errorf("%s: its doc shows no example", d.Name)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestExamples: what the docs show can be read, and is right in itself.
func TestExamples(t *testing.T) {
	for _, def := range Faults.All() {
		for _, line := range strings.Split(def.Doc, "\n") {
			if !strings.HasPrefix(line, "  - {") {
				continue
			}
			var n yaml.Node
			if err := yaml.Unmarshal([]byte(line), &n); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			d := decode.New(&decode.Doc{})
			entry := n.Content[0].Content[0]
			made, ok := decode.ChoiceAmong(d, entry, d.Pairs(entry, "a fault"), Faults, "name", "at", "for")
			if !ok || len(d.Problems) > 0 {
				t.Errorf("%s: %v", line, d.Problems)
				continue
			}
			if reflect.TypeOf(made) != reflect.TypeOf(def.New()) {
				t.Errorf("%s is a %T", line, made)
			}
			if _, err := made.Effects("f", services()); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}
