package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/def"
)

// MostNamed is how many instances of one node a DNS answer can hold: they all
// have to fit into one datagram of 64 KiB.
const MostNamed = 300

// NegativeTTL is how long a client believes that a name has no instances: the
// minimum of the zone's SOA record (RFC 2308).
const NegativeTTL = time.Second

// DNSDiscovery has callers look their callee up.
type DNSDiscovery struct {
	TTL time.Duration `yaml:"ttl,value" json:"ttl" default:"5s" doc:"how long a client uses an answer before it asks again, in whole seconds"`
}

// Vet checks that the TTL is one that DNS can carry.
func (d *DNSDiscovery) Vet(add func(key, message string)) {
	switch {
	case d.TTL == 0:
		add("ttl", "a TTL of 0 means no caching: a look-up before each call, which windtunnel's clients do not make. The shortest is 1s")
	case d.TTL%time.Second != 0 || d.TTL < 0:
		add("ttl", fmt.Sprintf("DNS counts a TTL in whole seconds, and %v are none: the shortest is 1s", d.TTL))
	}
}

// View asks anew after the TTL that came with the answer.
func (d *DNSDiscovery) View() *ViewConfig { return &ViewConfig{Every: d.TTL, Retry: askRetry} }

func init() {
	Discoveries.Register(def.Def[Discovery]{
		Name: "dns",
		Doc: "callers look their callee up in the DNS, and use an answer for its TTL\n" +
			"The server is a node called `dns`, which comes with the first edge that asks for it: kill it, pause it,\n" +
			"or fail the edges to it. It answers with an SRV record for each instance, since instances have ports, and\n" +
			"its address beside it. The platform keeps the zone: a crashed or retired instance leaves it as soon as the\n" +
			"platform notices, a new one is in it once it is ready. Clients look up in the background when the TTL has\n" +
			"run out (as Envoy's STRICT_DNS does with respect_dns_ttl) and use what they know until an answer comes,\n" +
			"also where none does (RFC 8767). That a name has no instances is believed for 1 s (RFC 2308). A caller that\n" +
			"starts is ready once it has looked up, whatever came of it; one that has had no answer yet knows nobody, and\n" +
			"its calls fail with the cause dns.\n\n" +
			"  - {to: payments, discovery: {dns: {ttl: 10s}}}",
		New: func() Discovery { return &DNSDiscovery{} },
	})
}
