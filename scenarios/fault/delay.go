package fault

import (
	"windtunnel/topologies"
	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/wire"
	"windtunnel/topologies/work"
)

// Delay makes operations slower, or the way between two nodes longer.
type Delay struct {
	Target    `yaml:",inline"`
	By        work.Dist  `yaml:"by" required:"true" doc:"the time that is added, drawn anew for each request"`
	Share     unit.Share `yaml:"share" default:"100%" doc:"of the requests that are delayed"`
	Instance  int        `yaml:"instance" min:"0" doc:"of a node: this instance of it alone, by its number from 1; 0: all"`
	Direction string     `yaml:"direction" oneof:"request,reply" doc:"on an edge: which way is slow; empty: the request's"`
}

// Vet refuses a delay of nothing, and a direction anywhere but on an edge.
func (d *Delay) Vet(add func(key, message string)) {
	d.Target.Vet(add)
	d.vetInstance(d.Instance, add)
	if d.Direction != "" && d.Edge == nil {
		add("direction", "only an edge has a direction: leave it out, or name an edge")
	}
	if d.By.Mean() == 0 {
		add("by", "a delay by nothing is none: say how long, as in 200ms")
	}
	if d.Share == 0 {
		add("share", "a delay of 0% of the requests is none")
	}
}

// Effects slows the component's operations, the node's, or the edge.
func (d *Delay) Effects(name string, g *topologies.Graph) ([]wire.Effect, error) {
	return d.inside(wire.Effect{Slot: d.Instance, Kind: wire.Delay, Delay: d.By, Share: d.Share, Reply: d.Direction == "reply", Name: name}, g)
}

func init() {
	Faults.Register(def.Def[Fault]{
		Name: "delay",
		Doc: "makes a component, a node or an edge slow\n" +
			"On a component or a node the time is spent inside the operation and holds its worker: a slow\n" +
			"dependency, whose queue fills. On an edge it is spent on the way and holds none: a slow network.\n" +
			"A component is slowed alone, also in a monolith. An edge that a topology does not have, because both\n" +
			"ends live in one node, is reported there as not applicable. Where a proxy stands in front of the callee,\n" +
			"the delay lies behind it, so that the proxy sees it. `instance: 2` slows the second of a node's\n" +
			"replicas alone, and what replaces it.\n\n" +
			"  - {name: slow-bank, at: steady+10s, for: 10s, delay: {component: payments, by: 200ms}}\n" +
			"  - {name: far-away,  at: steady+10s, for: 10s, delay: {edge: {from: checkout, to: payments}, by: {uniform: [50ms, 90ms]}, direction: reply}}\n" +
			"  - {name: limping,   at: steady+10s, for: 10s, delay: {node: payments, instance: 1, by: 200ms}}",
		New: func() Fault { return &Delay{} },
	})
}
