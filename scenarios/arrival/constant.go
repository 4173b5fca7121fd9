package arrival

import (
	"iter"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Constant is an even rate: the same gap between all arrivals.
type Constant struct {
	PerSecond unit.Rate `yaml:"rate,value" required:"true" doc:"how many arrive, as 200/s"`
}

// Validate implements Process.
func (c *Constant) Validate(time.Duration) error { return checkRate("rate", c.PerSecond) }

// Rate implements Open.
func (c *Constant) Rate(t, length time.Duration) float64 { return c.profile(length).rate(t) }

// Highest implements Open.
func (c *Constant) Highest(length time.Duration) float64 { return c.profile(length).highest(length) }

// Arrivals implements Open. The first comes half a gap after the phase's begin.
func (c *Constant) Arrivals(length time.Duration, _ work.Identity) iter.Seq[time.Duration] {
	return c.profile(length).even(length)
}

func (c *Constant) profile(length time.Duration) profile { return profile{level(length, c.PerSecond)} }

func init() {
	Processes.Register(def.Def[Process]{
		Name: "constant",
		Doc: "arrivals at an even rate, the same gap between all\n" +
			"`{constant: 50/s}`. Good for finding what a system does at a rate, and for seeing a freeze; but real\n" +
			"visitors do not come in step, and queues form later than under `poisson`.",
		New: func() Process { return &Constant{} },
	})
}
