package reports

import (
	"slices"
	"sort"
	"time"

	"windtunnel/reports/stats"
	"windtunnel/runner/record"
)

// values are measured times: samples one by one, or those that a histogram has
// counted. They are brought into their order when that is asked for.
type values struct {
	at     []time.Duration
	upTo   []int         // how many there are up to and with each of at; nil: they are single
	sum    time.Duration // of what is counted
	sorted bool
}

// room makes room for so many.
func (v *values) room(n int) { v.at = slices.Grow(v.at, n) }

func (v *values) add(d time.Duration) {
	v.at = append(v.at, d)
	v.sum += d
	v.sorted = false
}

// histogrammed are the values that a histogram has counted.
func histogrammed(h *record.Histogram) *values {
	v := &values{sum: h.Sum, upTo: []int{}, sorted: true}
	count := 0
	for d, n := range h.Each {
		count += int(n)
		v.at = append(v.at, d)
		v.upTo = append(v.upTo, count)
	}
	if n := len(v.at); n > 0 {
		v.at[n-1] = h.Max
	}
	return v
}

// inOrder returns the times that occurred, rising.
func (v *values) inOrder() []time.Duration {
	if !v.sorted {
		sortTimes(v.at)
		v.sorted = true
	}
	return v.at
}

func (v *values) count() int {
	if n := len(v.upTo); n > 0 {
		return v.upTo[n-1]
	}
	return len(v.at)
}

// rank returns the k-th value, from 1, in milliseconds, as all that follows.
func (v *values) rank(k int) float64 {
	i := k - 1
	if v.upTo != nil {
		i = sort.SearchInts(v.upTo, k)
	}
	return ms(v.inOrder()[i])
}

func (v *values) quantile(p float64) float64 { return v.rank(stats.Rank(p, v.count())) }

// mean is NaN where there are none.
func (v *values) mean() float64 { return ms(v.sum) / float64(v.count()) }

func (v *values) largest() float64 { return v.rank(v.count()) }

// above counts the values beyond a limit.
func (v *values) above(limit float64) int {
	at := v.inOrder()
	i := sort.Search(len(at), func(i int) bool { return ms(at[i]) > limit })
	switch {
	case v.upTo == nil:
		return len(at) - i
	case i == 0:
		return v.count()
	}
	return v.count() - v.upTo[i-1]
}

// quantileInterval is stats.QuantileInterval.
func (v *values) quantileInterval(p float64) (low, high float64) {
	return stats.QuantileIntervalOf(v.count(), p, v.rank)
}

// meanInterval is stats.MeanInterval.
func (v *values) meanInterval() (low, high float64) {
	mean, squares, before := v.mean(), 0.0, 0
	for i, d := range v.at {
		n := 1
		if v.upTo != nil {
			n, before = v.upTo[i]-before, v.upTo[i]
		}
		squares += float64(n) * (ms(d) - mean) * (ms(d) - mean)
	}
	return stats.MeanIntervalOf(v.count(), mean, squares)
}
