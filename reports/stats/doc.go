// Package stats holds the few statistics that reports state: exact quantiles
// and the 95 % intervals of quantiles and shares. Nothing here estimates from
// sketches, and nothing averages percentiles.
//
//	slices.Sort(latencies)
//	p99 := stats.Quantile(latencies, 0.99)
//	low, high := stats.QuantileInterval(latencies, 0.99)
//
// The intervals take the samples of one run as independent, which requests that
// queue behind each other are not: they say how well this run is known, and
// less than nothing about the next. Differences between runs need repetitions.
package stats

// Level is the coverage of every interval here.
const Level = 0.95
