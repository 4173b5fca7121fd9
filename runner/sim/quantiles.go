package sim

import (
	"math"
	"sort"
	"time"

	"windtunnel/topologies/work"
)

// quantiles is a distribution by some of its quantiles.
type quantiles struct {
	above []float64 // the shares that exceed them, falling
	at    []float64 // seconds, rising
}

// newQuantiles begins with an exponential of that median, and a tail above 1 %.
func newQuantiles(median, tail time.Duration) *quantiles {
	q := &quantiles{above: []float64{0.98, 0.9, 0.8, 0.65, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005}}
	for _, u := range q.above {
		v := median.Seconds() * -math.Log(u) / math.Ln2
		if u < 0.01 {
			v += tail.Seconds()
		}
		q.at = append(q.at, v)
	}
	return q
}

// value interpolates: the logarithm of the time over that of the share.
func (q *quantiles) value(u float64) float64 {
	n := len(q.above)
	i := sort.Search(n, func(i int) bool { return q.above[i] <= u })
	switch i {
	case 0:
		return q.at[0]
	case n:
		return q.at[n-1]
	}
	lean := math.Log(u/q.above[i-1]) / math.Log(q.above[i]/q.above[i-1])
	return q.at[i-1] * math.Pow(q.at[i]/q.at[i-1], lean)
}

// dist is the distribution as one that can be drawn from: tables of equally
// likely values, finer towards the tail.
func (q *quantiles) dist() work.Dist {
	d := work.Dist{Kind: work.Mix}
	for _, part := range []struct {
		from, to float64 // shares above
		values   int
	}{{1, 0.05, 95}, {0.05, 0.005, 90}, {0.005, 0, 50}} {
		table := work.Dist{Kind: work.Empirical}
		for i := range part.values {
			u := part.from + (part.to-part.from)*(float64(i)+0.5)/float64(part.values)
			table.Values = append(table.Values, secondsOf(q.value(u)))
		}
		d.Parts = append(d.Parts, work.DistPart{Weight: part.from - part.to, Of: table})
	}
	return d
}

// thinned is the empirical distribution of sorted values, by a table like that
// of quantiles.
func thinned(sorted []float64) work.Dist {
	if len(sorted) == 0 {
		return work.Dist{}
	}
	if len(sorted) <= 200 {
		d := work.Dist{Kind: work.Empirical}
		for _, v := range sorted {
			d.Values = append(d.Values, secondsOf(v))
		}
		return d
	}
	q := &quantiles{}
	for i := range 200 {
		u := math.Pow(2000, -float64(i)/199)
		q.above = append(q.above, u)
		q.at = append(q.at, max(quantile(sorted, 1-u), 1e-9))
	}
	return q.dist()
}

// quantile is the smallest sample that at least that part does not exceed.
func quantile(sorted []float64, p float64) float64 {
	n := len(sorted)
	return sorted[min(max(int(math.Ceil(p*float64(n)))-1, 0), n-1)]
}
