package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/runner/record"
	"windtunnel/topologies/work"
)

// Calibrate fits the costs of a live system to records of live runs, which must
// have ended and be of one machine and one backend. Warm-up, faults and what
// came shortly after them are left out.
func Calibrate(ctx context.Context, runs []*record.Run) (*Calibration, error) {
	if len(runs) == 0 {
		return nil, errors.New("calibrate: there are no runs")
	}
	replays := make([]*replay, len(runs))
	for i, run := range runs {
		if err := fit(run, runs[0]); err != nil {
			return nil, fmt.Errorf("calibrate on %s: %w", run.Dir, err)
		}
		replays[i] = &replay{run: run}
	}
	if err := each(ctx, replays, func(ctx context.Context, r *replay) error { return r.read(ctx) }); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	if !slices.ContainsFunc(replays, func(r *replay) bool { return len(r.asked) > 0 }) {
		return nil, errors.New("calibrate: the runs have no requests that tell of the costs: none went well outside warm-up and faults")
	}
	c := &Calibration{Format: CalibrationFormat}
	c.Fitted.Cores = float64(runs[0].Identity.Environment.Cores)
	fitCPU(replays, &c.Fitted)
	if err := fitTime(ctx, replays, &c.Fitted); err != nil {
		return nil, fmt.Errorf("calibrate: %w", err)
	}
	c.Fitted.Start, c.Fitted.Woken = startUps(runs, false), startUps(runs, true)
	c.FittedOn = fittedOn(replays)
	for _, r := range replays {
		found, err := r.agreement(ctx, c.Fitted)
		if err != nil {
			return nil, fmt.Errorf("calibrate: %w", err)
		}
		c.Agreement = append(c.Agreement, found...)
	}
	return c, nil
}

// fit says what keeps a run from being calibrated on beside the first one.
func fit(run, first *record.Run) error {
	id, other := run.Identity, first.Identity
	switch {
	case id.Engine != record.Live:
		return fmt.Errorf("it is of the %s engine: only live runs tell what is real", id.Engine)
	case run.Partial:
		return errors.New("it is partial: " + strings.Join(append(run.Damage, "it did not come to its end"), "; "))
	case id.Backend != other.Backend:
		return fmt.Errorf("it ran on %s and another one on %s: they cost differently", id.Backend, other.Backend)
	case id.Environment.Host != other.Environment.Host:
		return errors.New("it is of another machine than the first one")
	}
	return nil
}

// ownParts are those of a start that the simulator spends itself.
var ownParts = []string{"fetched", "initialised", "discovered"}

// startUps is the time from the decision to start an instance until it serves, or
// to wake one. Those of the beginning start all at once and hinder each other:
// where some were started later, those alone count.
func startUps(runs []*record.Run, woken bool) work.Dist {
	var first, later []float64
	for _, run := range runs {
		for _, e := range run.Events {
			if _, was := e.PhasesMS["woken"]; e.Kind != record.InstanceReady || len(e.PhasesMS) == 0 || was != woken {
				continue
			}
			took := 0.0
			for _, phase := range slices.Sorted(maps.Keys(e.PhasesMS)) {
				if !slices.Contains(ownParts, phase) {
					took += e.PhasesMS[phase] / 1e3
				}
			}
			if e.At > 0 {
				later = append(later, took)
			} else {
				first = append(first, took)
			}
		}
	}
	if len(later) > 0 {
		first = later
	}
	slices.Sort(first)
	return thinned(first)
}

// agreement sets the entries of a run beside what the costs make of them.
func (r *replay) agreement(ctx context.Context, c Costs) ([]Agreement, error) {
	k, err := r.simulate(ctx, c)
	if err != nil {
		return nil, err
	}
	live, simulated := map[string][]float64{}, map[string][]float64{}
	for i, a := range r.asked {
		if took, ok := k.took[a.seq]; ok {
			live[a.entry] = append(live[a.entry], (a.live+r.late[i]).Seconds()*1e3)
			simulated[a.entry] = append(simulated[a.entry], (took+k.late[a.seq]).Seconds()*1e3)
		}
	}
	var found []Agreement
	for _, entry := range slices.Sorted(maps.Keys(live)) {
		found = append(found, Agreement{Topology: r.run.Identity.Topology, Scenario: r.run.Identity.Scenario, Entry: entry,
			Requests: len(live[entry]), Live: threeQuantiles(live[entry]), Sim: threeQuantiles(simulated[entry])})
	}
	return found, nil
}

func threeQuantiles(values []float64) [3]float64 {
	slices.Sort(values)
	return [3]float64{quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99)}
}
