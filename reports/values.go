package reports

import (
	"slices"
	"sort"

	"windtunnel/reports/stats"
	"windtunnel/runner/record"
)

// values are measured times in milliseconds, in their order: samples one by
// one, or those that a histogram has counted.
type values struct {
	at   []float64
	upTo []int   // how many there are up to and with each of at; nil: they are single
	sum  float64 // of what is counted
}

func (v *values) add(ms float64) {
	v.at = append(v.at, ms)
	v.sum += ms
}

// histogrammed are the values that histograms have counted.
func histogrammed(h *record.Histogram) values {
	v := values{sum: ms(h.Sum), upTo: []int{}}
	count := 0
	for d, n := range h.Each {
		count += int(n)
		v.at = append(v.at, ms(d))
		v.upTo = append(v.upTo, count)
	}
	if n := len(v.at); n > 0 {
		v.at[n-1] = ms(h.Max)
	}
	return v
}

func (v *values) sort() {
	if v.upTo == nil {
		slices.Sort(v.at)
	}
}

func (v *values) count() int {
	if n := len(v.upTo); n > 0 {
		return v.upTo[n-1]
	}
	return len(v.at)
}

// rank returns the k-th value, from 1.
func (v *values) rank(k int) float64 {
	if v.upTo == nil {
		return v.at[k-1]
	}
	return v.at[sort.SearchInts(v.upTo, k)]
}

func (v *values) quantile(p float64) float64 { return v.rank(stats.Rank(p, v.count())) }

func (v *values) mean() float64 {
	if v.upTo == nil {
		return stats.Mean(v.at)
	}
	return v.sum / float64(v.count())
}

func (v *values) largest() float64 { return v.at[len(v.at)-1] }

// above counts the values beyond a limit.
func (v *values) above(limit float64) int {
	i := sort.SearchFloat64s(v.at, limit)
	for i < len(v.at) && v.at[i] == limit {
		i++
	}
	switch {
	case v.upTo == nil:
		return len(v.at) - i
	case i == 0:
		return v.count()
	}
	return v.count() - v.upTo[i-1]
}

// quantileInterval is stats.QuantileInterval.
func (v *values) quantileInterval(p float64) (low, high float64) {
	if v.upTo == nil {
		return stats.QuantileInterval(v.at, p)
	}
	return stats.QuantileIntervalOf(v.count(), p, v.rank)
}

// meanInterval is stats.MeanInterval.
func (v *values) meanInterval() (low, high float64) {
	if v.upTo == nil {
		return stats.MeanInterval(v.at)
	}
	mean, squares, before := v.mean(), 0.0, 0
	for i, at := range v.at {
		squares += float64(v.upTo[i]-before) * (at - mean) * (at - mean)
		before = v.upTo[i]
	}
	return stats.MeanIntervalOf(v.count(), mean, squares)
}
