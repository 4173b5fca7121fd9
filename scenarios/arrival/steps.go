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

// Steps is one rate after another. Exactly one of Rates and List is set.
type Steps struct {
	Rates  []unit.Rate `yaml:"rates,value" doc:"rates of equal length, that fill the phase"`
	List   []Step      `yaml:"list" doc:"rates with their lengths; the last one lasts to the phase's end"`
	Random bool        `yaml:"poisson" doc:"independent arrivals instead of even gaps"`
}

// Step is a rate that lasts a while.
type Step struct {
	PerSecond unit.Rate     `yaml:"rate" required:"true" doc:"how many arrive, as 200/s"`
	For       time.Duration `yaml:"for" doc:"how long; only the last step may leave it out"`
}

// Validate implements Process.
func (s *Steps) Validate(length time.Duration) error {
	if (len(s.Rates) > 0) == (len(s.List) > 0) {
		return errors.New("steps take either rates, or a list of rates with their lengths")
	}
	var errs []error
	for i, r := range s.Rates {
		errs = append(errs, checkRate(fmt.Sprintf("rate %d", i+1), r))
	}
	total := time.Duration(0)
	for i, step := range s.List {
		errs = append(errs, checkRate(fmt.Sprintf("rate %d", i+1), step.PerSecond))
		if step.For < 0 || step.For == 0 && i < len(s.List)-1 {
			errs = append(errs, fmt.Errorf("step %d has no length: only the last one may leave `for` out", i+1))
		}
		total += step.For
	}
	if total > length {
		errs = append(errs, fmt.Errorf("the steps last %s, but the phase %s", total, length))
	}
	return errors.Join(errs...)
}

// Rate implements Open.
func (s *Steps) Rate(t, length time.Duration) float64 { return s.profile(length).rate(t) }

// Highest implements Open.
func (s *Steps) Highest(length time.Duration) float64 { return s.profile(length).highest(length) }

// Arrivals implements Open.
func (s *Steps) Arrivals(length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return s.profile(length).spaced(s.Random, length, id)
}

func (s *Steps) profile(length time.Duration) profile {
	var p profile
	for _, r := range s.Rates {
		p = append(p, level(length/time.Duration(len(s.Rates)), r))
	}
	left := length
	for i, step := range s.List {
		lasts := step.For
		if i == len(s.List)-1 {
			lasts = left
		}
		p = append(p, level(lasts, step.PerSecond))
		left -= lasts
	}
	return p
}

func init() {
	Processes.Register(def.Def[Process]{
		Name: "steps",
		Doc: "one rate after another within a phase\n" +
			"`{steps: [50/s, 100/s, 200/s]}` parts the phase equally;\n" +
			"`{steps: {list: [{rate: 50/s, for: 10s}, {rate: 200/s}]}}` says how long each lasts, and the last one lasts\n" +
			"to the phase's end. Arrivals come evenly; `poisson: true` makes them independent.",
		New: func() Process { return &Steps{} },
	})
}
