package arrival

import (
	"errors"
	"iter"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Ramp is a rate that changes linearly over the phase.
type Ramp struct {
	From   unit.Rate `yaml:"from" default:"0/s" doc:"the rate at the phase's begin"`
	To     unit.Rate `yaml:"to" required:"true" doc:"the rate at its end"`
	Random bool      `yaml:"poisson" doc:"independent arrivals instead of even gaps"`
}

// Validate implements Process.
func (r *Ramp) Validate(time.Duration) error {
	return errors.Join(checkRate("from", r.From), checkRate("to", r.To))
}

// Rate implements Open.
func (r *Ramp) Rate(t, length time.Duration) float64 { return r.profile(length).rate(t) }

// Highest implements Open.
func (r *Ramp) Highest(length time.Duration) float64 { return r.profile(length).highest(length) }

// Arrivals implements Open.
func (r *Ramp) Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return r.profile(length).spaced(r.Random, length, id)
}

func (r *Ramp) profile(length time.Duration) profile {
	return profile{{length.Seconds(), float64(r.From), float64(r.To)}}
}

func init() {
	Processes.Register(def.Def[Process]{
		Name: "ramp",
		Doc: "a rate that grows or falls linearly over the phase\n" +
			"`{ramp: {from: 50/s, to: 500/s}}`. Arrivals come evenly, each where the rate adds up to the next whole\n" +
			"request; `poisson: true` makes them independent.",
		New: func() Process { return &Ramp{} },
	})
}
