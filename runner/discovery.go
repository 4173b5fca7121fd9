package runner

import (
	"slices"

	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/wire"
)

// discovered is how a node finds the instances of an edge; nil where nothing is
// said of it.
func discovered(d policy.Discovery) *wire.Discovery {
	switch d := d.(type) {
	case *policy.PlatformDiscovery:
		return &wire.Discovery{By: "platform"}
	case *policy.StaticDiscovery:
		return &wire.Discovery{By: "static"}
	case *policy.DNSDiscovery:
		return &wire.Discovery{By: "dns", Node: topologies.DNSNode, View: *d.View()}
	case *policy.RegistryDiscovery:
		return &wire.Discovery{By: "registry", Node: d.Node, View: *d.View()}
	}
	return nil
}

// enter puts in where the instances of a node enter themselves.
func (p *Plan) enter(c *wire.Config) {
	for _, e := range p.Graph.Edges {
		d, is := e.Policy.Discovery.(*policy.RegistryDiscovery)
		if !is || e.To != c.Node || slices.ContainsFunc(c.Registries, func(r wire.Registration) bool { return r.Node == d.Node }) {
			continue
		}
		spec := p.Graph.Topology.Node(d.Node).Spec.(*topologies.Registry)
		c.Registries = append(c.Registries, wire.Registration{Node: d.Node, Heartbeat: spec.Heartbeat})
	}
}

// Told says whether the engine itself tells a node which instances another has:
// its callers, but for those that ask somebody else, and the DNS server.
func (p *Plan) Told(node, of string) bool {
	if e, calls := p.Graph.Edge(node, of); calls {
		return e.Policy.Discovery == nil || e.Policy.Discovery.View() == nil
	}
	n := p.Graph.Topology.Node(node)
	_, named := p.Graph.Zone()[of]
	return n != nil && n.Kind == topologies.DNSKind && named
}

// Static says whether a node's list of another's instances never changes.
func (p *Plan) Static(node, of string) bool {
	e, _ := p.Graph.Edge(node, of)
	_, static := e.Policy.Discovery.(*policy.StaticDiscovery)
	return static
}
