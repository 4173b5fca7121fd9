package arrival

import "time"

// looks is at how many instants MeanRate looks: ten for each minute of a day,
// so that it misses none of a trace.
const looks = 10 * 24 * 60

// MeanRate returns the mean of a process's declared rate over a phase, per second.
func MeanRate(p Open, length time.Duration) float64 {
	total := 0.0
	for i := range looks {
		total += p.Rate(time.Duration((float64(i)+0.5)/looks*float64(length)), length)
	}
	return total / looks
}
