package arrival

import (
	"iter"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Poisson is independent arrivals at a rate: the gaps between them are exponential.
type Poisson struct {
	PerSecond unit.Rate `yaml:"rate,value" required:"true" doc:"how many arrive on average, as 200/s"`
}

// Validate implements Process.
func (p *Poisson) Validate(time.Duration) error { return checkRate("rate", p.PerSecond) }

// Rate implements Open.
func (p *Poisson) Rate(t, length time.Duration) float64 { return p.profile(length).rate(t) }

// Highest implements Open.
func (p *Poisson) Highest(length time.Duration) float64 { return p.profile(length).highest(length) }

// Arrivals implements Open.
func (p *Poisson) Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return p.profile(length).poisson(length, id)
}

func (p *Poisson) profile(length time.Duration) profile { return profile{level(length, p.PerSecond)} }

func init() {
	Processes.Register(def.Def[Process]{
		Name: "poisson",
		Doc: "arrivals of visitors who do not know of each other: exponential gaps\n" +
			"`{poisson: 200/s}`. The usual model of an open load, and the one that queueing theory speaks of. Gap k is\n" +
			"hashed from the seed, the phase and k, so every topology meets the same instants.",
		New: func() Process { return &Poisson{} },
	})
}
