package arrival

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Sine is a rate that swings between two bounds, as a day's visitors do. It is
// lowest at the phase's begin.
type Sine struct {
	Low    unit.Rate     `yaml:"low" default:"0/s" doc:"the lowest rate, where the phase begins"`
	High   unit.Rate     `yaml:"high" required:"true" doc:"the highest rate, half a period later"`
	Period time.Duration `yaml:"period" doc:"from one low to the next; 0: the whole phase"`
	Random bool          `yaml:"poisson" default:"true" doc:"independent arrivals; false: each where the rate adds up to the next whole request"`
}

// sineParts is how many straight pieces stand for a period: none is further
// from the curve than 0.1 % of the swing.
const sineParts = 64

// maxPeriods bounds what a phase may hold.
const maxPeriods = 10_000

// Validate implements Process.
func (s *Sine) Validate(length time.Duration) error {
	errs := []error{checkRate("low", s.Low), checkRate("high", s.High)}
	switch {
	case s.Low > s.High:
		errs = append(errs, fmt.Errorf("low is %s and high %s: swap them", s.Low, s.High))
	case s.Period < 0:
		errs = append(errs, fmt.Errorf("period is %s: it is more than nothing", s.Period))
	case s.Period > 0 && length/s.Period > maxPeriods:
		errs = append(errs, fmt.Errorf("the phase holds more than %d periods of %s", maxPeriods, s.Period))
	}
	return errors.Join(errs...)
}

// Rate implements Open.
func (s *Sine) Rate(t, length time.Duration) float64 { return s.profile(length).rate(t) }

// Highest implements Open.
func (s *Sine) Highest(length time.Duration) float64 { return s.profile(length).highest(length) }

// Arrivals implements Open.
func (s *Sine) Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return s.profile(length).spaced(s.Random, length, id)
}

func (s *Sine) profile(length time.Duration) profile {
	period := length.Seconds()
	if s.Period > 0 {
		period = s.Period.Seconds()
	}
	middle, swing := float64(s.Low+s.High)/2, float64(s.High-s.Low)/2
	at := func(part int) float64 { return middle - swing*math.Cos(2*math.Pi*float64(part)/sineParts) }
	var p profile
	for part := 0; float64(part)*period/sineParts < length.Seconds(); part++ {
		p = append(p, segment{period / sineParts, max(0, at(part)), max(0, at(part+1))})
	}
	return p
}

func init() {
	Processes.Register(def.Def[Process]{
		Name: "sine",
		Doc: "a rate that swings between two bounds, as that of a day's visitors\n" +
			"`{sine: {low: 5/s, high: 50/s}}` is one swing over the whole phase, lowest at both ends; `period: 20s` repeats it.",
		New: func() Process { return &Sine{} },
	})
}
