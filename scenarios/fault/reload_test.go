package fault

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"windtunnel/topologies"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// A reload replaces the routes that were written, keeps the ways in of nodes
// that stand for clients, and leads nowhere that its gateway does not know.
func TestReload(t *testing.T) {
	reload := func(node string, ops ...string) *Reload {
		r := &Reload{Gateway: node}
		for _, op := range ops {
			r.Routes = append(r.Routes, gateway.Route{Path: "/new", To: op})
		}
		return r
	}
	g := services()
	g.Application.Components[0].Operations = []work.Operation{{Name: "catalog.lookup"}}
	got, err := reload("gateway", "catalog-v2.browse").Effects("f", g)
	want := []wire.Effect{{Kind: wire.Reload, Node: "gateway", Name: "f", Routes: []gateway.Route{
		{Path: "/new", To: "catalog-v2.browse"}, {Path: "/op/checkout.place", To: "checkout.place"}}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for _, c := range []struct {
		fault   *Reload
		graph   *topologies.Graph
		unknown bool // a slip, if no topology has it; else it does not apply here
		says    string
	}{
		{reload("gatway", "catalog.browse"), g, true, `no node "gatway": did you mean "gateway"?`},
		{reload("orders", "catalog.browse"), g, false, "orders is a service and has no routes"},
		{reload("gateway", "catalog.brows"), g, true, `no operation "catalog.brows": did you mean "catalog.browse"?`},
		{reload("gateway", "catalog.lookup"), g, false, "gateway has no way to catalog.lookup: name it in one of its own routes"},
		{reload("gateway", "catalog.browse"), monolith(), true, `no node "gateway"`},
	} {
		_, err := c.fault.Effects("f", c.graph)
		var unknown *UnknownError
		if err == nil || errors.As(err, &unknown) != c.unknown || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", c.fault.Gateway, err, c.says)
		}
	}
	if wrong := vet(&Reload{Gateway: "gateway", Routes: []gateway.Route{{As: "a.b"}}}); len(wrong) != 1 {
		t.Errorf("a reload that moves a component: %v", wrong)
	}
}
