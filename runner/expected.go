package runner

import (
	"time"

	"windtunnel/scenarios/arrival"
)

// guessed is how long a reply is taken to last where users wait for it.
const guessed = 10 * time.Millisecond

// ExpectedRequests returns how many requests the plan will have: the mean
// number of arrivals, and of users, whose pace depends on the replies, as many
// as they make of replies within 10 ms.
func (p *Plan) ExpectedRequests() float64 {
	const parts = 100
	total := 0.0
	for _, phase := range p.Scenario.Phases {
		switch load := phase.Load.(type) {
		case arrival.Open:
			for i := range parts {
				at := time.Duration((float64(i) + 0.5) / parts * float64(phase.For))
				total += load.Rate(at, phase.For) * phase.For.Seconds() / parts
			}
		case *arrival.Closed:
			round := load.Think.Mean() + guessed
			total += float64(load.Users) * (1 + phase.For.Seconds()/round.Seconds())
		}
	}
	return total
}
