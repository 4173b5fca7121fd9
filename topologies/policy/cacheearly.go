package policy

import (
	"time"

	"windtunnel/topologies/work"
)

// early says whether a value that is still fresh is to be made anew by who just
// asked for it: XFetch, of Vattani, Chierichetti and Lowenstein, "Optimal
// Probabilistic Cache Stampede Prevention" (VLDB 2015). With Δ the time that it
// took to make and u uniform on (0, 1] it is where
//
//	now − Δ·β·ln(u) ≥ expiry
//
// so that of many who ask, one is likely to go ahead about Δ before the rest
// would all find it gone.
func early(now, expiry Instant, took time.Duration, beta float64, draw work.Identity) bool {
	ahead := float64(took) * beta * draw.Exponential()
	return float64(now)+ahead >= float64(expiry)
}
