package topologies

import (
	"slices"
	"strings"

	"windtunnel/topologies/policy"
)

// policies attaches each edge's policy. Of the specs that mean an edge, one
// that names the caller beats one for all callers; the winner's policies hold
// as they stand, and nothing of the other is mixed in.
func (r *resolver) policies() {
	used := make([]bool, len(r.t.Edges))
	r.attach(r.edgeKeys(), used)
	r.attach(r.lookAsides(), used)
	r.unfilled()
	naming := r.discovery()
	r.attach(naming, used)
	r.bootstrap(naming)
	for i, spec := range r.t.Edges {
		if !used[i] {
			r.unused(spec)
			continue
		}
		r.repeated(i, spec)
	}
}

// repeated says where a spec has nothing repeated, since nothing that is asked
// along its edges is idempotent.
func (r *resolver) repeated(at int, spec EdgeSpec) {
	retries := spec.Policy.Retry != nil && spec.Policy.Retry.Attempts > 1 && !spec.Policy.Retry.Always
	hedges := spec.Policy.Hedge != nil && !spec.Policy.Hedge.Always
	if !retries && !hedges {
		return
	}
	for _, e := range r.edges {
		if e.spec != at+1 {
			continue
		}
		if asked := r.asked(e); len(asked) == 0 || slices.ContainsFunc(asked, askedOperation.harmless) {
			return
		}
	}
	asks := "is asked of " + spec.To
	if spec.From != "" {
		asks = spec.From + " asks of " + spec.To
	}
	if retries {
		r.problems.Addf(r.t.atEdge(spec, "retry"), "none of what %s is idempotent, so nothing would be retried: say so of the operation (idempotent: true), or `always` here", asks)
	}
	if hedges {
		r.problems.Addf(r.t.atEdge(spec, "hedge"), "none of what %s is idempotent, so nothing would be hedged: say so of the operation (idempotent: true), or `always` here", asks)
	}
}

// attach gives the edges of the keys their policies, and marks the specs used.
func (r *resolver) attach(keys [][2]string, used []bool) {
	for _, key := range keys {
		e := r.edges[key]
		best := -1
		for i, spec := range r.t.Edges {
			if !r.means(spec, e) {
				continue
			}
			used[i] = true
			switch {
			case best < 0, spec.From != "" && r.t.Edges[best].From == "":
				best = i
			case (spec.From == "") == (r.t.Edges[best].From == ""):
				r.problems.Addf(spec.Pos, "the edge %s → %s has policies already, from line %d: write all of them in one place",
					e.From, e.To, r.t.Edges[best].Pos.Line)
			}
		}
		if best >= 0 {
			e.Policy, e.spec = r.t.Edges[best].Policy, best+1
		}
		r.forward(e, best)
		r.probed(e, best)
		r.gradual(e, best)
		r.cached(e, best)
	}
}

func (r *resolver) edgeKeys() [][2]string {
	keys := make([][2]string, 0, len(r.edges))
	for key := range r.edges {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return keys
}

// means says whether a spec is about an edge. An edge to a proxy is meant by
// what the proxy leads to as well: `to: payments` is about the callers of
// payments, whatever stands in between. A proxy's own edge is its own affair,
// unless a spec names the proxy as the caller.
func (r *resolver) means(spec EdgeSpec, e *Edge) bool {
	if from := r.t.Node(e.From); spec.From == "" && isProxy(from) || spec.From != "" && spec.From != e.From {
		return false
	}
	for to := e.To; ; {
		if to == spec.To {
			return true
		}
		n := r.t.Node(to)
		if n == nil || !isProxy(n) {
			return false
		}
		to = n.Spec.(Fronting).Fronts()
	}
}

func isProxy(n *Node) bool {
	if n == nil {
		return false
	}
	_, ok := n.Spec.(Fronting)
	return ok
}

// forward puts a proxy's own settings into the edge along which it passes
// requests on. What it asks of a registry, the DNS server or a cache is no part of that.
func (r *resolver) forward(e *Edge, spec int) {
	n := r.t.Node(e.From)
	if !isProxy(n) || n.Spec.(Fronting).Fronts() != e.To {
		return
	}
	before := e.Policy
	n.Spec.(Fronting).Forward(&e.Policy)
	if spec < 0 {
		return
	}
	was, is := before.Breaker, e.Policy.Breaker
	if was != nil && is != was {
		r.problems.Addf(r.t.atEdge(r.t.Edges[spec], "breaker"), "node %s has a breaker of its own for this edge: set it there", n.Name)
	}
	for key, differs := range map[string]bool{
		"fallback":   before.Fallback != nil && before.Fallback != e.Policy.Fallback,
		"health":     before.Health != nil && before.Health != e.Policy.Health,
		"ejection":   before.Ejection != nil && before.Ejection != e.Policy.Ejection,
		"slow_start": before.SlowStart > 0 && before.SlowStart != e.Policy.SlowStart,
	} {
		if differs {
			r.problems.Addf(r.t.atEdge(r.t.Edges[spec], key), "node %s has %s of its own for this edge: set it there", n.Name, key)
		}
	}
	if kept := before.Cache; kept != nil && kept != e.Policy.Cache {
		r.problems.Addf(r.t.atEdge(r.t.Edges[spec], "cache"), "node %s is a cache itself: set it there", n.Name)
	}
	if r.t.atEdgeHas(r.t.Edges[spec], "balance") && before.Balance != e.Policy.Balance {
		r.problems.Addf(r.t.atEdge(r.t.Edges[spec], "balance"), "node %s balances this edge itself (%s): set it there", n.Name, e.Policy.Balance)
	}
}

// probed checks that what health checks ask of can answer them.
func (r *resolver) probed(e *Edge, spec int) {
	to := r.t.Node(e.To)
	if e.Policy.Health == nil || to == nil {
		return
	}
	if own, ok := to.Spec.(Own); !ok || own.HealthPath() != "" {
		return
	}
	pos := r.t.at(r.t.Node(e.From), "health")
	if spec >= 0 && r.t.atEdgeHas(r.t.Edges[spec], "health") {
		pos = r.t.atEdge(r.t.Edges[spec], "health")
	}
	r.problems.Addf(pos, "node %s does not say where to ask for its health: give it a path, such as {health: /healthz}", to.Name)
}

// gradual says where a new instance would have its whole share at once, whatever
// slow_start says.
func (r *resolver) gradual(e *Edge, spec int) {
	if e.Policy.SlowStart == 0 || !policy.GoesByKey(e.Policy.Balance) {
		return
	}
	pos := r.t.at(r.t.Node(e.From), "slow_start")
	if spec >= 0 && r.t.atEdgeHas(r.t.Edges[spec], "slow_start") {
		pos = r.t.atEdge(r.t.Edges[spec], "slow_start")
	}
	r.problems.Addf(pos, "%s sends a key to the instance that it belongs to, also while that is new: leave `slow_start` out, or balance by %s",
		e.Policy.Balance, strings.Join(policy.Gradual(), ", "))
}

// unused says why a spec is about no edge.
func (r *resolver) unused(spec EdgeSpec) {
	to, from := r.t.Node(spec.To), r.t.Node(spec.From)
	known := r.node(r.t.atEdge(spec, "to"), spec.To)
	if spec.From != "" {
		known = r.node(r.t.atEdge(spec, "from"), spec.From) && known
	}
	if !known || to == nil || to == from || spec.From != "" && from == nil || r.incomplete() {
		return
	}
	switch {
	case spec.From != "":
		r.problems.Addf(r.t.atEdge(spec, "to"), "%s never calls %s, so this policy has no effect%s", spec.From, spec.To, r.callers(spec.To))
	case to.Kind == "gateway":
		r.problems.Addf(r.t.atEdge(spec, "to"), "no node calls %s: requests from outside meet no policy", spec.To)
	case r.entryAt(spec.To):
		r.problems.Addf(r.t.atEdge(spec, "to"), "no node calls %s: requests from outside meet no policy. Put a gateway in front, or take the policy away", spec.To)
	default:
		r.problems.Addf(r.t.atEdge(spec, "to"), "no node calls %s, so this policy has no effect", spec.To)
	}
}

// callers lists who does call a node.
func (r *resolver) callers(to string) string {
	s := ""
	for _, key := range r.edgeKeys() {
		if r.means(EdgeSpec{To: to}, r.edges[key]) {
			if s != "" {
				s += ", "
			}
			s += key[0]
		}
	}
	if s == "" {
		return ""
	}
	return ": it is called by " + s
}

func (r *resolver) entryAt(node string) bool {
	return slices.ContainsFunc(r.graph.Doors(), func(e EntryPoint) bool { return e.Node == node })
}

// atEdgeHas says whether an edge's spec has a key in the file.
func (t *Topology) atEdgeHas(e EdgeSpec, key string) bool {
	_, ok := t.places["edges."+itoa(e.index)+"."+key]
	return ok
}
