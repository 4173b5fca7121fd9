package policy

import (
	"time"

	"windtunnel/topologies/work"
)

// Pause returns how long to wait before retry n, counted from 0. The jitter is
// the draw's own; previous is the pause before, 0 for the first, and counts for
// the decorrelated kind alone. See BackoffConfig for the formulas.
func (c BackoffConfig) Pause(n int, previous time.Duration, draw work.Identity) time.Duration {
	if c.Base <= 0 {
		return 0
	}
	limit := c.Cap
	if limit <= 0 {
		limit = 10 * c.Base
	}
	v := c.Base
	for ; n > 0 && v <= limit/2; n-- { // stops before it could overflow
		v *= 2
	}
	if n > 0 {
		v = limit
	}
	v = min(v, limit)
	switch c.Jitter {
	case "none":
		return v
	case "equal":
		return v/2 + between(0, v-v/2, draw)
	case "decorrelated":
		return min(limit, between(c.Base, 3*max(c.Base, previous), draw))
	default: // full
		return between(0, v, draw)
	}
}

func between(low, high time.Duration, draw work.Identity) time.Duration {
	return low + time.Duration(draw.Float64()*float64(high-low))
}
