// Package stats holds the statistics that reports state.
//
// Within one run: exact quantiles, and the 95 % intervals of quantiles and
// shares. Nothing estimates from sketches, and nothing averages percentiles.
//
//	slices.Sort(latencies)
//	p99 := stats.Quantile(latencies, 0.99)
//	low, high := stats.QuantileInterval(latencies, 0.99)
//
// These take the samples of one run as independent, which requests that queue
// behind each other are not: they say how well this run is known, and less than
// nothing about the next.
//
// Between runs the repetitions are the sample, a value each, and few:
//
//	shift := stats.HodgesLehmann(after, before)    // by how much, between what and what
//	test := stats.MannWhitney(after, before)       // could it be chance?
//	adjusted := stats.Holm(ps)                     // over all metrics that were asked
//	runs := stats.RunsFor(difference, spread, level) // how many would have told
//
// Where a system is driven at several sizes, FitUSL says how it scales.
package stats

// Level is the coverage of every interval here.
const Level = 0.95
