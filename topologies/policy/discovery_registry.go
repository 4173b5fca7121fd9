package policy

import (
	"fmt"
	"time"

	"windtunnel/topologies/def"
)

// RegistryDiscovery has callers ask a registry, in which the callee's instances
// have entered themselves.
type RegistryDiscovery struct {
	Node string        `yaml:"node,value" json:"node" required:"true" doc:"the node of kind registry that is asked"`
	Poll time.Duration `yaml:"poll" json:"poll,omitempty" min:"0s" doc:"asks again after so long; 0: watches, and is told of a change at once"`
	Wait time.Duration `yaml:"wait" json:"wait,omitempty" default:"2s" min:"10ms" max:"60s" doc:"of a watch: how long the registry holds a question to which there is nothing new"`
}

// Vet checks the poll.
func (d *RegistryDiscovery) Vet(add func(key, message string)) {
	if d.Poll > 0 && d.Poll < 10*time.Millisecond {
		add("poll", fmt.Sprintf("a question each %v is a load of its own: at least 10ms, or `poll: 0s` to watch", d.Poll))
	}
}

// View asks again after the poll, or at once and waits there.
func (d *RegistryDiscovery) View() *ViewConfig {
	if d.Poll > 0 {
		return &ViewConfig{Every: d.Poll, Retry: min(d.Poll, askRetry)}
	}
	return &ViewConfig{Wait: d.Wait, Retry: askRetry}
}

func init() {
	Discoveries.Register(def.Def[Discovery]{
		Name: "registry",
		Doc: "callers ask a node of kind registry, in which the instances of their callee enter themselves\n" +
			"An instance registers when it begins, says once a heartbeat that it lives, and is struck off when the\n" +
			"registry has heard nothing for its TTL: so a crashed one stays for up to that long. A retired one takes\n" +
			"itself off. Callers watch (a question that the registry holds until there is something new, as Consul's\n" +
			"blocking queries) or poll; they keep what they knew while the registry does not answer, and say how old\n" +
			"it is. From a registry that has just begun, or was frozen, they take what is new and strike nothing off.\n" +
			"A caller that starts is ready once it has asked, whatever came of it.\n\n" +
			"  - {to: payments, discovery: {registry: names}}\n" +
			"  - {to: payments, discovery: {registry: {node: names, poll: 5s}}}",
		New: func() Discovery { return &RegistryDiscovery{} },
	})
}
