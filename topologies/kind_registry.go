package topologies

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Registry is a node in which instances enter themselves, for their callers to
// find them.
type Registry struct {
	policy.RegistryConfig `yaml:",inline"`
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "registry",
		Doc: "a service registry: instances enter themselves, heartbeat, and are struck off when they are not heard of\n" +
			"Callers use it with `discovery: {registry: NAME}` on an edge or on the topology. It is one instance, and a\n" +
			"node like any other: kill it, pause it, or part it from others with `fail: {edge: {from: payments, to: NAME}}`.\n" +
			"One that is started anew knows nobody until the next heartbeats; one that was frozen strikes nobody off for\n" +
			"what it has missed.\n\n" +
			"  names: {kind: registry, ttl: 3s, heartbeat: 1s}",
		New: func() any { return &Registry{} },
	})
}
