package topologies

import (
	"cmp"
	"slices"
	"strings"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// Resolve lays an application onto a topology and says where the two do not
// fit: names that nothing has, components that live nowhere or twice, proxies
// in front of nothing, policies on edges that do not exist, entries without a
// way in. The application may be nil where every node is the user's own.
//
// The graph is nil where there are problems.
func Resolve(app *Application, t *Topology) (*Graph, decode.Problems) {
	r := &resolver{app: app, t: t, edges: map[[2]string]*Edge{}, misspelt: map[string]bool{}}
	r.graph = &Graph{Application: app, Topology: t, HostOf: map[string]string{}, Gateways: map[string][]GatewayRoute{}}
	r.hosts()
	r.proxies()
	r.references()
	if !r.broken {
		r.calls()
		r.entries()
		r.timers()
		r.policies()
		r.shedding()
	}
	r.problems.Sort()
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	for _, e := range r.edges {
		slices.Sort(e.Operations)
		e.Operations = slices.Compact(e.Operations)
		r.graph.Edges = append(r.graph.Edges, *e)
	}
	slices.SortFunc(r.graph.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return r.graph, nil
}

type resolver struct {
	app      *Application
	t        *Topology
	graph    *Graph
	edges    map[[2]string]*Edge
	problems decode.Problems
	misspelt map[string]bool // components that were probably meant to be hosted
	broken   bool            // proxies form no chains: nothing can be asked along them
}

// nodeNames lists the nodes, those included of which nothing could be read.
func (r *resolver) nodeNames() []string {
	names := slices.Clone(r.t.unread)
	for _, n := range r.t.Nodes {
		names = append(names, n.Name)
	}
	return names
}

// node says where a name is no node's.
func (r *resolver) node(pos decode.Pos, name string) bool {
	names := r.nodeNames()
	if slices.Contains(names, name) {
		return true
	}
	near := def.Hint(name, names)
	if host, ok := r.graph.HostOf[name]; ok && near == "" {
		near = ": component " + name + " lives on node " + host
	}
	r.problems.Addf(pos, "there is no node %q%s", name, near)
	return false
}

// hosts finds where each component lives.
func (r *resolver) hosts() {
	for _, n := range r.t.Nodes {
		hosting, ok := n.Spec.(Hosting)
		if !ok {
			continue
		}
		for i, name := range hosting.Hosted() {
			r.host(n, name, r.t.at(n, "hosts", itoa(i)))
		}
	}
	if r.app == nil || r.incomplete() {
		return
	}
	var homeless []string
	for _, c := range r.app.Components {
		if r.graph.HostOf[c.Name] == "" && !r.misspelt[c.Name] {
			homeless = append(homeless, c.Name)
		}
	}
	if len(homeless) > 0 {
		r.problems.Addf(r.t.Pos, "topology %s hosts %s nowhere: name it in the `hosts` of a node", r.t.Name, strings.Join(homeless, ", "))
	}
}

// incomplete says that what seems to be missing may stand in what could not be read.
func (r *resolver) incomplete() bool { return len(r.t.unread) > 0 || r.t.doubtful }

func (r *resolver) host(n *Node, component string, pos decode.Pos) {
	if r.app == nil {
		r.problems.Addf(pos, "topology %s names no application, so there is no component %q to host: add `application: name`", r.t.Name, component)
		return
	}
	if _, ok := r.app.Component(component); !ok {
		var names []string
		for _, c := range r.app.Components {
			names = append(names, c.Name)
		}
		r.problems.Addf(pos, "application %s has no component %q%s", r.app.Name, component, hintOr(component, names))
		r.misspelt[def.Nearest(component, names)] = true
		return
	}
	if other, taken := r.graph.HostOf[component]; taken {
		where := "node " + other + " hosts it too"
		if other == n.Name {
			where = "this node hosts it already"
		}
		r.problems.Addf(pos, "component %s lives in one place, but %s: for more copies give the node `replicas`", component, where)
		return
	}
	r.graph.HostOf[component] = n.Name
}

// edge notes that from may ask to for an operation; "" where it passes all on.
func (r *resolver) edge(from, to, operation string) {
	e := r.edges[[2]string{from, to}]
	if e == nil {
		e = &Edge{From: from, To: to, Policy: decode.Defaults[policy.EdgeConfig]()}
		r.edges[[2]string{from, to}] = e
	}
	if operation != "" {
		e.Operations = append(e.Operations, operation)
	}
}

// calls finds the edges: from proxies to what they front, and from the nodes
// whose operations call others to where those are hosted. A user's own system
// does its own work: what it calls is not windtunnel's to see.
func (r *resolver) calls() {
	for _, n := range r.t.Nodes {
		if proxy, ok := n.Spec.(Fronting); ok && proxy.Fronts() != "" {
			r.edge(n.Name, proxy.Fronts(), "")
		}
	}
	if r.app == nil {
		return
	}
	for _, c := range r.app.Components {
		from := r.t.Node(r.graph.HostOf[c.Name])
		if from == nil {
			continue
		}
		if _, own := from.Spec.(Own); own {
			continue
		}
		for _, op := range c.Operations {
			for _, called := range Calls(op.Steps) {
				host := r.graph.HostOf[work.Component(called)]
				if host != "" && host != from.Name {
					r.edge(from.Name, r.t.Via(host, from.Name), called)
				}
			}
		}
	}
}

func hintOr(name string, known []string) string {
	if hint := def.Hint(name, known); hint != "" || len(known) == 0 || len(known) > 16 {
		return hint
	}
	return ": it has " + strings.Join(known, ", ")
}
