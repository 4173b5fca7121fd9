package topologies

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"windtunnel/topologies/gateway"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// GatewayRoute is a route of a gateway as it holds.
type GatewayRoute struct {
	gateway.Route
	Entry string // of a route that stands for one entry; empty for one that was written
}

// Reach lists the operations that a gateway may send to, sorted.
func (g *Graph) Reach(gateway string) []string {
	var all []string
	for _, r := range g.Gateways[gateway] {
		all = append(all, r.Targets()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Outside returns the gateway at which the calls of a node come in, since it
// stands for a client outside; "" of any other node.
func (t *Topology) Outside(node string) string {
	for _, n := range t.Nodes {
		if g, ok := n.Spec.(*Gateway); ok && slices.Contains(g.Clients, node) {
			return n.Name
		}
	}
	return ""
}

// routes lays out the routes of every gateway, with the edges that they need.
func (r *resolver) routes() {
	for _, n := range r.t.Nodes {
		spec, ok := n.Spec.(*Gateway)
		if !ok {
			continue
		}
		r.outsiders(n, spec)
		if len(spec.Routes) > 0 {
			r.writtenRoutes(n, spec)
		} else {
			r.entryRoutes(n, spec)
		}
		r.clientRoutes(n, spec)
		for _, op := range r.graph.Reach(n.Name) {
			if host := r.graph.HostOf[work.Component(op)]; host != "" && host != n.Name {
				r.edge(n.Name, r.t.Via(host, n.Name), op)
			}
		}
	}
}

// outsiders checks the nodes that stand for clients.
func (r *resolver) outsiders(n *Node, spec *Gateway) {
	for i, name := range spec.Clients {
		pos := r.t.at(n, "clients", itoa(i))
		if !r.node(pos, name) {
			continue
		}
		switch at := r.t.Node(name); {
		case at == nil: // told where it stands
		case at.Kind != "service":
			r.problems.Addf(pos, "%s is a %s: a client that calls is a service with the component that does", name, at.Kind)
		case r.t.Outside(name) != n.Name:
			r.problems.Addf(pos, "%s is a client of %s already", name, r.t.Outside(name))
		}
	}
}

func (r *resolver) writtenRoutes(n *Node, spec *Gateway) {
	for _, p := range gateway.Together(spec.Routes, spec.Auth) {
		r.problems.Addf(r.t.at(n, "routes", itoa(p.Route), p.Key), "%s", p.Text)
	}
	for i, route := range spec.Routes {
		for _, op := range route.Targets() {
			r.routeTo(n, i, op)
		}
		if route.As != "" {
			r.standsFor(n, spec, i)
		}
		if route.Public() {
			r.route(n.Name, GatewayRoute{Route: route})
		}
		if route.As != "" {
			stands := route
			stands.Path, stands.Host, stands.Methods, stands.Headers = wire.OperationPath(route.As), "", nil, nil
			r.route(n.Name, GatewayRoute{Route: stands})
		}
	}
}

func (r *resolver) route(node string, route GatewayRoute) {
	r.graph.Gateways[node] = append(r.graph.Gateways[node], route)
}

// routeTo checks that a route leads to an operation.
func (r *resolver) routeTo(n *Node, route int, op string) {
	key := "to"
	switch spec := &n.Spec.(*Gateway).Routes[route]; {
	case len(spec.Split) > 0:
		key = "split"
	case len(spec.Aggregate) > 0:
		key = "aggregate"
	}
	r.operation(n, route, key, op)
}

func (r *resolver) operation(n *Node, route int, key, op string) {
	if _, ok := r.app.Operation(op); ok {
		if key != "as" && r.graph.HostOf[work.Component(op)] == n.Name {
			r.problems.Addf(r.t.at(n, "routes", itoa(route), key), "%s is answered by an aggregate of this gateway: give that its `path`", op)
		}
		return
	}
	var all []string
	for _, c := range r.app.Components {
		for _, known := range c.Operations {
			all = append(all, known.Name)
		}
	}
	r.problems.Addf(r.t.at(n, "routes", itoa(route), key), "application %s has no operation %q%s", r.app.Name, op, hintOr(op, all))
}

// standsFor checks that an aggregate can answer for an operation: it must be
// there, so must all others of its component, and no part may ask it in turn.
func (r *resolver) standsFor(n *Node, spec *Gateway, at int) {
	as := spec.Routes[at].As
	r.operation(n, at, "as", as)
	pos := r.t.at(n, "routes", itoa(at), "as")
	component, _ := r.app.Component(work.Component(as))
	for _, op := range component.Operations {
		if !slices.ContainsFunc(spec.Routes, func(o gateway.Route) bool { return o.As == op.Name }) {
			r.problems.Addf(pos, "component %s lives here by this, but no aggregate stands for its %s", component.Name, op.Name)
		}
	}
	for _, part := range spec.Routes[at].Aggregate {
		if r.asks(part.Call, as, nil) {
			r.problems.Addf(pos, "%s, which is a part, asks %s in turn: this would never end", part.Call, as)
		}
	}
}

// asks says whether an operation asks another, itself or by those that it asks.
func (r *resolver) asks(from, to string, seen []string) bool {
	if from == to {
		return true
	}
	op, ok := r.app.Operation(from)
	if !ok || slices.Contains(seen, from) {
		return false
	}
	return slices.ContainsFunc(Calls(op.Steps), func(called string) bool { return r.asks(called, to, append(seen, from)) })
}

// entryRoutes gives a gateway without routes one for each of its entries.
func (r *resolver) entryRoutes(n *Node, spec *Gateway) {
	for _, e := range r.app.Entries {
		if len(spec.Entries) > 0 && !slices.Contains(spec.Entries, e.Name) || r.comesFromClient(e) {
			continue
		}
		e = e.complete()
		path, _, _ := strings.Cut(e.Path, "?")
		route := GatewayRoute{Entry: e.Name, Route: gateway.Route{Path: path, To: e.Operation}}
		if path != EntryPath(e.Name) {
			route.Methods = []string{e.Method}
		}
		r.route(n.Name, route)
		for _, other := range r.graph.Gateways[n.Name] {
			if other.Entry != e.Name && other.Path == path && slices.Equal(other.Methods, route.Methods) && other.To != e.Operation {
				r.problems.Addf(e.Pos, "entries %s and %s are both asked as %s %s, and lead to different operations: give one another path, or the gateway `routes`",
					other.Entry, e.Name, e.Method, path)
			}
		}
	}
}

// clientRoutes lets the nodes in that stand for clients.
func (r *resolver) clientRoutes(n *Node, spec *Gateway) {
	var called []string
	for _, c := range r.app.Components {
		if !slices.Contains(spec.Clients, r.graph.HostOf[c.Name]) {
			continue
		}
		for _, op := range c.Operations {
			for _, to := range Calls(op.Steps) {
				if host := r.graph.HostOf[work.Component(to)]; host != n.Name && host != r.graph.HostOf[c.Name] {
					called = append(called, to)
				}
			}
		}
	}
	slices.SortFunc(called, cmp.Compare[string])
	for _, op := range slices.Compact(called) {
		r.route(n.Name, GatewayRoute{Route: gateway.Route{Path: wire.OperationPath(op), To: op}})
	}
}

// comesFromClient says whether an entry is asked of a node that stands for a client.
func (r *resolver) comesFromClient(e Entry) bool {
	return r.t.Outside(r.graph.HostOf[work.Component(e.Operation)]) != ""
}

// table lays out a gateway's routes as it looks them up. The error is told
// where the routes are vetted.
func (r *resolver) table(n *Node) (*gateway.Table, error) {
	var routes []gateway.Route
	for _, route := range r.graph.Gateways[n.Name] {
		routes = append(routes, route.Route)
	}
	return gateway.NewTable(routes)
}

// answered says where an entry's request meets no route of its gateway, unless
// that is what it expects.
func (r *resolver) answered(n *Node, e Entry) {
	table, err := r.table(n)
	if err != nil {
		return // told already
	}
	asked := e.Asked()
	if n.Spec.(*Gateway).CORS != nil && gateway.IsPreflight(&asked) {
		return // the gateway answers it
	}
	found, allow := table.Match(&asked)
	status := 404
	if allow != "" {
		status = 405
	}
	if found == nil && !slices.Contains(e.Expect, status) {
		r.problems.Addf(r.t.at(n, "routes"), "entry %s asks %s %s, for which gateway %s has no route: it would be answered %d. Where that is meant, the entry says `expect: [%d]`",
			e.Name, e.Method, asked.Path, n.Name, status, status)
	}
	if found != nil {
		r.letIn(n, e, &found.Route, &asked)
	}
}

// letIn says where an entry's request is from nobody that its gateway lets in,
// unless that is what it expects.
func (r *resolver) letIn(n *Node, e Entry, route *gateway.Route, asked *gateway.Request) {
	auth := n.Spec.(*Gateway).Auth
	if auth == nil {
		return
	}
	status := auth.Foresee(route, asked)
	if status == 0 || slices.Contains(e.Expect, status) {
		return
	}
	what := "brings no key or token that gateway " + n.Name + " knows"
	if status == 403 {
		what = "brings the key of a client whom the route of gateway " + n.Name + " does not allow"
	}
	r.problems.Addf(r.t.at(n, "auth"), "entry %s %s: it would be answered %d. Give it one among its `headers`, or where that is meant, `expect: [%d]`",
		e.Name, what, status, status)
}

// Asked is a request as a gateway looks at it.
func (r *Request) Asked() gateway.Request {
	path, query, _ := strings.Cut(r.Path, "?")
	asked := gateway.Request{Method: r.Method, Host: r.Host, Path: path, Query: query, Body: len(r.Body)}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if strings.EqualFold(name, "Host") {
			asked.Host = r.Headers[name]
			continue
		}
		asked.Fields = append(asked.Fields, gateway.Field{Name: name, Value: r.Headers[name]})
	}
	return asked
}
