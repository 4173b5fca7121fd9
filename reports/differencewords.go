package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"windtunnel/topologies/unit"
)

// title names a metric in running text: "p99 of browse", "errors during payments-down, all".
func (r *Row) title() string {
	what, rest, timed := strings.Cut(r.Metric, ", ")
	switch {
	case strings.HasPrefix(r.Metric, "errors ") && timed:
		return fmt.Sprintf("%s %s, %s", what, r.Group, rest)
	case strings.HasPrefix(r.Metric, "recovery, "):
		return fmt.Sprintf("recovery from %s, %s", r.Group, rest)
	case r.Group == "all" || r.Group == "system":
		return r.Metric
	}
	return r.Metric + " of " + r.Group
}

// higherIsWorse says which way a metric hurts; known is false where neither does.
func (r *Row) higherIsWorse() (worse, known bool) {
	switch {
	case r.Metric == "ok" || r.Metric == "checks that hold" || r.Metric == "hit rate":
		return false, true
	case r.Unit == countUnit:
		return false, false
	}
	return true, true
}

// sentence says a difference in words, for a reader who sees no table.
func (d *Difference) sentence(r *Row, reference, other string, tests int) string {
	runs := d.runsWords()
	switch {
	case d.Outcome == NotThere:
		return fmt.Sprintf("There is nothing to judge %s by: a side has no value.", r.title())
	case d.Outcome == TooFew:
		return fmt.Sprintf("Nothing can be said of %s: %s, and an interval needs %d.", r.title(), runs, fewestRuns)
	case d.Outcome == Different && d.w.beyond:
		return fmt.Sprintf("%s differs between %s and %s, by more than can be said: some of it lies beyond the end of the run, %s.",
			r.title(), other, reference, runs)
	case d.Outcome == Different:
		return fmt.Sprintf("%s, %s, %s.", d.estimated(r, reference, other), d.span(r.Unit), runs)
	case d.Outcome == Equivalent && (d.P == nil || *d.Low == *d.High):
		return fmt.Sprintf("%s is the same on %s and on %s in nearly every run, %s.", r.title(), other, reference, runs)
	case d.Outcome == Equivalent:
		return fmt.Sprintf("%s is the same on %s as on %s, within %s: %s, %s.",
			r.title(), other, reference, d.size(r.Unit, *d.w.shown(d.w.margin)), d.extent(r.Unit), runs)
	case d.w.beyond:
		return fmt.Sprintf("No difference found in %s between %s and %s, %s.", r.title(), other, reference, runs)
	}
	found := "No difference found in"
	if d.alone() {
		found = "Not sure of"
	}
	than := "than"
	if d.Scale == Relative && *d.High >= 1 {
		than = "as" // "4.0 times as high"
	}
	s := fmt.Sprintf(found+" %s: on %s it is %s %s on %s, %s", r.title(), other, d.extent(r.Unit), than, reference, runs)
	switch {
	case d.alone():
		s += fmt.Sprintf(", which may be chance among %d tests", tests)
	case (*d.Low > 0) == (*d.High > 0):
		s += fmt.Sprintf(", which is not clear of the margin of %s", d.size(r.Unit, *d.w.shown(d.w.margin)))
	}
	if d.Detectable != nil {
		s += fmt.Sprintf(". One of %s would have been found", d.size(r.Unit, *d.Detectable))
	}
	return s + "."
}

// measured says a difference and its interval, whatever they come to.
func (d *Difference) measured(r *Row, reference, other string) string {
	if *d.Low == 0 && *d.High == 0 {
		return fmt.Sprintf("%s is the same on %s and on %s in nearly every run, %s", r.title(), other, reference, d.runsWords())
	}
	interval := d.extent(r.Unit)
	if (*d.Low > 0) == (*d.High > 0) {
		interval = d.span(r.Unit)
	}
	return fmt.Sprintf("%s, %s, %s", d.estimated(r, reference, other), interval, d.runsWords())
}

// estimated says the estimate of a difference: "p99 is 18 % higher on a than on b".
func (d *Difference) estimated(r *Row, reference, other string) string {
	than := "than"
	if d.Scale == Relative && *d.Estimate >= 1 {
		than = "as" // "4.0 times as high"
	}
	return fmt.Sprintf("%s is %s on %s %s on %s", r.title(), d.amount(r.Unit, *d.Estimate), other, than, reference)
}

func (d *Difference) runsWords() string {
	if d.Runs[0] != d.Runs[1] {
		return fmt.Sprintf("%d and %d runs", d.Runs[0], d.Runs[1])
	}
	return counted(d.Runs[0], "run") + " each"
}

// amount says a difference with its direction: "18 % higher", "3.4 times", "2 lower".
func (d *Difference) amount(unit string, v float64) string {
	switch {
	case d.Scale == Relative && v >= 1:
		return multiple(v) + " as high"
	case v < 0:
		return d.size(unit, -v) + " lower"
	}
	return d.size(unit, v) + " higher"
}

// span says the interval of a difference whose direction is said: "12 % and 25 %".
func (d *Difference) span(unit string) string {
	low, high := *d.Low, *d.High
	switch {
	case low == high:
		return "exactly that in nearly every run"
	case d.Scale == Relative && *d.Estimate >= 1:
		return "between " + multiple(low) + " and " + multiple(high)
	case high <= 0:
		low, high = -high, -low
	}
	return "between " + d.pair(unit, low, high)
}

// extent says the interval with its directions: "between 3 % lower and 9 % higher".
func (d *Difference) extent(unit string) string {
	low, high := *d.Low, *d.High
	switch {
	case d.Scale == Relative && low >= 1:
		return "between " + multiple(low) + " and " + multiple(high) + " as high"
	case low >= 0:
		return "between " + d.pair(unit, low, high) + " higher"
	case high <= 0:
		return "between " + d.pair(unit, -high, -low) + " lower"
	}
	return "between " + d.amount(unit, low) + " and " + d.amount(unit, high)
}

// pair says two sizes, and the name of points once.
func (d *Difference) pair(unit string, low, high float64) string {
	if d.Scale == Points {
		return brief(low) + " and " + d.size(unit, high)
	}
	return d.size(unit, low) + " and " + d.size(unit, high)
}

// size says a difference without its direction.
func (d *Difference) size(unit string, v float64) string {
	v = math.Abs(v)
	switch {
	case d.Scale == Relative:
		return brief(100*v) + " %"
	case d.Scale == Points:
		return brief(v) + " percentage points"
	case unit == millisUnit:
		return inWords(v)
	case unit == countUnit || unit == ratioUnit:
		return brief(v)
	}
	return brief(v) + " " + unit
}

// multiple says a ratio from by how much it is above 1.
func multiple(v float64) string { return brief(1+v) + " times" }

// brief prints a difference with the digits that it deserves: 0.12, 1.2, 12, 1,234.
func brief(v float64) string {
	decimals := 0
	switch size := math.Abs(v); {
	case size >= 9.95 || size == math.Trunc(size):
	case size >= 0.995:
		decimals = 1
	case size < 0.005 && v != 0:
		return "0.00" // it is not nothing, and next to it
	default:
		decimals = 2
	}
	return unit.Grouped(strconv.FormatFloat(v, 'f', decimals, 64))
}
