package load

import "windtunnel/scenarios/arrival"

// schedule is all that is sent whatever the replies are.
func (o Options) schedule() arrival.Schedule {
	s := arrival.Schedule{Seed: o.Seed, Timers: o.Timers}
	for _, p := range o.Phases {
		s.Stretches = append(s.Stretches, arrival.Stretch{Begin: p.Begin, For: p.For, Load: p.Load})
	}
	return s
}
