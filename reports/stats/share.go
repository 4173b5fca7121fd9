package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// z is the quantile of the standard normal that bounds Level on both sides.
var z = distuv.UnitNormal.Quantile(1 - (1-Level)/2)

// ShareInterval returns the interval of a share of which count in n samples
// were seen (Wilson 1927): within 0 to 1, and sound for shares near either end.
// No samples bound nothing.
func ShareInterval(count, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	N, p := float64(n), float64(count)/float64(n)
	centre := p + z*z/(2*N)
	half := z * math.Sqrt(p*(1-p)/N+z*z/(4*N*N))
	scale := 1 + z*z/N
	low, high = (centre-half)/scale, (centre+half)/scale
	// Rounding must not push the interval off the value that was seen.
	return min(max(low, 0), p), max(min(high, 1), p)
}
