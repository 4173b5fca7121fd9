package draw

import (
	"fmt"
	"strings"

	"windtunnel/topologies"
)

// box is a node as it is drawn.
type box struct {
	name string
	kind string
	rest []string // the further lines of its label
}

// arrow is an edge as it is drawn; from "" is the outside.
type arrow struct {
	from, to string
	label    string // may be empty
}

// boxes lists the nodes in the file's order.
func boxes(g *topologies.Graph) []box {
	var all []box
	for _, n := range g.Topology.Nodes {
		b := box{name: n.Name, kind: n.Kind, rest: []string{kindWords(n)}}
		if hosts := hosts(g, n.Name); hosts != "" && hosts != n.Name {
			b.rest = append(b.rest, hosts)
		}
		if limits := limits(n); limits != "" {
			b.rest = append(b.rest, limits)
		}
		all = append(all, b)
	}
	return all
}

// arrows lists the ways in, one for each node that takes requests from the
// outside, and then the edges.
func arrows(g *topologies.Graph) []arrow {
	var all []arrow
	for _, n := range g.Topology.Nodes {
		if entries := entries(g, n.Name); entries != "" {
			all = append(all, arrow{"", n.Name, entries})
		}
	}
	for _, e := range g.Edges {
		all = append(all, arrow{e.From, e.To, PolicyWords(e.Policy)})
	}
	return all
}

// kindWords is a node's kind, and how many there are. What a proxy does stands
// at its edge, with all other policies.
func kindWords(n *topologies.Node) string {
	if n.Replicas > 1 {
		return fmt.Sprintf("%s × %d", n.Kind, n.Replicas)
	}
	return n.Kind
}

// limits is what each instance may use, "" where that is not bounded.
func limits(n *topologies.Node) string {
	var words []string
	if n.CPU > 0 {
		words = append(words, n.CPU.String()+" CPU")
	}
	if n.Memory > 0 {
		words = append(words, n.Memory.String())
	}
	return strings.Join(words, between)
}

// hosts lists the components of a node, in the application's order.
func hosts(g *topologies.Graph, node string) string {
	if g.Application == nil {
		return ""
	}
	var hosted []string
	for _, c := range g.Application.Components {
		if g.HostOf[c.Name] == node {
			hosted = append(hosted, c.Name)
		}
	}
	return strings.Join(hosted, ", ")
}

// entries lists what the outside asks of a node, and its timers.
func entries(g *topologies.Graph, node string) string {
	var names []string
	for _, e := range g.Entries {
		if e.Node == node {
			names = append(names, e.Name)
		}
	}
	for _, t := range g.Timers {
		if t.Node == node {
			names = append(names, fmt.Sprintf("%s every %v", t.Name, t.Every))
		}
	}
	return strings.Join(names, ", ")
}
