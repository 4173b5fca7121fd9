package runner

import "windtunnel/scenarios/arrival"

// ExpectedRequests returns how many requests the plan will have at the least: the
// mean number of arrivals, and what timers ask. Those of users are left out, since
// their pace depends on the replies.
func (p *Plan) ExpectedRequests() float64 {
	total := 0.0
	for _, phase := range p.Scenario.Phases {
		if load, ok := phase.Load.(arrival.Open); ok {
			total += arrival.MeanRate(load, phase.For) * phase.For.Seconds()
		}
	}
	for _, t := range p.Timers() {
		total += float64(t.Firings(p.Scenario.Length()))
	}
	return total
}
