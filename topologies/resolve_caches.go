package topologies

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
	asked, pos := e.Operations, r.t.Pos
	if n := r.t.Node(e.From); isProxy(n) {
		asked, pos = r.hosted(e.To), r.t.at(n, "kind")
	}
	if spec >= 0 {
		pos = r.t.atEdge(r.t.Edges[spec], "cache")
	}
	if !c.Always && len(asked) > 0 && !r.anyIdempotent(asked) {
		r.problems.Addf(pos, "none of what %s asks of %s is idempotent, so nothing would be cached: say so of the operation (idempotent: true), or `always` here",
			e.From, e.To)
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

// hosted lists the operations that live on a node, or on the one that it leads to.
func (r *resolver) hosted(node string) []string {
	for range r.t.Nodes {
		n := r.t.Node(node)
		if !isProxy(n) {
			break
		}
		node = n.Spec.(Fronting).Fronts()
	}
	if r.app == nil {
		return nil
	}
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

func (r *resolver) anyIdempotent(operations []string) bool {
	for _, name := range operations {
		if op, ok := r.app.Operation(name); ok && op.Idempotent {
			return true
		}
	}
	return false
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
