package arrival

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Spike is a base rate with a higher one for a while.
type Spike struct {
	Base   unit.Rate     `yaml:"base" required:"true" doc:"the rate before and after"`
	Peak   unit.Rate     `yaml:"peak" required:"true" doc:"the rate while it lasts"`
	At     time.Duration `yaml:"at" required:"true" doc:"when it begins, since the phase's begin"`
	For    time.Duration `yaml:"for" required:"true" doc:"how long it lasts"`
	Jitter time.Duration `yaml:"jitter" default:"0s" doc:"it begins so much earlier or later at most, drawn uniformly from the seed"`
	Random bool          `yaml:"poisson" default:"true" doc:"independent arrivals; false: even gaps"`
}

// Validate implements Process.
func (s *Spike) Validate(length time.Duration) error {
	errs := []error{checkRate("base", s.Base), checkRate("peak", s.Peak)}
	if s.For <= 0 || s.Jitter < 0 {
		errs = append(errs, errors.New("a spike lasts longer than 0s, and its jitter is not negative"))
	}
	if s.At < s.Jitter || s.At+s.Jitter+s.For > length {
		errs = append(errs, fmt.Errorf("the spike lies between %s and %s, not within the phase of %s",
			s.At-s.Jitter, s.At+s.Jitter+s.For, length))
	}
	return errors.Join(errs...)
}

// Rate implements Open. With jitter it is the mean over all seeds.
func (s *Spike) Rate(t, _ time.Duration) float64 {
	if s.Jitter == 0 {
		if t >= s.At && t < s.At+s.For {
			return float64(s.Peak)
		}
		return float64(s.Base)
	}
	// The spike covers t where it began within (t-For, t].
	from, to := max(t-s.For, s.At-s.Jitter), min(t, s.At+s.Jitter)
	share := max(0, float64(to-from)/float64(2*s.Jitter))
	return float64(s.Base) + share*float64(s.Peak-s.Base)
}

// Highest implements Open: whenever the spike comes, it does.
func (s *Spike) Highest(time.Duration) float64 { return float64(max(s.Base, s.Peak)) }

// Arrivals implements Open.
func (s *Spike) Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	at := s.At
	if s.Jitter > 0 {
		at += time.Duration((2*id.Named("jitter").Float64() - 1) * float64(s.Jitter))
	}
	p := profile{level(at, s.Base), level(s.For, s.Peak), level(length-at-s.For, s.Base)}
	return p.spaced(s.Random, length, id)
}

func init() {
	Processes.Register(def.Def[Process]{
		Name: "spike",
		Doc: "a base rate with a much higher one for a while\n" +
			"`{spike: {base: 50/s, peak: 800/s, at: 10s, for: 5s}}`. Arrivals are independent, as those of a crowd are;\n" +
			"`poisson: false` makes them even. `jitter: 3s` moves the begin by up to 3 s either way, drawn from the seed:\n" +
			"repetitions then meet a scaler at different points of its cycle, and all topologies at the same.",
		New: func() Process { return &Spike{} },
	})
}
