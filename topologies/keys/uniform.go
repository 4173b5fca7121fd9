package keys

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Uniform draws each of 1..Of as often as any other.
type Uniform struct {
	Of int `yaml:"of,value" required:"true" min:"1" max:"1000000000" doc:"how many keys there are"`
}

// Sampler implements Source.
func (u *Uniform) Sampler() func(work.Identity) uint64 {
	return func(id work.Identity) uint64 { return 1 + uint64(id.Intn(max(1, u.Of))) }
}

func init() {
	Sources.Register(def.Def[Source]{
		Name: "uniform",
		Doc:  "each key as often as any other: key: {uniform: 1000}",
		New:  func() Source { return &Uniform{} },
	})
}
