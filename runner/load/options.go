package load

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"windtunnel/scenarios/arrival"
)

// withDefaults fills in what was left at 0.
func (o Options) withDefaults() Options {
	if o.Began.IsZero() {
		o.Began = time.Now()
	}
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, DefaultMaxInFlight)
	if len(o.Mix) == 0 {
		for entry := range o.Targets {
			if !slices.ContainsFunc(o.Timers, func(t arrival.Timer) bool { return t.Name == entry }) {
				o.Mix = append(o.Mix, Share{entry, 1})
			}
		}
		slices.SortFunc(o.Mix, func(a, b Share) int { return cmp.Compare(a.Entry, b.Entry) })
	}
	return o
}

// check says everything that is wrong with the options.
func (o Options) check() error {
	var errs []error
	if len(o.Targets) == 0 {
		errs = append(errs, errors.New("no targets"))
	}
	if o.Timeout < 0 || o.MaxConnections < 0 || o.MaxInFlight < 0 {
		errs = append(errs, errors.New("a bound is negative"))
	}
	total := 0.0
	for _, s := range o.Mix {
		if _, ok := o.Targets[s.Entry]; !ok {
			errs = append(errs, fmt.Errorf("mix: no target for entry %s", s.Entry))
		}
		if !(s.Weight >= 0) {
			errs = append(errs, fmt.Errorf("mix: the weight of %s is %g", s.Entry, s.Weight))
		}
		total += s.Weight
	}
	if len(o.Mix) > 0 && total <= 0 {
		errs = append(errs, errors.New("mix: no entry has a weight"))
	}
	for _, t := range o.Timers {
		if _, ok := o.Targets[t.Name]; !ok || t.Every <= 0 || t.First < 0 {
			errs = append(errs, fmt.Errorf("timer %s: first after %s, then every %s: it has no target, or goes on for ever", t.Name, t.First, t.Every))
		}
	}
	return errors.Join(append(errs, o.checkPhases()...)...)
}

func (o Options) checkPhases() []error {
	var errs []error
	end := time.Duration(0)
	for _, p := range o.Phases {
		if p.For <= 0 || p.Begin < end {
			errs = append(errs, fmt.Errorf("phase %s: %s from %s on: it is empty, or overlaps the one before", p.Name, p.For, p.Begin))
		}
		end = p.Begin + p.For
		switch p.Load.(type) {
		case arrival.Open, *arrival.Closed:
			if err := p.Load.Validate(p.For); err != nil {
				errs = append(errs, fmt.Errorf("phase %s: %w", p.Name, err))
			}
			for _, entry := range arrival.EntriesOf(p.Load) {
				if _, ok := o.Targets[entry]; !ok {
					errs = append(errs, fmt.Errorf("phase %s: no target for entry %s", p.Name, entry))
				}
			}
		default:
			errs = append(errs, fmt.Errorf("phase %s: %T is neither an open nor a closed process", p.Name, p.Load))
		}
	}
	return errs
}
