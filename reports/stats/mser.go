package stats

import "slices"

// mserBatch is how many samples are averaged to one; the 5 of MSER-5.
const mserBatch = 5

// FewestToSettle is how many samples WarmUpEnd needs to say anything.
const FewestToSettle = 4 * mserBatch

// WarmUpEnd returns how many of the samples, which are in the order of time,
// are best left out as warm-up by MSER-5 (White, Cobb and Spratt 2000): of the
// means Z of batches of five, those before the d that makes
//
//	Σ (Zᵢ - mean of what is left)² / (m-d)²
//
// smallest, the first where several do. It says no where that is in the later
// half, since then nothing has settled yet, and where there are fewer than
// FewestToSettle. The rule has known failing cases: outliers near the end draw the end
// of the warm-up towards them, and a wave looks like one. It is something to
// report, and nothing to cut by.
func WarmUpEnd(samples []float64) (end int, ok bool) {
	var means []float64
	for batch := range slices.Chunk(samples, mserBatch) {
		if len(batch) == mserBatch {
			means = append(means, Mean(batch))
		}
	}
	m := len(means)
	if len(samples) < FewestToSettle {
		return 0, false
	}
	best, at := 0.0, -1
	// From the end, so that each step adds one batch to the mean and the squares
	// (Welford 1962). The last two are left out: a mean of one has no spread.
	mean, squares := 0.0, 0.0
	for d := m - 1; d >= 0; d-- {
		left := float64(m - d)
		off := means[d] - mean
		mean += off / left
		squares += off * (means[d] - mean)
		if score := squares / (left * left); d <= m-3 && (at < 0 || score <= best) {
			best, at = score, d
		}
	}
	return at * mserBatch, 2*at <= m
}
