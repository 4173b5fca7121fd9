package runner

import (
	"time"

	"windtunnel/scenarios/arrival"
)

// guessed is how long a reply is taken to last where users wait for it.
const guessed = 10 * time.Millisecond

// ExpectedRequests returns how many requests the plan will have: the mean
// number of arrivals, what timers ask, and of users, whose pace depends on the replies, as many
// as they make of replies within 10 ms.
func (p *Plan) ExpectedRequests() float64 {
	total := 0.0
	for _, phase := range p.Scenario.Phases {
		switch load := phase.Load.(type) {
		case arrival.Open:
			total += arrival.MeanRate(load, phase.For) * phase.For.Seconds()
		case *arrival.Closed:
			round := load.Think.Mean() + guessed
			total += float64(load.Users) * (1 + phase.For.Seconds()/round.Seconds())
		}
	}
	for _, t := range p.Timers() {
		total += float64(t.Firings(p.Scenario.Length()))
	}
	return total
}
