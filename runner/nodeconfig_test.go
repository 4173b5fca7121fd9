package runner

import (
	"io/fs"
	"reflect"
	"testing"

	"windtunnel/scenarios"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/wire"
)

const wired = `
application: shop
components:
  shop: {operations: {buy: [{call: bank.pay}, {call: bank.rate}], look: {idempotent: true, steps: []}}}
  bank: {operations: {pay: [], rate: {idempotent: true, steps: []}}}
entries: {buy: shop.buy, look: shop.look, pay: bank.pay, rate: bank.rate}
---
topology: shop
application: shop
nodes:
  front: {kind: balancer, to: door}
  door:  {kind: gateway, entries: [buy, look, pay, rate]}
  shop:  {kind: service, hosts: [shop]}
  guard: {kind: breaker, to: bank}
  bank:
    kind: external
    url: http://127.0.0.1:9
    hosts: [bank]
    requests:
      bank.rate: GET /rates?day=1
      bank.pay: {method: POST, path: /rates, headers: {X-Key: abc}, body: five, expect: [201, 500]}
    entries:
      pay: {method: PUT, path: /paid, body: ten}
---
scenario: shop
phases: [{name: steady, for: 1s, load: {constant: 1/s}}]
`

// TestNodeConfigTellsTheWays holds what each kind of node is told of the
// requests that it makes and passes on.
func TestNodeConfigTellsTheWays(t *testing.T) {
	loaded, problems := scenarios.Load(scenarios.Query{
		Scenarios: []string{"f"},
		ReadFile: func(name string) ([]byte, error) {
			if name != "f" {
				return nil, fs.ErrNotExist
			}
			return []byte(wired), nil
		},
		Glob: func(string) ([]string, error) { return nil, nil },
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := NewPlan("r", loaded[0].Scenario, loaded[0].Graph, 1, 1)
	of := func(node string) *wire.Config {
		return p.NodeConfig(p.Graph.Topology.Node(node), node+"-1")
	}
	pay := wire.Remote{To: "guard", Method: "POST", Path: "/rates", Headers: map[string]string{"X-Key": "abc"}, Body: "five", Expect: []int{201, 500}}
	rate := wire.Remote{To: "guard", Method: "GET", Path: "/rates?day=1", Idempotent: true}
	if got, want := of("shop").Remote, (map[string]wire.Remote{"bank.pay": pay, "bank.rate": rate}); !reflect.DeepEqual(got, want) {
		t.Errorf("shop asks\n%+v, want\n%+v", got, want)
	}
	for node, want := range map[string][]wire.Route{
		"front": {
			{Method: "POST", Path: "/look", Remote: wire.Remote{To: "door", Idempotent: true}},
			{Method: "POST", Path: "/rate", Remote: wire.Remote{To: "door", Idempotent: true}},
			{Remote: wire.Remote{To: "door"}},
		},
		// Of two requests with the same path the method tells which may be repeated.
		"guard": {
			{Method: "POST", Path: "/rates", Remote: wire.Remote{To: "bank", Expect: []int{201, 500}}},
			{Method: "GET", Path: "/rates", Remote: wire.Remote{To: "bank", Idempotent: true}},
			{Remote: wire.Remote{To: "bank"}},
		},
	} {
		if got := of(node).Routes; !reflect.DeepEqual(got, want) {
			t.Errorf("%s routes\n%+v, want\n%+v", node, got, want)
		}
	}
	door := of("door")
	wantRoutes := []gateway.Route{{Path: "/buy", To: "shop.buy"}, {Path: "/look", To: "shop.look"}, {Path: "/pay", To: "entry pay"}, {Path: "/rate", To: "bank.rate"}}
	if !reflect.DeepEqual(door.Gateway.Routes, wantRoutes) {
		t.Errorf("the gateway routes\n%+v, want\n%+v", door.Gateway.Routes, wantRoutes)
	}
	paid := pay // the entry is asked in a way of its own
	paid.Method, paid.Path, paid.Headers, paid.Body, paid.Expect = "PUT", "/paid", nil, "ten", nil
	wantRemote := map[string]wire.Remote{
		"shop.buy":  {To: "shop", Method: "POST", Path: "/op/shop.buy"},
		"shop.look": {To: "shop", Method: "POST", Path: "/op/shop.look", Idempotent: true},
		"bank.pay":  pay, "entry pay": paid, "bank.rate": rate,
	}
	if !reflect.DeepEqual(door.Remote, wantRemote) {
		t.Errorf("the gateway asks\n%+v, want\n%+v", door.Remote, wantRemote)
	}
}
