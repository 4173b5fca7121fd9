package fault

import (
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/wire"
)

// Pause freezes the instances of a node, or one of them.
type Pause struct {
	Target   `yaml:",inline"`
	Instance int `yaml:"instance" min:"0" doc:"this instance of the node alone, by its number from 1; 0: all"`
}

// Vet refuses an edge, and a target that is not exactly one thing.
func (p *Pause) Vet(add func(key, message string)) { p.vetWhole("paused", add) }

// Effects takes the node, with all that it hosts, or one instance of it.
func (p *Pause) Effects(name string, g *topologies.Graph) ([]wire.Effect, error) {
	return p.whole(wire.Effect{Kind: wire.Pause, Slot: p.Instance, Name: name}, "paused", g)
}

func init() {
	Faults.Register(def.Def[Fault]{
		Name: "pause",
		Doc: "freezes the instances of a node, as a long garbage collection or a stalled disk does\n" +
			"The instances keep their connections and answer nothing; at the heal they go on with what they had.\n" +
			"Callers without a timeout wait for all of it, so this shows what timeouts are for.\n" +
			"A component takes the node that hosts it, with whatever else lives there.\n" +
			"`instance: 2` is the one that is then the second of a node's replicas alone.\n\n" +
			"  - {name: stall, at: steady+10s, for: 3s, pause: {component: catalog}}",
		New: func() Fault { return &Pause{} },
	})
}
