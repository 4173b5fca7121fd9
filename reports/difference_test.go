package reports

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawn are what n repetitions have for a metric.
func drawn(r *rand.Rand, n int, median, spread float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = median * math.Exp(spread*r.NormFloat64())
	}
	return values
}

// judged weighs pairs of a reference and another, as one comparison.
func judged(unit string, margin float64, pairs ...[2][]float64) ([]Difference, int) {
	differences := make([]Difference, len(pairs))
	var all []*Difference
	for i, p := range pairs {
		differences[i] = weigh(unit, p[0], p[1], margin).difference()
		all = append(all, &differences[i])
	}
	return differences, judge(all)
}

func same(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }

var eight = []float64{9.7, 9.8, 9.9, 10, 10.1, 10.2, 10.3, 10.4}

func multiplied(values []float64, by float64) []float64 {
	var s []float64
	for _, v := range values {
		s = append(s, v*by)
	}
	return s
}

func added(values []float64, by float64) []float64 {
	var s []float64
	for _, v := range values {
		s = append(s, v+by)
	}
	return s
}

// Each case by its outcome, its cell in the table and its sentence.
func TestDifferences(t *testing.T) {
	inf := math.Inf(1)
	p99, ok := &Row{Group: "all", Metric: "p99", Unit: millisUnit}, &Row{Group: "browse", Metric: "ok", Unit: percentUnit}
	recovery := &Row{Group: "down", Metric: "recovery, all", Unit: millisUnit}
	openings := &Row{Group: "system", Metric: "breaker openings", Unit: countUnit}
	for _, c := range []struct {
		row              *Row
		reference, other []float64
		outcome          Outcome
		cell, sentence   string
	}{
		{p99, eight, multiplied(eight, 1.2), Different, "+20 % (17 to 24)",
			"p99 is 20 % higher on new than on old, between 17 % and 24 %, 8 runs each."},
		{p99, eight, multiplied(eight, 0.8), Different, "-20 % (-22 to -18)",
			"p99 is 20 % lower on new than on old, between 18 % and 22 %, 8 runs each."},
		{p99, eight, multiplied(eight, 4), Different, "4.0× (3.9 to 4.1)",
			"p99 is 4.0 times as high on new as on old, between 3.9 times and 4.1 times, 8 runs each."},
		{p99, eight, multiplied(eight, 1.01), Equivalent, "= (-1.9 to 4.0 %)",
			"p99 is the same on new as on old, within 5 %: between 1.9 % lower and 4.0 % higher, 8 runs each."},
		{p99, eight, multiplied(eight, 1.06), NotFound, "~ (2.9 to 9.2 %)",
			"No difference found in p99: on new it is between 2.9 % and 9.2 % higher than on old, 8 runs each, " +
				"which is not clear of the margin of 5 %. One of 9.0 % would have been found."},
		{p99, eight[:5], multiplied(eight[:5], 2), TooFew, "–", "Nothing can be said of p99: 5 runs each, and an interval needs 6."},
		{p99, eight, eight[:6], Equivalent, "", ""},
		{p99, eight, eight[:3], TooFew, "–", "Nothing can be said of p99: 8 and 3 runs, and an interval needs 6."},
		{p99, nil, eight, NotThere, "–", "There is nothing to judge p99 by: a side has no value."},
		{ok, same(8, 100), []float64{75, 76, 74, 75.5, 74.5, 76, 75, 74}, Different, "-25 pp (-26 to -24)",
			"ok of browse is 25 percentage points lower on new than on old, between 24 and 26 percentage points, 8 runs each."},
		{ok, same(8, 100), same(8, 100), Equivalent, "=", "ok of browse is the same on new and on old in nearly every run, 8 runs each."},
		{recovery, same(8, 0), same(8, 450), Different, "+450 ms", "recovery from down, all is 450 ms higher on new than on old, exactly that in nearly every run, 8 runs each."},
		{recovery, same(8, 450), same(8, inf), Different, "differs",
			"recovery from down, all differs between new and old, by more than can be said: some of it lies beyond the end of the run, 8 runs each."},
		{recovery, []float64{1, 2, 3, 4, 5, inf}, []float64{1, 2, 3, 4, inf, inf}, NotFound, "~", "No difference found in recovery from down, all between new and old, 6 runs each."},
		{recovery, same(6, inf), same(6, inf), Equivalent, "=", ""},
		{openings, same(7, 0), []float64{4, 4, 4, 4, 4, 5, 4}, Different, "+4", "breaker openings is 4 higher on new than on old, exactly that in nearly every run, 7 runs each."},
	} {
		differences, tests := judged(c.row.Unit, 0.05, [2][]float64{c.reference, c.other})
		d := differences[0]
		if d.Outcome != c.outcome {
			t.Errorf("%v against %v: %s, want %s", c.other, c.reference, d.Outcome, c.outcome)
			continue
		}
		if got := d.cell(c.row).Text; c.cell != "" && got != c.cell {
			t.Errorf("%s: %q, want %q", c.row.Metric, got, c.cell)
		}
		if got := d.sentence(c.row, "old", "new", tests); c.sentence != "" && got != c.sentence {
			t.Errorf("%q, want\n%q", got, c.sentence)
		}
	}
}

// What is worse is in another tone than what is better; counts are neither.
func TestTonesOfDifferences(t *testing.T) {
	up, _ := judged(millisUnit, 0.05, [2][]float64{eight, multiplied(eight, 2)})
	for _, c := range []struct {
		row  Row
		tone Tone
	}{
		{Row{Group: "all", Metric: "p99", Unit: millisUnit}, Bad}, {Row{Group: "all", Metric: "ok", Unit: percentUnit}, Good},
		{Row{Group: "all", Metric: "checks that hold", Unit: countUnit}, Good}, {Row{Group: "system", Metric: "breaker openings", Unit: countUnit}, Plain},
	} {
		if got := up[0].cell(&c.row).Tone; got != c.tone {
			t.Errorf("%s: %v, want %v", c.row.Metric, got, c.tone)
		}
	}
}

// A difference that is clear by itself, among many that are not.
func TestDifferenceAmongMany(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	pairs := [][2][]float64{{eight[:6], multiplied(eight[:6], 1.5)}}
	for range 29 {
		pairs = append(pairs, [2][]float64{drawn(r, 6, 1, 0.2), drawn(r, 6, 1, 0.2)})
	}
	differences, tests := judged(millisUnit, 0.05, pairs...)
	d, row := differences[0], &Row{Group: "all", Metric: "p95", Unit: millisUnit}
	if tests != 30 || d.Outcome != NotFound || !d.alone() || !strings.HasPrefix(d.cell(row).Text, "? +50 %") {
		t.Errorf("%d tests, %+v", tests, d)
	}
	if s := d.sentence(row, "old", "new", tests); !strings.HasPrefix(s, "Not sure of p95") || !strings.Contains(s, "chance among 30 tests") {
		t.Error(s)
	}
	differences, tests = judged(millisUnit, 0.05, slices.Insert(pairs, 0, [2][]float64{eight[:6], multiplied(eight[:6], 4)})...)
	if s := differences[0].sentence(row, "old", "new", tests); !strings.Contains(s, "it is between 3.9 times and 4.1 times as high as on old") {
		t.Error(s)
	}
	if n := fewestFor(30); n != 7 || fewestFor(1) != fewestRuns {
		t.Error(n)
	}
}

// A thousand comparisons of a system with itself, twenty metrics each: before the
// correction about one in twenty metrics differs, after it some metric does in
// at most one comparison of twenty; with a margin in far fewer.
func TestComparedWithItself(t *testing.T) {
	for _, margin := range []float64{0, 0.05} {
		r := rand.New(rand.NewPCG(10, 10))
		before, families := 0, 0
		for range 1000 {
			var pairs [][2][]float64
			for range 20 {
				pairs = append(pairs, [2][]float64{drawn(r, 10, 1, 0.15), drawn(r, 10, 1, 0.15)})
			}
			differences, _ := judged(millisUnit, margin, pairs...)
			found := false
			for _, d := range differences {
				if *d.P <= 0.05 {
					before++
				}
				found = found || d.Outcome == Different
			}
			if found {
				families++
			}
		}
		share := float64(before) / 20000
		if families > 50 || share > 0.055 || margin == 0 && share < 0.035 || margin > 0 && share > 0.02 {
			t.Errorf("margin %v: %.3f of metrics before, %d of 1000 comparisons after", margin, share, families)
		}
	}
}

// A difference of a tenth beyond the margin is found with the repetitions that
// a first comparison of a few advises.
func TestTenthIsFoundAsAdvised(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	const metrics, spread, margin = 8, 0.08, 0.05
	found, rounds := 0, 150
	for range rounds {
		family := func(n int) []Difference {
			pairs := [][2][]float64{{drawn(r, n, 1, spread), drawn(r, n, 1+margin+sought, spread)}}
			for range metrics - 1 {
				pairs = append(pairs, [2][]float64{drawn(r, n, 1, spread), drawn(r, n, 1, spread)})
			}
			differences, _ := judged(millisUnit, margin, pairs...)
			return differences
		}
		first := family(10)
		advised := first[0].runsFor(margin+sought, metrics)
		if family(advised)[0].Outcome == Different {
			found++
		}
	}
	if share := float64(found) / float64(rounds); share < 0.72 { // the advice is from a spread of ten runs
		t.Errorf("found in %.2f", share)
	}
}

// Swapping the sides turns a difference around, and changes no outcome.
func TestDifferencesAreFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(6, 12).Draw(t, "n"), rapid.IntRange(6, 12).Draw(t, "m")
		positive := rapid.Float64Range(1, 100)
		a, b := rapid.SliceOfN(positive, n, n).Draw(t, "a"), rapid.SliceOfN(positive, m, m).Draw(t, "b")
		there, _ := judged(millisUnit, 0.05, [2][]float64{a, b})
		back, _ := judged(millisUnit, 0.05, [2][]float64{b, a})
		if there[0].Outcome != back[0].Outcome || math.Abs((1+*there[0].Estimate)*(1+*back[0].Estimate)-1) > 1e-9 ||
			math.Abs((1+*there[0].Low)*(1+*back[0].High)-1) > 1e-9 {
			t.Fatalf("%+v and %+v", there[0], back[0])
		}
		d := there[0]
		if d.Outcome == Different && !d.clear() || d.Outcome == Equivalent && !d.within() {
			t.Fatalf("%s, between %v and %v", d.Outcome, *d.Low, *d.High)
		}
		// Without ties the interval is clear of the margin exactly where the test says so.
		seen := map[float64]bool{}
		for _, v := range slices.Concat(d.w.reference, added(d.w.other, d.w.margin), added(d.w.other, -d.w.margin)) {
			if seen[v] {
				return
			}
			seen[v] = true
		}
		tight := min(math.Abs(math.Log1p(*d.Low)-d.w.margin), math.Abs(math.Log1p(*d.High)+d.w.margin)) < 1e-9
		if !tight && d.clear() != (*d.P <= 0.05) {
			t.Fatalf("%+v with p %v", d, *d.P)
		}
	})
}

func TestWeighChoosesTheScale(t *testing.T) {
	for _, c := range []struct {
		unit             string
		reference, other []float64
		scale            Scale
	}{
		{millisUnit, []float64{1}, []float64{2}, Relative}, {millisUnit, []float64{0}, []float64{2}, Amount},
		{millisUnit, []float64{1}, []float64{math.Inf(1)}, Amount}, {percentUnit, []float64{1}, []float64{2}, Points},
		{countUnit, []float64{1}, []float64{2}, Amount}, {coresUnit, []float64{1}, []float64{2}, Relative},
	} {
		if got := weigh(c.unit, c.reference, c.other, 0).scale; got != c.scale {
			t.Errorf("%s: %s, want %s", c.unit, got, c.scale)
		}
	}
	// Without a margin, what is the same in every run is the same.
	if d, tests := judged(millisUnit, 0, [2][]float64{same(6, 3), same(6, 3)}); d[0].Outcome != Equivalent || tests != 0 {
		t.Errorf("%+v, %d tests", d, tests)
	}
	if d, _ := judged(millisUnit, 0, [2][]float64{eight, added(eight, 5)}); d[0].Outcome != Different {
		t.Errorf("%+v", d)
	}
}
