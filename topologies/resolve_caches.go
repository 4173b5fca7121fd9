package topologies

import (
	"slices"

	"windtunnel/topologies/wire"
)

// lookAsides makes the edges to the cache nodes that other edges look aside in,
// and returns their keys.
func (r *resolver) lookAsides() [][2]string {
	var made [][2]string
	for _, key := range r.edgeKeys() {
		e := r.edges[key]
		if e.Policy.Cache == nil || e.Policy.Cache.In == "" {
			continue
		}
		n := r.t.Node(e.Policy.Cache.In)
		if n == nil {
			continue // told already
		}
		node, ok := n.Spec.(*Cache)
		if !ok || node.To != "" {
			continue
		}
		config := *e.Policy.Cache
		config.Lease = node.Lease
		e.Policy.Cache = &config
		to := [2]string{e.From, r.t.Via(n.Name, e.From)}
		if r.edges[to] == nil {
			r.edge(to[0], to[1], "")
			made = append(made, to)
		}
		if to[1] != n.Name { // the way goes through proxies
			config.In = to[1]
		}
	}
	return made
}

// cached checks an edge's cache: that it is where it says, and that there is
// something for it to keep.
func (r *resolver) cached(e *Edge, spec int) {
	c := e.Policy.Cache
	if c == nil {
		return
	}
	pos := r.t.Pos
	if n := r.t.Node(e.From); isProxy(n) {
		pos = r.t.at(n, "kind")
	}
	if spec >= 0 {
		pos = r.t.atEdge(r.t.Edges[spec], "cache")
	}
	asked := r.asked(e)
	kept := func(a askedOperation) bool { return c.Always || a.idempotent }
	reads := func(a askedOperation) bool { return wire.Cacheable(a.method, a.path, a.body) }
	switch {
	case len(asked) == 0:
	case slices.ContainsFunc(asked, func(a askedOperation) bool { return kept(a) && reads(a) }):
	case !slices.ContainsFunc(asked, kept):
		r.problems.Addf(pos, "none of what %s asks of %s is idempotent, so nothing would be cached: say so of the operation (idempotent: true), or `always` here",
			e.From, e.To)
	default:
		nothing := "nothing"
		if slices.ContainsFunc(asked, reads) {
			nothing = "nothing idempotent"
		}
		r.problems.Addf(pos, "%s asks %s for %s by GET or HEAD without a body, so nothing would be cached: give what reads such a request (an entry with a `path` is asked by GET)",
			e.From, e.To, nothing)
	}
	if c.In == "" || !r.node(pos, c.In) {
		return
	}
	n := r.t.Node(c.In)
	if n == nil {
		return
	}
	switch node, ok := n.Spec.(*Cache); {
	case !ok:
		r.problems.Addf(pos, "%s is a %s: `in` names a node of kind cache", n.Name, n.Kind)
	case node.To != "":
		r.problems.Addf(pos, "%s stands in front of %s (`to`), and answers callers in its place: nobody can look aside in it", n.Name, node.To)
	}
}

// askedOperation is one way in which an operation is asked for along an edge.
type askedOperation struct {
	idempotent   bool
	method, path string
	body         int
}

func (a askedOperation) harmless() bool { return a.idempotent }

// asked lists what may be asked along an edge, as the requests go there; nothing
// where that is not known.
func (r *resolver) asked(e *Edge) (all []askedOperation) {
	if r.app == nil {
		return nil
	}
	last := r.behind(e.To)
	if last == nil {
		return nil
	}
	add := func(op string, as Request) {
		known, _ := r.app.Operation(op)
		all = append(all, askedOperation{known.Idempotent, as.Method, as.Path, as.size()})
	}
	operations := e.Operations
	if isProxy(r.t.Node(e.From)) {
		if door, is := last.Spec.(*Gateway); is {
			if len(door.Clients) > 0 {
				return nil // whose calls come by as well
			}
			return r.askedAtDoor(last)
		}
		operations = r.hosted(last.Name)
	}
	for _, op := range operations {
		ways := r.ownRequests(last, op)
		for _, as := range ways {
			add(op, as)
		}
		if len(ways) == 0 {
			add(op, Request{Method: "POST", Path: wire.OperationPath(op)})
		}
	}
	return all
}

// askedAtDoor lists how the entries that come in at a gateway are asked there.
// One is idempotent where all are that its route leads to; one that meets no
// route is not.
func (r *resolver) askedAtDoor(door *Node) (all []askedOperation) {
	table, err := r.table(door)
	if err != nil {
		return nil // told already
	}
	for _, e := range r.app.Entries {
		if serving, _ := r.serving(e.Name); !slices.Contains(serving, door) || r.comesFromClient(e) {
			continue
		}
		as := e.complete().Request
		asked := as.Asked()
		found, _ := table.Match(&asked)
		harmless := found != nil && !slices.ContainsFunc(found.Targets(), func(op string) bool {
			known, _ := r.app.Operation(op)
			return !known.Idempotent
		})
		all = append(all, askedOperation{harmless, as.Method, as.Path, as.size()})
	}
	return all
}

// size is how many bytes of body a request has.
func (r *Request) size() int { return len(r.Body) + len(r.BodyFile) }

// ownRequests are those by which a user's own system is asked for an operation.
func (r *resolver) ownRequests(node *Node, op string) (ways []Request) {
	own, is := node.Spec.(Own)
	if !is {
		return nil
	}
	if as, said := own.Endpoints().Requests[op]; said {
		ways = append(ways, as)
	}
	for _, entry := range r.app.Entries {
		if as, said := own.Endpoints().Entries[entry.Name]; said && entry.Operation == op {
			ways = append(ways, as)
		}
	}
	return ways
}

// behind returns the node that a proxy leads to in the end, or the node itself;
// nil where that is none.
func (r *resolver) behind(node string) *Node {
	n := r.t.Node(node)
	for range r.t.Nodes {
		if !isProxy(n) {
			break
		}
		n = r.t.Node(n.Spec.(Fronting).Fronts())
	}
	return n
}

// hosted lists the operations that live on a node.
func (r *resolver) hosted(node string) []string {
	var names []string
	for component, host := range r.graph.HostOf {
		if c, ok := r.app.Component(component); ok && host == node {
			for _, op := range c.Operations {
				names = append(names, op.Name)
			}
		}
	}
	return names
}

// unfilled says which cache nodes nobody fills.
func (r *resolver) unfilled() {
	if r.incomplete() || len(r.problems) > 0 {
		return
	}
	for _, n := range r.t.Nodes {
		node, ok := n.Spec.(*Cache)
		if !ok || node.To != "" {
			continue
		}
		filled := false
		for _, e := range r.edges {
			filled = filled || e.To == n.Name || e.Policy.Cache != nil && e.Policy.Cache.In == n.Name
		}
		if !filled {
			r.problems.Addf(r.t.at(n, "kind"), "nobody fills cache %s: give it `to: NODE`, or the edges to a node `cache: {in: %s}`", n.Name, n.Name)
		}
	}
}
