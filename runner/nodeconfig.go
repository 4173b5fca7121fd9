package runner

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"windtunnel/topologies"
	"windtunnel/topologies/gateway"
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
		Seed: p.Seed, SpinPerMS: p.SpinPerMS, Number: instanceNumber(instance), Keyed: p.keyed(),
	}
	for _, e := range p.Graph.Edges {
		if e.From == node.Name {
			c.Edges = append(c.Edges, wire.Edge{To: e.To, Policy: e.Policy, Health: p.healthPath(e), Discovery: discovered(e.Policy.Discovery)})
		}
	}
	p.enter(c)
	switch spec := node.Spec.(type) {
	case *topologies.Service:
		bound(c, spec.Workers)
		p.host(c, spec.Hosts)
	case *topologies.Function:
		c.Concurrency, c.Init = spec.Concurrency, spec.Init
		p.host(c, spec.Hosts)
	case *topologies.Front:
		c.Front = &wire.Front{To: spec.Function, Policy: spec.FrontConfig}
	case *topologies.Registry:
		c.Registry = &spec.RegistryConfig
	case *topologies.DNS:
		c.Zone = p.Graph.Zone()
	case *topologies.Gateway:
		bound(c, spec.Workers)
		p.open(c, spec)
	case *topologies.Breaker:
		bound(c, spec.Workers)
		c.Routes = p.passRoutes(node.Name, spec.To)
	case *topologies.Cache:
		bound(c, spec.Workers)
		if spec.To != "" {
			c.Routes = p.passRoutes(node.Name, spec.To)
		} else {
			config := spec.CacheConfig
			c.Cache = &config
		}
	case *topologies.Balancer:
		bound(c, spec.Workers)
		c.Routes = p.passRoutes(node.Name, spec.To)
	}
	return c
}

// healthPath is where the instances that an edge leads to are probed; empty
// where they are not.
func (p *Plan) healthPath(e topologies.Edge) string {
	if e.Policy.Health == nil {
		return ""
	}
	if own, ok := p.Graph.Topology.Node(e.To).Spec.(topologies.Own); ok {
		return own.HealthPath()
	}
	return wire.HealthPath
}

// bound puts in what an instance does about the requests that come to it.
func bound(c *wire.Config, w topologies.Workers) {
	c.Concurrency, c.Queue, c.Intake = w.Concurrency, w.Queue, w.IntakeConfig
}

// keyed says whether requests must carry keys, since an edge balances by them.
func (p *Plan) keyed() bool {
	return slices.ContainsFunc(p.Graph.Edges, func(e topologies.Edge) bool { return policy.GoesByKey(e.Policy.Balance) })
}

// instanceNumber reads the number of an instance from its name, 0 where it has none.
func instanceNumber(name string) int {
	n, err := strconv.Atoi(name[strings.LastIndexByte(name, '-')+1:])
	if err != nil {
		return 0
	}
	return n
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

// open makes c that of a gateway: its routes, and the way to every operation
// that they may lead to, now or after a reload.
func (p *Plan) open(c *wire.Config, spec *topologies.Gateway) {
	c.Gateway = &gateway.Config{Name: c.Node, Auth: spec.Auth, CORS: spec.CORS, RateLimit: spec.RateLimit, MaxBody: spec.MaxBody}
	c.Intake.RateLimit = nil // the gateway's own, as it tells clients apart
	c.Remote = map[string]wire.Remote{}
	for _, op := range p.Graph.Reach(c.Node) {
		c.Remote[op] = p.remote(c.Node, op)
	}
	for _, r := range p.Graph.Gateways[c.Node] {
		if own, ok := p.ownEntry(r); ok {
			remote := c.Remote[r.To]
			ask(&remote, own)
			r.To = "entry " + r.Entry // asked in another way than the operation is
			c.Remote[r.To] = remote
		}
		c.Gateway.Routes = append(c.Gateway.Routes, r.Route)
	}
}

// ownEntry finds how the user's own system is asked for the entry that a route stands for.
func (p *Plan) ownEntry(r topologies.GatewayRoute) (topologies.Request, bool) {
	if r.Entry == "" {
		return topologies.Request{}, false
	}
	own, ok := p.Graph.Topology.Node(p.Graph.HostOf[work.Component(r.To)]).Spec.(topologies.Own)
	if !ok {
		return topologies.Request{}, false
	}
	request, ok := own.Endpoints().Entries[r.Entry]
	return request, ok
}

// entryRemotes says what a gateway makes of the entries that come in at it.
func (p *Plan) entryRemotes(node string) []wire.Remote {
	config := p.NodeConfig(p.Graph.Topology.Node(node), node)
	table, err := gateway.NewTable(config.Gateway.Routes)
	if err != nil {
		return nil // such a gateway does not start
	}
	var remotes []wire.Remote
	for _, e := range p.Graph.Entries {
		if e.Node != p.Graph.Topology.Via(node, "") {
			continue
		}
		asked := e.Request.Asked()
		found, _ := table.Match(&asked)
		if found == nil {
			continue
		}
		remote := wire.Remote{Method: asked.Method, Path: asked.Path, Idempotent: true}
		for _, op := range found.Targets() {
			remote.Idempotent = remote.Idempotent && config.Remote[op].Idempotent
			remote.Expect = config.Remote[op].Expect
		}
		remotes = append(remotes, remote)
	}
	return remotes
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
	if _, ok := p.Graph.Topology.Node(fronted).Spec.(*topologies.Gateway); ok {
		for _, r := range p.entryRemotes(fronted) {
			add(r)
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
