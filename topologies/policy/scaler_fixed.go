package policy

import (
	"fmt"

	"windtunnel/topologies/def"
)

// FixedConfig keeps one number of instances: `replicas` as a scaler.
type FixedConfig struct {
	Count int `yaml:"count,value" json:"count" default:"1" min:"0" max:"100000" doc:"how many instances there are"`
}

// New implements ScalerConfig. A zero Count keeps none.
func (c *FixedConfig) New() Scaler { return &fixed{count: c.Count} }

// Kept implements ScalerConfig.
func (c *FixedConfig) Kept() int { return c.Count }

type fixed struct{ count int }

func (f *fixed) Decide(_ Instant, o Observation) Decision {
	d := Decision{Desired: f.count, Next: Never}
	if f.count != o.instances() {
		d.Reason = fmt.Sprintf("fixed at %d", f.count)
	}
	return d
}

func init() {
	Scalers.Register(def.Def[ScalerConfig]{
		Name: "fixed",
		Doc: "always the same number of instances\n" +
			"`{scaler: {fixed: 3}}`. What ends is replaced; requests that find no free instance wait.",
		New: func() ScalerConfig { return &FixedConfig{} },
	})
}
