package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/combin"
	"pgregory.net/rapid"
)

// R prints for the same data an estimate of 0.305 between -0.15 and 0.76.
func TestHodgesLehmannByTheBook(t *testing.T) {
	got := HodgesLehmann(atTerm, early)
	for _, c := range []struct{ got, want float64 }{{got.Estimate, 0.305}, {got.Low, -0.15}, {got.High, 0.76}} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%+v", got)
		}
	}
}

// Against the definition: U counted over all ways to part, one by one.
func TestHodgesLehmannAgainstAllWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 6).Draw(t, "n"), rapid.IntRange(1, 6).Draw(t, "m")
		a := rapid.SliceOfN(rapid.Float64Range(-10, 10), n, n).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Float64Range(-10, 10), m, m).Draw(t, "b")
		var d []float64
		for _, x := range a {
			for _, y := range b {
				d = append(d, x-y)
			}
		}
		slices.Sort(d)
		low, high := math.Inf(-1), math.Inf(1)
		ways := combin.Combinations(n+m, n)
		for k := 1; k <= n*m; k++ {
			below := 0
			for _, chosen := range ways {
				u := 0 // the chosen are ranks from 0
				for i, rank := range chosen {
					u += rank - i
				}
				if u < k {
					below++
				}
			}
			if float64(below)/float64(len(ways)) <= 0.025 {
				low, high = d[k-1], d[n*m-k]
			}
		}
		got := HodgesLehmann(a, b)
		if got.Low != low || got.High != high || got.Estimate != Median(d) {
			t.Fatalf("%v and %v: %+v, want %v … %v", a, b, got, low, high)
		}
	})
}

// The interval and the test say the same: where no two samples are alike, the
// interval of the shift holds 0 exactly where p is above 5 %.
func TestShiftAndTestAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	told := 0
	for range 300 {
		n, m := 4+r.IntN(12), 4+r.IntN(12)
		a, b := make([]float64, n), make([]float64, m)
		for i := range a {
			a[i] = r.NormFloat64() + 0.8
		}
		for i := range b {
			b[i] = r.NormFloat64()
		}
		s, p := HodgesLehmann(a, b), MannWhitney(a, b).P
		if out := s.Low > 0 || s.High < 0; out != (p <= 0.05) {
			t.Fatalf("%+v and p %v", s, p)
		}
		if p <= 0.05 {
			told++
		}
	}
	if told < 50 || told > 290 {
		t.Errorf("%d of 300 told apart: the test tests little", told)
	}
}

func TestShiftOfFew(t *testing.T) {
	three, four := []float64{1, 2, 3}, []float64{1, 2, 3, 4}
	if s := HodgesLehmann(three, three); !math.IsInf(s.Low, -1) || !math.IsInf(s.High, 1) || s.Estimate != 0 {
		t.Errorf("%+v", s)
	}
	if s := HodgesLehmann(four, four); s.Low != -3 || s.High != 3 {
		t.Errorf("%+v", s)
	}
	if s := HodgesLehmann(nil, four); !math.IsNaN(s.Estimate) || !math.IsInf(s.High, 1) {
		t.Errorf("%+v", s)
	}
}

// The interval covers a shift as often as it says, also where it is no longer
// counted, and moves with the samples.
func TestShiftCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, n := range []int{5, 12, 30} {
		covered := 0
		const rounds = 1000
		for range rounds {
			a, b := make([]float64, n), make([]float64, n)
			for i := range n {
				a[i], b[i] = r.ExpFloat64()+2, r.ExpFloat64()
			}
			if s := HodgesLehmann(a, b); s.Low <= 2 && 2 <= s.High {
				covered++
			}
		}
		if covered < rounds*93/100 || covered > rounds*99/100 {
			t.Errorf("%d a side: covered in %d of %d", n, covered, rounds)
		}
	}
}

// 2 in the ways to part twice as many: 2/20, 2/70, 2/252, 2/924 are in the tables.
func TestSmallestP(t *testing.T) {
	for n, want := range map[int]float64{0: 1, 1: 1, 3: 2. / 20, 4: 2. / 70, 5: 2. / 252, 6: 2. / 924, 10: 2. / 184756} {
		if got := SmallestP(n, n); math.Abs(got-want) > 1e-15 {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
	if got := SmallestP(6, 10); math.Abs(got-2./8008) > 1e-15 {
		t.Errorf("6 and 10: %v", got)
	}
	before := 1.0
	for n := 2; n < 60; n++ {
		if p := SmallestP(n, n); p >= before && p > 0 {
			t.Errorf("%d: %v, not below %v", n, p, before)
		} else {
			before = p
		}
	}
	if float64(combin.Binomial(50, 25)) != distinctChoices(25, 25) {
		t.Error(distinctChoices(25, 25))
	}
}
