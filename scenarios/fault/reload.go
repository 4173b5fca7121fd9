package fault

import (
	"fmt"
	"slices"
	"strings"

	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// Reload replaces the routes of a gateway while it serves: no fault in itself,
// but a thing that goes wrong often enough.
type Reload struct {
	Gateway string          `yaml:"gateway" required:"true" doc:"the gateway's node"`
	Routes  []gateway.Route `yaml:"routes" required:"true" doc:"all its routes from then on, written as in a topology"`
}

// Vet refuses what only a topology can say.
func (r *Reload) Vet(add func(key, message string)) {
	for _, route := range r.Routes {
		if route.As != "" {
			add("routes", "what a component lives on cannot change during a run: leave `as` out")
		}
	}
}

// Effects replaces the routes of the gateway. Its instances know the way to the
// operations that its own routes name, also to those of weight 0.
func (r *Reload) Effects(name string, g *topologies.Graph) ([]wire.Effect, error) {
	n := g.Topology.Node(r.Gateway)
	if n == nil {
		return nil, &UnknownError{What: "node", Name: r.Gateway, Topology: g.Topology.Name, Known: nodes(g)}
	}
	spec, is := n.Spec.(*topologies.Gateway)
	if !is {
		return nil, fmt.Errorf("%s is a %s and has no routes", n.Name, n.Kind)
	}
	for _, p := range gateway.Together(r.Routes, spec.Auth) {
		return nil, fmt.Errorf("route %d: %s", p.Route+1, p.Text)
	}
	reach := g.Reach(n.Name)
	for i := range r.Routes {
		for _, op := range r.Routes[i].Targets() {
			if !slices.Contains(reach, op) {
				return nil, r.unreached(op, g, reach)
			}
		}
	}
	routes := slices.Clone(r.Routes)
	for _, kept := range g.Gateways[n.Name] { // those by which calls come in
		if strings.HasPrefix(kept.Path, wire.OperationPath("")) {
			routes = append(routes, kept.Route)
		}
	}
	return []wire.Effect{{Kind: wire.Reload, Node: n.Name, Routes: routes, Name: name}}, nil
}

// unreached says why a route cannot lead to an operation.
func (r *Reload) unreached(op string, g *topologies.Graph, reach []string) error {
	if g.Application != nil {
		if _, ok := g.Application.Operation(op); ok && g.HostOf[work.Component(op)] != "" {
			return fmt.Errorf("%s has no way to %s: name it in one of its own routes, with the weight 0 where nothing is to go there at first", r.Gateway, op)
		}
	}
	return &UnknownError{What: "operation", Name: op, Topology: g.Topology.Name, Known: reach}
}

func init() {
	Faults.Register(def.Def[Fault]{
		Name: "reload",
		Doc: "replaces the routes of a gateway, as a new configuration does\n" +
			"Requests under way go on by the routes that they came by; none is lost over it. At its end the gateway's own\n" +
			"routes hold again. Routes lead to operations that the gateway's own routes name: a canary that is to grow\n" +
			"stands there with the weight 0.\n\n" +
			"  - {name: canary-grows, at: steady+5s, reload: {gateway: gateway, routes: [{path: /items, split: {catalog.browse: 50, catalog-v2.browse: 50}}]}}",
		New: func() Fault { return &Reload{} },
	})
}
