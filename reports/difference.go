package reports

import (
	"math"
	"slices"

	"windtunnel/reports/stats"
)

// Outcome is what repetitions say of a difference.
type Outcome string

// The outcomes of a comparison of one metric.
const (
	Different  Outcome = "different"        // its interval is clear of the margin, and that is no chance among so many metrics
	Equivalent Outcome = "equivalent"       // its interval lies within the margin
	NotFound   Outcome = "inconclusive"     // neither: no difference was found, which is not that there is none
	TooFew     Outcome = "too few runs"     // an interval needs more repetitions
	NotThere   Outcome = "nothing to judge" // a side has no value at all
)

// fewestRuns is how many repetitions a side bound a median at all.
const fewestRuns = 6

// pointMargin is by how many percentage points two shares may differ and be equivalent.
const pointMargin = 0.1

// Difference is by how much a metric of one side is above that of the first
// side, the reference, with the repetitions as the sample.
type Difference struct {
	// Scale says what the figures are: "relative" (0.18 is 18 % higher),
	// "points" (percentage points) or "amount" (in the metric's own unit).
	Scale Scale `json:"scale"`
	// Estimate is the shift of Hodges and Lehmann with its exact 95 % interval.
	// null: some run has a value beyond its end, or the runs are too few to bound it.
	Estimate *float64 `json:"estimate"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	// P is of Mann and Whitney's test against the margin; Adjusted is P after
	// Holm's correction for all metrics of the comparison. null: nothing varies,
	// or there is nothing to test.
	P        *float64 `json:"p"`
	Adjusted *float64 `json:"p_adjusted"`
	// Detectable is the difference that these runs would have found four times
	// out of five, on the scale; null: none, or it is not known.
	Detectable *float64 `json:"detectable"`
	Runs       [2]int   `json:"runs"` // of the reference and of the other, that have a value
	Outcome    Outcome  `json:"outcome"`
	Sentence   string   `json:"sentence"`

	w weighing
}

// Scale is how a difference is measured.
type Scale string

// The scales.
const (
	Relative Scale = "relative"
	Points   Scale = "points"
	Amount   Scale = "amount"
)

// weighing is one metric of two sides, ready to be weighed: the logarithms of
// what is compared by its ratio, and everything else as it is.
type weighing struct {
	scale            Scale
	reference, other []float64
	margin           float64 // on the scale of the values
	beyond           bool    // some values are infinite: there is an order, and no distance
}

// weigh chooses the scale. A share is compared by its points, and a count by
// its number; times and sizes by their ratio, unless one of them is 0.
func weigh(unit string, reference, other []float64, margin float64) weighing {
	w := weighing{scale: Relative, reference: reference, other: other, margin: math.Log1p(margin)}
	all := slices.Concat(reference, other)
	w.beyond = slices.ContainsFunc(all, func(v float64) bool { return math.IsInf(v, 0) })
	positive := !slices.ContainsFunc(all, func(v float64) bool { return v <= 0 })
	switch {
	case unit == percentUnit:
		w.scale, w.margin = Points, pointMargin
	case unit == countUnit || !positive || w.beyond:
		w.scale, w.margin = Amount, 0
	default:
		w.reference, w.other = logs(reference), logs(other)
	}
	return w
}

func logs(values []float64) []float64 {
	var l []float64
	for _, v := range values {
		l = append(l, math.Log(v))
	}
	return l
}

// shown brings a distance on the scale of the values to that of the report.
func (w *weighing) shown(v float64) *float64 {
	if w.scale == Relative {
		v = math.Expm1(v)
	}
	return finite(v)
}

// varies says whether the values are not all the same. Where they are, no test
// could find anything, and none is counted (Tarone 1990).
func (w *weighing) varies() bool {
	all := slices.Concat(w.reference, w.other)
	return slices.ContainsFunc(all, func(v float64) bool { return v != all[0] })
}

// p is how likely a difference at least so far beyond the margin is where there
// is none beyond it: each side of the margin is tested, and the nearer one counts.
func (w *weighing) p() float64 {
	p := 1.0
	half := float64(len(w.reference)) * float64(len(w.other)) / 2
	for _, side := range []float64{-1, 1} {
		moved := slices.Clone(w.other)
		for i := range moved {
			moved[i] -= side * w.margin
		}
		if t := stats.MannWhitney(moved, w.reference); side*(t.U-half) > 0 {
			p = min(p, t.P)
		}
	}
	return p
}

// difference measures; what it comes to, judge says.
func (w weighing) difference() Difference {
	d := Difference{Scale: w.scale, Runs: [2]int{len(w.reference), len(w.other)}, w: w}
	switch {
	case min(d.Runs[0], d.Runs[1]) == 0:
		d.Outcome = NotThere
		return d
	case min(d.Runs[0], d.Runs[1]) < fewestRuns:
		d.Outcome = TooFew
	}
	if !w.beyond {
		s := stats.HodgesLehmann(w.other, w.reference)
		d.Estimate = w.shown(s.Estimate)
		if d.Outcome == "" {
			d.Low, d.High = w.shown(s.Low), w.shown(s.High)
		}
	}
	if d.Outcome == "" && w.varies() {
		d.P = finite(w.p())
	}
	return d
}

// clear says whether the whole interval lies beyond the margin. With ties the
// test may say so alone: the interval takes the samples as different.
func (d *Difference) clear() bool {
	low, high, known := d.ends()
	return known && (low > d.w.margin || high < -d.w.margin)
}

// ends are those of the interval, on the scale of the margin.
func (d *Difference) ends() (low, high float64, known bool) {
	if d.Low == nil || d.High == nil {
		return 0, 0, false
	}
	low, high = *d.Low, *d.High
	if d.Scale == Relative {
		low, high = math.Log1p(low), math.Log1p(high)
	}
	return low, high, true
}

// within says whether the whole interval lies within the margin.
func (d *Difference) within() bool {
	low, high, known := d.ends()
	const rounding = 1e-12
	return known && low >= -d.w.margin-rounding && high <= d.w.margin+rounding
}

// judge gives all differences of a comparison their outcomes, corrected for
// their number. It returns how many tests the correction is for.
func judge(all []*Difference) (tests int) {
	var tested []*Difference
	var ps []float64
	for _, d := range all {
		if d.P != nil {
			tested, ps = append(tested, d), append(ps, *d.P)
		}
	}
	for i, p := range stats.Holm(ps) {
		tested[i].Adjusted = finite(p)
	}
	for _, d := range all {
		if d.Outcome != "" {
			continue
		}
		switch {
		case d.Adjusted != nil && *d.Adjusted <= 1-stats.Level && (d.w.beyond || d.clear()):
			d.Outcome = Different
		case d.within() || d.P == nil:
			d.Outcome = Equivalent
		default:
			d.Outcome = NotFound
		}
		d.Detectable = d.detectable(len(ps))
	}
	return len(ps)
}

// detectable is the margin, and beyond it what the spread of the runs hides.
func (d *Difference) detectable(tests int) *float64 {
	if d.w.beyond || tests == 0 {
		return nil
	}
	found := stats.Detectable(min(d.Runs[0], d.Runs[1]), stats.PooledSpread(d.w.reference, d.w.other), (1-stats.Level)/float64(tests))
	return d.w.shown(d.w.margin + found)
}

// runsFor returns how many runs a side find a relative difference four times
// out of five among so many tests; 0 where it is not beyond the margin.
func (d *Difference) runsFor(difference float64, tests int) int {
	beyond := math.Log1p(difference) - d.w.margin
	spread := stats.PooledSpread(d.w.reference, d.w.other)
	if d.w.scale != Relative || beyond <= 0 || math.IsNaN(spread) {
		return 0
	}
	return stats.RunsFor(beyond, spread, (1-stats.Level)/float64(max(tests, 1)))
}

// fewestFor returns how many runs a side find anything at all among so many tests.
func fewestFor(tests int) int {
	n := fewestRuns
	for stats.SmallestP(n, n) > (1-stats.Level)/float64(max(tests, 1)) {
		n++
	}
	return n
}
