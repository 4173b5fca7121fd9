package runner

import (
	"windtunnel/scenarios"
	"windtunnel/scenarios/arrival"
)

// Timers returns what the platform asks by itself: the application's schedules.
func (p *Plan) Timers() []arrival.Timer {
	if p.Graph == nil {
		return nil
	}
	var timers []arrival.Timer
	for _, t := range p.Graph.Timers {
		timers = append(timers, arrival.Timer{Name: t.Name, Every: t.Every, First: t.First})
	}
	return timers
}

// Schedule returns everything that the plan sends whatever the replies are.
func (p *Plan) Schedule() arrival.Schedule {
	s := arrival.Schedule{Seed: p.Seed, Timers: p.Timers()}
	for i, phase := range p.Scenario.Phases {
		s.Stretches = append(s.Stretches, arrival.Stretch{Begin: p.Scenario.Begin(i), For: phase.For, Load: phase.Load})
	}
	return s
}

// Mix returns the scenario's mix, or all entries alike where it says none.
func (p *Plan) Mix() []scenarios.MixShare {
	if len(p.Scenario.Mix) > 0 {
		return p.Scenario.Mix
	}
	var mix []scenarios.MixShare
	for _, e := range p.Graph.Entries {
		mix = append(mix, scenarios.MixShare{Entry: e.Name, Weight: 1})
	}
	return mix
}
