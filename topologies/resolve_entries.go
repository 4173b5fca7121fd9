package topologies

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// entries finds where the outside comes in for each entry.
func (r *resolver) entries() {
	if r.app == nil {
		r.ownEntries()
		return
	}
	r.gateways(r.entryNames())
	r.routes()
	for _, n := range r.t.Nodes {
		if own, ok := n.Spec.(Own); ok {
			r.declaredEntries(n, own.Endpoints())
		}
	}
	for _, e := range r.app.Entries {
		r.entry(e)
	}
}

func (r *resolver) entryNames() []string {
	var names []string
	for _, e := range r.app.Entries {
		names = append(names, e.Name)
	}
	return names
}

// gateways checks the entries that gateways name.
func (r *resolver) gateways(known []string) {
	for _, n := range r.t.Nodes {
		gateway, ok := n.Spec.(*Gateway)
		if !ok {
			continue
		}
		for i, name := range gateway.Entries {
			if !slices.Contains(known, name) {
				r.problems.Addf(r.t.at(n, "entries", itoa(i)), "application %s has no entry %q%s", r.app.Name, name, hintOr(name, known))
			}
		}
	}
}

// declaredEntries checks that a user's own system answers entries of the application that lead to it.
func (r *resolver) declaredEntries(n *Node, own *OwnEndpoints) {
	for _, name := range slices.Sorted(maps.Keys(own.Entries)) {
		pos := r.t.placeOfKey(n, "entries", name)
		at := slices.IndexFunc(r.app.Entries, func(e Entry) bool { return e.Name == name })
		if at < 0 {
			r.problems.Addf(pos, "application %s has no entry %q%s", r.app.Name, name, hintOr(name, r.entryNames()))
			continue
		}
		component := work.Component(r.app.Entries[at].Operation)
		if !slices.Contains(own.Hosts, component) {
			r.problems.Addf(pos, "entry %s leads to component %s, which node %s does not host: add it to its `hosts`", name, component, n.Name)
		}
	}
}

// entry finds the way in for one entry of the application: the gateway that
// serves it, or else the node that hosts its operation.
func (r *resolver) entry(e Entry) {
	e = e.complete()
	host := r.graph.HostOf[work.Component(e.Operation)]
	if host == "" {
		return // told already
	}
	serving, any := r.serving(e.Name)
	point := EntryPoint{Name: e.Name, Operation: e.Operation, Request: r.request(host, e), Key: e.Key, Priority: e.Priority}
	switch {
	case r.comesFromClient(e):
		point.Node = r.t.Via(host, "")
	case len(serving) > 1:
		r.problems.Addf(serving[1].Pos, "%s and %s both serve entry %s: name the `entries` of each gateway, so that each entry has one way in",
			serving[0].Name, serving[1].Name, e.Name)
		return
	case len(serving) == 1:
		r.answered(serving[0], e)
		point.Node = r.t.Via(serving[0].Name, "")
		expect := point.Request.Expect // of a user's own system, whose status the gateway passes on
		point.Request = e.Request
		if len(point.Request.Expect) == 0 {
			point.Request.Expect = expect
		}
	case any && !r.incomplete():
		r.problems.Addf(r.t.Pos, "entry %s has no way in: no gateway of topology %s names it in its `entries`", e.Name, r.t.Name)
		return
	default:
		point.Node = r.t.Via(host, "")
	}
	r.graph.Entries = append(r.graph.Entries, point)
}

// serving lists the gateways that serve an entry, and says whether there is any gateway at all.
func (r *resolver) serving(entry string) (serving []*Node, any bool) {
	for _, n := range r.t.Nodes {
		gateway, ok := n.Spec.(*Gateway)
		if !ok {
			continue
		}
		any = true
		if len(gateway.Entries) == 0 || slices.Contains(gateway.Entries, entry) {
			serving = append(serving, n)
		}
	}
	return serving, any
}

// request says how an entry is asked for at the node that hosts its operation.
func (r *resolver) request(host string, e Entry) Request {
	if own, ok := r.t.Node(host).Spec.(Own); ok {
		if request, ok := own.Endpoints().Entries[e.Name]; ok {
			return request
		}
		if request, ok := own.Endpoints().Requests[e.Operation]; ok {
			return request
		}
	}
	request := e.Request
	request.Method, request.Path = "POST", wire.OperationPath(e.Operation)
	return request
}

// EntryPath is where a gateway serves an entry.
func EntryPath(entry string) string { return "/" + entry }

// ownEntries finds the ways in where there is no application: what the user's own systems declare.
func (r *resolver) ownEntries() {
	type declared struct {
		node *Node
		name string
		pos  decode.Pos
	}
	var all []declared
	for _, n := range r.t.Nodes {
		own, ok := n.Spec.(Own)
		if !ok {
			r.needsApplication(n)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(own.Endpoints().Entries)) {
			all = append(all, declared{n, name, r.t.placeOfKey(n, "entries", name)})
		}
	}
	slices.SortStableFunc(all, func(a, b declared) int {
		return cmp.Or(cmp.Compare(a.pos.Line, b.pos.Line), cmp.Compare(a.pos.Column, b.pos.Column))
	})
	first := map[string]string{}
	for _, e := range all {
		if other, taken := first[e.name]; taken {
			r.problems.Addf(e.pos, "nodes %s and %s both have an entry %q: each needs a name of its own", other, e.node.Name, e.name)
			continue
		}
		first[e.name] = e.node.Name
		r.ownEntry(e.node, e.name, e.pos)
	}
	if len(all) == 0 && !r.incomplete() && len(r.problems) == 0 {
		r.problems.Addf(r.t.Pos, "topology %s has no way in: give a node `entries`, such as {home: GET /}", r.t.Name)
	}
}

func (r *resolver) ownEntry(n *Node, name string, pos decode.Pos) {
	if message := decode.BadName(name); message != "" {
		r.problems.Addf(pos, "%s", message)
		return
	}
	if name == Total {
		r.problems.Addf(pos, "no entry can be called %q: checks and reports call all entries together so", Total)
		return
	}
	request := n.Spec.(Own).Endpoints().Entries[name]
	r.graph.Entries = append(r.graph.Entries, EntryPoint{Name: name, Node: r.t.Via(n.Name, ""), Request: request})
}

// needsApplication says that a node has nothing to do where there is no application.
func (r *resolver) needsApplication(n *Node) {
	if _, proxy := n.Spec.(Fronting); proxy {
		return
	}
	if hosting, ok := n.Spec.(Hosting); ok && len(hosting.Hosted()) > 0 {
		return // told for each component
	}
	r.problems.Addf(r.t.at(n, "kind"), "a %s needs an application to serve: add `application: name` to topology %s", n.Kind, r.t.Name)
}

// placeOfKey returns the place of a key in a mapping of node n.
func (t *Topology) placeOfKey(n *Node, mapping, key string) decode.Pos {
	if pos, ok := t.places[strings.Join([]string{"nodes", n.Name, mapping, key + "/key"}, ".")]; ok {
		return pos
	}
	if pos, ok := t.places[strings.Join([]string{n.Name, mapping, key + "/key"}, ".")]; ok && n.Name == SUT {
		return pos
	}
	return t.at(n, mapping)
}

func itoa(i int) string { return strconv.Itoa(i) }
