package runner

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// BuiltIn says whether the node program runs a node, rather than the user's own
// image, command or URL.
func BuiltIn(n *topologies.Node) bool {
	_, own := n.Spec.(topologies.Own)
	return !own
}

// NodeConfig returns what an instance of a built-in node must know to serve.
// Endpoints are not part of it: they come and go while the node runs.
func (p *Plan) NodeConfig(node *topologies.Node, instance string) *wire.Config {
	c := &wire.Config{
		Run: p.Run, Node: node.Name, Instance: instance, Kind: node.Kind,
		Seed: p.Seed, SpinPerMS: p.SpinPerMS,
	}
	for _, e := range p.Graph.Edges {
		if e.From == node.Name {
			c.Edges = append(c.Edges, wire.Edge{To: e.To, Policy: e.Policy})
		}
	}
	switch spec := node.Spec.(type) {
	case *topologies.Service:
		c.Concurrency, c.Queue = spec.Concurrency, spec.Queue
		p.host(c, spec.Hosts)
	case *topologies.Gateway:
		c.Concurrency, c.Queue = spec.Concurrency, spec.Queue
		c.Routes = p.gatewayRoutes(node.Name, spec)
	case *topologies.Breaker:
		c.Concurrency, c.Queue = spec.Concurrency, spec.Queue
		c.Routes = p.passRoutes(node.Name, spec.To)
	case *topologies.Balancer:
		c.Concurrency, c.Queue = spec.Concurrency, spec.Queue
		c.Routes = p.passRoutes(node.Name, spec.To)
	}
	return c
}

// host puts the operations of the components into c, and the way to every
// operation that they ask of others.
func (p *Plan) host(c *wire.Config, components []string) {
	c.Operations = map[string]work.Operation{}
	for _, name := range components {
		component, _ := p.Graph.Application.Component(name)
		for _, op := range component.Operations {
			c.Operations[op.Name] = op
		}
	}
	c.Remote = map[string]wire.Remote{}
	for _, op := range c.Operations {
		for _, called := range topologies.Calls(op.Steps) {
			if _, here := c.Operations[called]; !here {
				c.Remote[called] = p.remote(c.Node, called)
			}
		}
	}
}

// remote says how the node from asks for an operation that it does not host.
func (p *Plan) remote(from, op string) wire.Remote {
	host := p.Graph.HostOf[work.Component(op)]
	r := wire.Remote{
		To:     p.Graph.Topology.Via(host, from),
		Method: "POST", Path: wire.OperationPath(op),
	}
	if called, ok := p.Graph.Application.Operation(op); ok {
		r.Idempotent = called.Idempotent
	}
	if own, ok := p.Graph.Topology.Node(host).Spec.(topologies.Own); ok {
		if request, ok := own.Endpoints().Requests[op]; ok {
			ask(&r, request)
		}
	}
	return r
}

// ask has an operation of a user's own system asked for as that wants it.
func ask(r *wire.Remote, as topologies.Request) {
	r.Method, r.Path, r.Headers, r.Body, r.Expect = as.Method, as.Path, as.Headers, as.Body, as.Expect
}

// gatewayRoutes sends each entry that comes in at the gateway to its operation.
// Headers and body come with the request.
func (p *Plan) gatewayRoutes(gateway string, spec *topologies.Gateway) []wire.Route {
	var routes []wire.Route
	for _, e := range p.Graph.Entries {
		if len(spec.Entries) > 0 && !slices.Contains(spec.Entries, e.Name) {
			continue
		}
		remote := p.remote(gateway, e.Operation)
		host := p.Graph.HostOf[work.Component(e.Operation)]
		if own, ok := p.Graph.Topology.Node(host).Spec.(topologies.Own); ok {
			if request, ok := own.Endpoints().Entries[e.Name]; ok {
				ask(&remote, request)
			}
		}
		remote.Headers, remote.Body = nil, ""
		routes = append(routes, wire.Route{Path: topologies.EntryPath(e.Name), Remote: remote})
	}
	return routes
}

// passRoutes pass everything on to the node that a proxy fronts. What is known
// of the requests that it will see comes first: which are idempotent, and what
// to expect of a user's own system.
func (p *Plan) passRoutes(proxy, fronted string) []wire.Route {
	to := p.Graph.Topology.Via(fronted, proxy)
	var routes []wire.Route
	add := func(asked wire.Remote) {
		path, _, _ := strings.Cut(asked.Path, "?")
		if asked.Idempotent || len(asked.Expect) > 0 {
			routes = append(routes, wire.Route{Method: asked.Method, Path: path,
				Remote: wire.Remote{To: to, Idempotent: asked.Idempotent, Expect: asked.Expect}})
		}
	}
	if spec, ok := p.Graph.Topology.Node(fronted).Spec.(*topologies.Gateway); ok {
		for _, r := range p.gatewayRoutes(fronted, spec) {
			add(wire.Remote{Method: "POST", Path: r.Path, Idempotent: r.Remote.Idempotent, Expect: r.Remote.Expect})
		}
	} else if app := p.Graph.Application; app != nil {
		for _, component := range app.Components {
			for _, op := range component.Operations {
				if asked := p.remote(proxy, op.Name); asked.To == to {
					add(asked)
				}
			}
		}
	}
	slices.SortStableFunc(routes, func(a, b wire.Route) int { return cmp.Compare(a.Path, b.Path) })
	return append(routes, wire.Route{Remote: wire.Remote{To: to}})
}

// EndpointName returns the name of an instance: "payments-1".
func EndpointName(node string, id policy.EndpointID) string {
	return node + "-" + strconv.FormatUint(uint64(id), 10)
}
