package fault

import (
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
)

// Fail answers a share of the requests with an error.
type Fail struct {
	Target   `yaml:",inline"`
	Instance int        `yaml:"instance" min:"0" doc:"of a node: this instance of it alone, by its number from 1; 0: all"`
	Share    unit.Share `yaml:"share" default:"100%" doc:"of the requests that fail"`
}

// Vet refuses to fail nothing.
func (f *Fail) Vet(add func(key, message string)) {
	f.Target.Vet(add)
	f.vetInstance(f.Instance, add)
	if f.Share == 0 {
		add("share", "a failure of 0% of the requests is none")
	}
}

// Effects fails the component's operations, the node's, or the calls on the edge.
func (f *Fail) Effects(name string, g *topologies.Graph) ([]wire.Effect, error) {
	return f.inside(wire.Effect{Slot: f.Instance, Kind: wire.Fail, Share: f.Share, Name: name}, g)
}

func init() {
	Faults.Register(def.Def[Fault]{
		Name: "fail",
		Doc: "answers a share of the requests of a component, a node or an edge with an error\n" +
			"The failures count under the cause `declared`. Which requests fail is drawn from the identity of each,\n" +
			"so the same ones fail on every topology, and a retry is drawn anew.\n" +
			"A component fails alone, also in a monolith. On an edge the calls fail as their caller sees them.\n" +
			"`instance: 2` is the second of a node's replicas alone, and what replaces it.\n\n" +
			"  - {name: flaky-bank, at: steady+10s, for: 10s, fail: {component: payments, share: 30%}}",
		New: func() Fault { return &Fail{} },
	})
}
