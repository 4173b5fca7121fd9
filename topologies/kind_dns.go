package topologies

import (
	"fmt"
	"time"

	"windtunnel/topologies/policy"
)

// DNS is the server that answers look-ups. It comes with the first edge that is
// discovered by it; files do not declare it.
type DNS struct{}

// The DNS server's node.
const (
	DNSKind = "dns"
	DNSNode = "dns"
)

// Provided says whether the nodes of a kind come with others, as part of the
// platform: a comparison does not count what they have, and nobody pays for them.
func Provided(kind string) bool { return kind == FrontKind || kind == DNSKind }

// nameserver gives a topology in which anything is discovered by DNS its server.
func (l *topologyLoader) nameserver() {
	byDNS := func(d policy.Discovery) bool { _, is := d.(*policy.DNSDiscovery); return is }
	asked := byDNS(l.t.Discovery)
	for _, e := range l.t.Edges {
		asked = asked || byDNS(e.Policy.Discovery)
	}
	if !asked {
		return
	}
	if taken := l.t.Node(DNSNode); taken != nil {
		l.Problems.Addf(taken.Pos, "%s is what the server of the edges with `discovery: dns` is called: give this node another name", DNSNode)
		return
	}
	l.t.Nodes = append(l.t.Nodes, &Node{Name: DNSNode, Kind: DNSKind, Replicas: 1, Pos: l.t.Pos, Spec: &DNS{}})
}

// Zone returns the nodes that the DNS server has names of, with their TTL; nil
// where there is no server.
func (g *Graph) Zone() map[string]time.Duration {
	var zone map[string]time.Duration
	for _, e := range g.Edges {
		if d, is := e.Policy.Discovery.(*policy.DNSDiscovery); is {
			if zone == nil {
				zone = map[string]time.Duration{}
			}
			zone[e.To] = d.TTL
		}
	}
	return zone
}

// vetZone says where two edges give one name two TTLs, and where a node has more
// instances than an answer holds.
func (r *resolver) vetZone(e *Edge, d *policy.DNSDiscovery, seen map[string]*Edge) {
	if first := seen[e.To]; first != nil && first.Policy.Discovery.(*policy.DNSDiscovery).TTL != d.TTL {
		r.problems.Addf(r.discoveryPos(e), "the name of %s has a TTL of %v here and of %v on the edge %s → %s: a record has one",
			e.To, d.TTL, first.Policy.Discovery.(*policy.DNSDiscovery).TTL, first.From, first.To)
	}
	seen[e.To] = e
	if n := r.t.Node(e.To); n != nil && n.Replicas > policy.MostNamed {
		r.problems.Addf(r.discoveryPos(e), "%s has %d instances, and a DNS answer holds %d: %s", e.To, n.Replicas, policy.MostNamed,
			fmt.Sprintf("use a registry, or fewer than %d", policy.MostNamed+1))
	}
}
