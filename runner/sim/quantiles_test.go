package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"windtunnel/topologies/work"
)

// A table of quantiles draws what it was made of.
func TestThinnedTables(t *testing.T) {
	for _, d := range []work.Dist{
		{Kind: work.Exponential, A: time.Millisecond},
		{Kind: work.Lognormal, A: 100 * time.Microsecond, B: 5 * time.Millisecond},
		{Kind: work.Uniform, A: time.Millisecond, B: 2 * time.Millisecond},
	} {
		sample := func(d work.Dist, seed uint64) []float64 {
			var all []float64
			for i := range uint64(50_000) {
				all = append(all, d.Draw(work.Root(seed).Child(i)).Seconds())
			}
			slices.Sort(all)
			return all
		}
		truth := sample(d, 1)
		got := sample(thinned(truth), 2)
		for _, p := range []float64{0.1, 0.5, 0.9, 0.99, 0.999} {
			if off(quantile(got, p), quantile(truth, p)) > 0.12 {
				t.Errorf("%s: p%v is %v, want %v", d.Kind, 100*p, quantile(got, p), quantile(truth, p))
			}
		}
	}
	few := thinned([]float64{0.001, 0.002})
	if few.Kind != work.Empirical || few.Mean() != 1500*time.Microsecond {
		t.Errorf("%+v", few)
	}
	if !none(thinned(nil)) {
		t.Error("nothing is something")
	}
}

func none(d work.Dist) bool { return d.Kind == "" && d.A == 0 && len(d.Values) == 0 }

// Coefficients come back, none is negative, and what the equations leave open
// is what was expected.
func TestLeastSquares(t *testing.T) {
	var s system
	s.expect("open", 7, slightly)
	s.expect("absent", 3, slightly)
	id := work.Root(1)
	for i := range uint64(500) {
		x, y := id.Child(i).Float64(), id.Child(i).Child(1).Float64()
		noise := 0.01 * id.Child(i).Normal()
		s.equation(2*x+noise, 1, term{"two", x}, term{"none", y}, term{"below", -y})
	}
	got := s.solve()
	if off(got["two"], 2) > 0.01 || got["none"] < 0 || got["none"] > 0.02 || got["below"] < 0 || math.Abs(got["absent"]-3) > 1e-6 {
		t.Errorf("%v", got)
	}
	var alike system
	alike.expect("a", 1, slightly)
	alike.expect("b", 0, 0.5)
	for i := range 10 {
		x := float64(i + 1)
		alike.equation(4*x, 1, term{"a", x}, term{"b", x})
	}
	if got := alike.solve(); off(got["a"]+got["b"], 4) > 0.01 || got["b"] > 0.1 {
		t.Errorf("%v", got)
	}
}
