package stats

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// The SPEC SDM91 results of a Sun SPARCcenter 2000, which R's package usl ships
// and fits: α 0.0277285 ± 0.0091217 and β 0.0001044 ± 0.0000199 (standard
// errors), γ 89.99523, γ/α 3245.589, peak at 97.
func TestUSLOfTheSPARCcenter(t *testing.T) {
	u, err := FitUSL([]float64{1, 18, 36, 72, 108, 144, 216}, []float64{64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "α", u.Alpha.Value, 0.0277285, 1e-5)
	near(t, "β", u.Beta.Value, 0.0001044, 5e-4)
	near(t, "γ", u.Gamma.Value, 89.99523, 1e-5)
	near(t, "γ/α", u.Gamma.Value/u.Alpha.Value, 3245.589, 1e-5)
	const student = 2.7764451 // 97.5 % with 4 degrees of freedom
	near(t, "error of α", (u.Alpha.High-u.Alpha.Value)/student, 0.0091217, 1e-4)
	near(t, "error of β", (u.Beta.Value-u.Beta.Low)/student, 0.0000199, 5e-3)
	if u.Peak == nil || math.Round(u.Peak.Value) != 97 || u.Peak.Low >= 97 || u.Peak.High <= 97 || math.Abs(u.At(u.Peak.Value)-u.PeakX) > 1e-9 {
		t.Errorf("peak %+v", u.Peak)
	}
	if u.R2 < 0.98 || u.Samples != 7 {
		t.Errorf("R² %v of %d", u.R2, u.Samples)
	}
}

// A curve without error is found again to 1e-9, and its peak by the closed form.
func TestUSLOfACurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gamma := rapid.Float64Range(0.5, 5000).Draw(t, "γ")
		alpha := rapid.Float64Range(0.001, 0.5).Draw(t, "α")
		beta := rapid.Float64Range(1e-5, 0.01).Draw(t, "β")
		sizes := []float64{1, 2, 4, 8, 16, 32, 64}
		var throughputs []float64
		for _, n := range sizes {
			throughputs = append(throughputs, gamma*n/(1+alpha*(n-1)+beta*n*(n-1)))
		}
		u, err := FitUSL(sizes, throughputs)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name      string
			got, want float64
		}{{"γ", u.Gamma.Value, gamma}, {"α", u.Alpha.Value, alpha}, {"β", u.Beta.Value, beta},
			{"peak", u.Peak.Value, math.Sqrt((1 - alpha) / beta)}} {
			if math.Abs(c.got-c.want) > 1e-9*math.Abs(c.want)+1e-12 {
				t.Fatalf("%s: %v, want %v", c.name, c.got, c.want)
			}
		}
	})
}

// With errors in the throughput the intervals hold the truth about as often as
// they say, and no point nearby has smaller squares.
func TestUSLWithErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	truth := [3]float64{100, 0.05, 0.0005}
	sizes := []float64{1, 2, 4, 8, 16, 24, 32, 48, 64, 1, 4, 16, 32, 64}
	covered := [4]int{}
	const rounds = 400
	for range rounds {
		var throughputs []float64
		for _, n := range sizes {
			throughputs = append(throughputs, law(truth, n)+15*r.NormFloat64())
		}
		u, err := FitUSL(sizes, throughputs)
		if err != nil {
			t.Fatal(err)
		}
		p := [3]float64{u.Gamma.Value, u.Alpha.Value, u.Beta.Value}
		least := sumOfSquares(p, sizes, throughputs)
		for a := range 3 {
			for _, by := range []float64{0.999, 1.001} {
				q := p
				q[a] *= by
				if sumOfSquares(q, sizes, throughputs) < least {
					t.Fatalf("%v is better than %v", q, p)
				}
			}
		}
		intervals := []Estimate{u.Gamma, u.Alpha, u.Beta, {}}
		if u.Peak != nil {
			intervals[3] = *u.Peak
		}
		for i, want := range append(truth[:], math.Sqrt(0.95/0.0005)) {
			if intervals[i].Low <= want && want <= intervals[i].High {
				covered[i]++
			}
		}
	}
	for i, n := range covered {
		if n < rounds*91/100 {
			t.Errorf("parameter %d covered in %d of %d", i, n, rounds)
		}
	}
}

// What grows without end has no peak; what grows faster than by its size has a
// negative contention.
func TestUSLWithoutPeak(t *testing.T) {
	for name, x := range map[string]func(n float64) float64{
		"linear":      func(n float64) float64 { return 50 * n },
		"superlinear": func(n float64) float64 { return 50 * math.Pow(n, 1.1) },
	} {
		var sizes, throughputs []float64
		for _, n := range []float64{1, 2, 4, 8, 16} {
			sizes, throughputs = append(sizes, n), append(throughputs, x(n))
		}
		u, err := FitUSL(sizes, throughputs)
		if err != nil {
			t.Fatal(name, err)
		}
		if name == "linear" && u.Peak != nil && u.Peak.Value < 1e3 || name == "superlinear" && u.Alpha.Value >= 0 {
			t.Errorf("%s: %+v", name, u)
		}
		near(t, name, u.At(8), x(8), 0.02)
	}
}

func TestUSLOfTooLittle(t *testing.T) {
	for _, c := range [][2][]float64{
		{{1, 2}, {1, 2}}, {{1, 1, 2, 2}, {1, 2, 3, 4}}, {{1, 2, 3}, {1, 2}}, {{1, 2, 3}, {1, 2, 0}},
		{{0, 1, 2}, {1, 2, 3}}, {{1, 2, 3}, {1, math.NaN(), 3}}, {nil, nil},
	} {
		if _, err := FitUSL(c[0], c[1]); !errors.Is(err, ErrNoUSL) {
			t.Errorf("%v: %v", c, err)
		}
	}
	// Three points are met exactly, and bound nothing.
	u, err := FitUSL([]float64{1, 4, 16}, []float64{10, 35, 100})
	if err != nil || !math.IsInf(u.Alpha.High, 1) || !math.IsInf(u.Gamma.Low, -1) || math.Abs(u.At(4)-35) > 1e-6 {
		t.Errorf("%+v, %v", u, err)
	}
}
