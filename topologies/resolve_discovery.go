package topologies

import (
	"slices"
	"time"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// discovery settles how each edge finds its instances: what the topology says
// holds where the edge says nothing, and can be had there. It adds the edges
// along which callers ask and instances enter themselves, and returns those.
func (r *resolver) discovery() [][2]string {
	r.vetDefault()
	var added [][2]string
	add := func(from, to string) {
		key := [2]string{from, to}
		if r.edges[key] == nil {
			r.edges[key] = &Edge{From: from, To: to, Naming: true, Policy: decode.Defaults[policy.EdgeConfig]()}
			added = append(added, key)
		}
	}
	used, named := map[string]bool{}, map[string]*Edge{}
	for _, key := range r.edgeKeys() {
		e := r.edges[key]
		if e.Policy.Discovery == nil && r.undiscoverable(e, r.t.Discovery) == "" {
			e.Policy.Discovery = r.t.Discovery
		}
		if why := r.undiscoverable(e, e.Policy.Discovery); why != "" {
			r.problems.Addf(r.discoveryPos(e), "%s", why)
			continue
		}
		switch d := e.Policy.Discovery.(type) {
		case *policy.DNSDiscovery:
			r.vetZone(e, d, named)
			add(e.From, DNSNode)
		case *policy.RegistryDiscovery:
			if used[d.Node] = true; r.registry(r.discoveryPos(e), d.Node) {
				add(e.From, d.Node)
				add(e.To, d.Node)
			}
		}
	}
	r.vetRegistries(used)
	return added
}

// undiscoverable says why an edge cannot be discovered so; "" where it can.
func (r *resolver) undiscoverable(e *Edge, d policy.Discovery) string {
	from, to := r.t.Node(e.From), r.t.Node(e.To)
	if d == nil || from == nil || to == nil {
		return ""
	}
	if _, platform := d.(*policy.PlatformDiscovery); platform {
		return ""
	}
	_, external := to.Spec.(*External)
	_, own := to.Spec.(Own)
	_, registry := d.(*policy.RegistryDiscovery)
	switch {
	case from.Kind == FrontKind:
		return "a function's front is told of its instances by the platform: it discovers nothing"
	case external:
		return to.Name + " already runs at its URL: there is nothing to discover"
	case own && registry:
		return to.Name + " is your own program, which enters itself in no registry: use dns, static or platform"
	}
	return ""
}

// registry says where a name is not that of a registry.
func (r *resolver) registry(pos decode.Pos, name string) bool {
	n := r.t.Node(name)
	var known []string
	for _, other := range r.t.Nodes {
		if _, is := other.Spec.(*Registry); is {
			known = append(known, other.Name)
		}
	}
	switch {
	case n == nil && len(known) > 0:
		r.problems.Addf(pos, "there is no registry %q%s", name, hintOr(name, known))
	case n == nil:
		r.problems.Addf(pos, "there is no registry %q: add a node %s: {kind: registry}%s", name, name, def.Hint(name, r.nodeNames()))
	case n.Kind != "registry":
		r.problems.Addf(pos, "node %s is a %s, and callers ask a registry: %s: {kind: registry}", name, n.Kind, "names")
	default:
		return true
	}
	return false
}

// vetDefault checks what the topology says where no edge takes it from there.
func (r *resolver) vetDefault() {
	if d, is := r.t.Discovery.(*policy.RegistryDiscovery); is && len(r.edges) == 0 {
		r.registry(r.t.atDiscovery(), d.Node)
	}
}

// vetRegistries says which registries nobody uses, and which have copies.
func (r *resolver) vetRegistries(used map[string]bool) {
	for _, n := range r.t.Nodes {
		if _, is := n.Spec.(*Registry); !is {
			continue
		}
		if n.Replicas > 1 {
			r.problems.Addf(r.t.at(n, "replicas"), "a registry is one instance: copies would each know other instances, as nothing keeps them in step")
		}
		if !used[n.Name] && !r.incomplete() {
			r.problems.Addf(n.Pos, "nobody looks into registry %s: set `discovery: {registry: %s}` on an edge or on the topology", n.Name, n.Name)
		}
	}
}

// bootstrap checks the policies on the ways to registries and to the DNS server.
func (r *resolver) bootstrap(naming [][2]string) {
	for _, key := range naming {
		if e := r.edges[key]; e.spec > 0 {
			r.vetNaming(e)
		}
	}
}

func (r *resolver) vetNaming(e *Edge) {
	spec := r.t.Edges[e.spec-1]
	if e.Policy.Discovery != nil {
		r.problems.Addf(r.t.atEdge(spec, "discovery"), "%s is where discovery begins: the platform tells its own address", e.To)
	}
	for key, set := range map[string]bool{"cache": e.Policy.Cache != nil, "fallback": e.Policy.Fallback != nil} {
		if set {
			r.problems.Addf(r.t.atEdge(spec, key), "questions about instances and heartbeats go to %s, and only its own answer counts: a %s has no place here", e.To, key)
		}
	}
	wait := r.longestWait(e)
	if e.Policy.Timeout > 0 && e.Policy.Timeout <= wait {
		r.problems.Addf(r.t.atEdge(spec, "timeout"), "%s cuts every watch, for which %s takes up to %v: make `timeout` longer, or `wait` of the discovery shorter",
			e.Policy.Timeout, e.To, wait)
	}
}

// longestWait is how long a registry may hold a question of a node.
func (r *resolver) longestWait(naming *Edge) (wait time.Duration) {
	for _, e := range r.edges {
		d, is := e.Policy.Discovery.(*policy.RegistryDiscovery)
		if is && e.From == naming.From && d.Node == naming.To && d.Poll == 0 {
			wait = max(wait, d.Wait)
		}
	}
	return wait
}

// proxied says where a node cannot have a proxy before it.
func (r *resolver) proxied(pos decode.Pos, name string) bool {
	n := r.t.Node(name)
	if n == nil || !slices.Contains([]string{"registry", DNSKind}, n.Kind) {
		return true
	}
	r.problems.Addf(pos, "%s is asked for instances, directly: no proxy can stand before a %s", name, n.Kind)
	return false
}

// discoveryPos is where the discovery of an edge is written.
func (r *resolver) discoveryPos(e *Edge) decode.Pos {
	if e.spec > 0 && r.t.atEdgeHas(r.t.Edges[e.spec-1], "discovery") {
		return r.t.atEdge(r.t.Edges[e.spec-1], "discovery")
	}
	return r.t.atDiscovery()
}

// atDiscovery is the place of the topology's own.
func (t *Topology) atDiscovery() decode.Pos {
	if t.places == nil {
		return t.Pos
	}
	return t.places.At("discovery")
}
