package fault

import (
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/wire"
)

// Kill ends every instance of a node at once, or one.
type Kill struct {
	Target   `yaml:",inline"`
	Instance int `yaml:"instance" min:"0" doc:"of the node: this instance of it alone, by its number from 1; 0: all"`
}

// Vet refuses an edge, and a target that is not exactly one thing.
func (k *Kill) Vet(add func(key, message string)) { k.vetWhole("killed", add) }

// Effects takes the node, with all that it hosts, or one instance of it.
func (k *Kill) Effects(name string, g *topologies.Graph) ([]wire.Effect, error) {
	return k.whole(wire.Effect{Kind: wire.Kill, Slot: k.Instance, Name: name}, "killed", g)
}

func init() {
	Faults.Register(def.Def[Fault]{
		Name: "kill",
		Doc: "ends every instance of a node at once, as a crash or a lost machine does\n" +
			"With `for:` the node is held down for that long and started again at the heal; without it the\n" +
			"fault is over at once and the supervisor replaces the instances: what takes how long is the recovery.\n" +
			"A component takes the node that hosts it, with whatever else lives there: killing payments kills a\n" +
			"whole monolith, and that is the point. An external system cannot be killed, nor can an\n" +
			"edge, nor the front of a function, which is the provider's.\n" +
			"`instance: 2` kills the second of a node's replicas alone; while it lasts no replica of that node is replaced.\n\n" +
			"  - {name: payments-down, at: steady+10s, for: 8s, kill: {component: payments}}\n" +
			"  - {name: one-less,      at: steady+10s, for: 8s, kill: {node: payments, instance: 1}}",
		New: func() Fault { return &Kill{} },
	})
}
