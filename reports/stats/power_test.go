package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// runs draws what n repetitions have for a metric: log-normal, as latencies are.
func runs(r *rand.Rand, n int, centre, spread float64) []float64 {
	logs := make([]float64, n)
	for i := range logs {
		logs[i] = math.Log(centre) + spread*r.NormFloat64()
	}
	return logs
}

// FACTS measured by simulation, for 1.2 times at a spread of 15 %: a power of
// 30, 70 and 96 % with 5, 10 and 20 repetitions.
func TestDetectableAgainstPower(t *testing.T) {
	for n, power := range map[int]float64{5: 0.30, 10: 0.70, 20: 0.96} {
		d := Detectable(n, 0.15, 0.05)
		if detects := d <= math.Log(1.2); detects != (power >= Power) {
			t.Errorf("%d runs detect %v at 80 %%, and 1.2 times at %v", n, d, power)
		}
	}
	for _, n := range []int{8, 20} {
		r := rand.New(rand.NewPCG(uint64(n), 5))
		d, found := Detectable(n, 0.15, 0.05), 0
		const rounds = 1000
		for range rounds {
			if MannWhitney(runs(r, n, math.Exp(d), 0.15), runs(r, n, 1, 0.15)).P <= 0.05 {
				found++
			}
		}
		if share := float64(found) / rounds; share < Power-0.05 || share > Power+0.08 {
			t.Errorf("%d runs found what is detectable in %v", n, share)
		}
	}
}

func TestDetectableOfTooFew(t *testing.T) {
	for n, finite := range map[int]bool{0: false, 1: false, 3: false, 4: true} {
		if d := Detectable(n, 0.1, 0.05); math.IsInf(d, 1) == finite {
			t.Errorf("%d runs detect %v", n, d)
		}
	}
	if d := Detectable(4, 0, 0.05); d != 0 {
		t.Errorf("what never varies is detected from %v on", d)
	}
	if got := RunsFor(0.1, 0, 0.05); got != 4 {
		t.Errorf("without spread %d runs are needed", got)
	}
	if got := RunsFor(0.1, 0, 0.05/30); got != 7 { // 2/924 is above it, 2/3432 below
		t.Errorf("of thirty metrics, without spread, %d runs are needed", got)
	}
	if got := RunsFor(0.001, 1, 0.05); got != mostRuns {
		t.Errorf("%d runs for next to nothing", got)
	}
	for n := 7; n < 40; n++ {
		if got := RunsFor(Detectable(n, 0.2, 0.05), 0.2, 0.05); got != n {
			t.Errorf("what %d runs detect needs %d", n, got)
		}
	}
}

// A thousand comparisons of a system with itself, twenty metrics each that hang
// together as those of one run do: before the correction about 5 % of metrics
// differ, after it some metric does in at most 5 % of the comparisons.
func TestThousandComparisonsWithItself(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	const families, metrics, n = 1000, 20, 10
	alone, family := 0, 0
	for range families {
		var ps []float64
		sharedA, sharedB := runs(r, n, 1, 0.1), runs(r, n, 1, 0.1)
		for range metrics {
			a, b := runs(r, n, 1, 0.15), runs(r, n, 1, 0.15)
			for i := range n {
				a[i], b[i] = a[i]+sharedA[i], b[i]+sharedB[i]
			}
			p := MannWhitney(a, b).P
			ps = append(ps, p)
			if p <= 0.05 {
				alone++
			}
		}
		for _, p := range Holm(ps) {
			if p <= 0.05 {
				family++
				break
			}
		}
	}
	if share := float64(alone) / families / metrics; share < 0.035 || share > 0.06 {
		t.Errorf("%.3f of metrics differ before the correction", share)
	}
	if share := float64(family) / families; share > 0.05 {
		t.Errorf("%.3f of comparisons find a difference after it", share)
	}
}

// A shift of a tenth is found, corrected for the number of metrics, with as
// many runs as are advised for it.
func TestTenthIsFoundWithTheRunsAdvised(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	const metrics, spread, rounds = 10, 0.08, 300
	n := RunsFor(math.Log(1.1), spread, 0.05/metrics)
	found := 0
	for range rounds {
		ps := []float64{MannWhitney(runs(r, n, 1.1, spread), runs(r, n, 1, spread)).P}
		for range metrics - 1 {
			ps = append(ps, MannWhitney(runs(r, n, 1, spread), runs(r, n, 1, spread)).P)
		}
		if Holm(ps)[0] <= 0.05 {
			found++
		}
	}
	if share := float64(found) / rounds; share < Power-0.05 {
		t.Errorf("%d runs found it in %v", n, share)
	}
}

func TestPooledSpread(t *testing.T) {
	// By hand: squares 2 and 8 around their means, 1 + 1 degrees of freedom.
	if got := PooledSpread([]float64{1, 3}, []float64{10, 14}); math.Abs(got-math.Sqrt(5)) > 1e-12 {
		t.Error(got)
	}
	if got := PooledSpread([]float64{1, 3}, []float64{10}); math.Abs(got-math.Sqrt(2)) > 1e-12 {
		t.Error(got)
	}
	if !math.IsNaN(PooledSpread([]float64{1}, nil)) {
		t.Error("one sample has a spread")
	}
}
