package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestQuantileByHand(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct{ p, want float64 }{
		{0, 1}, {0.05, 1}, {0.1, 1}, {0.11, 2}, {0.5, 5}, {0.51, 6}, {0.9, 9}, {0.95, 10}, {1, 10},
	} {
		if got := Quantile(ten, c.p); got != c.want {
			t.Errorf("p %v: %v, want %v", c.p, got, c.want)
		}
	}
	if got := Quantile([]float64{7}, 0.999); got != 7 {
		t.Error(got)
	}
	if got := Quantile(nil, 0.5); !math.IsNaN(got) {
		t.Error(got)
	}
}

// The definition, by counting: the smallest sample that at least p·n samples do not exceed.
func TestQuantileIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		samples := rapid.SliceOfN(rapid.Float64Range(0, 100), n, n).Draw(t, "samples")
		mille := rapid.IntRange(0, 1000).Draw(t, "per mille")
		slices.Sort(samples)
		want := samples[n-1]
		for _, v := range samples {
			atMost := 0
			for _, w := range samples {
				if w <= v {
					atMost++
				}
			}
			if atMost*1000 >= mille*n {
				want = v
				break
			}
		}
		if got := Quantile(samples, float64(mille)/1000); got != want {
			t.Fatalf("p %d‰ of %v: %v, want %v", mille, samples, got, want)
		}
	})
}

// gonum's empirical quantile is the same estimator, where p·n is no whole
// number that floating point misses.
func TestQuantileAgreesWithGonum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		samples := make([]float64, 1+r.IntN(997))
		for i := range samples {
			samples[i] = r.ExpFloat64()
		}
		slices.Sort(samples)
		p := r.Float64()
		if got, want := Quantile(samples, p), stat.Quantile(p, stat.Empirical, samples, nil); got != want {
			t.Errorf("p %v of %d: %v, gonum has %v", p, len(samples), got, want)
		}
	}
}

func TestRankOfWholeNumbers(t *testing.T) {
	for n := 1; n <= 3000; n++ {
		for _, mille := range []int{500, 900, 950, 990, 999, 70, 290} {
			want := max(1, (mille*n+999)/1000)
			if got := Rank(float64(mille)/1000, n); got != want {
				t.Fatalf("%d‰ of %d: %d, want %d", mille, n, got, want)
			}
		}
	}
}

// The interval covers the true quantile in at least 95 % of samples, and not
// in nearly all: then it would be wider than need be.
func TestQuantileIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, c := range []struct {
		p float64
		n int
	}{{0.5, 30}, {0.5, 500}, {0.95, 400}, {0.99, 2000}} {
		truth := -math.Log(1 - c.p)
		covered := 0
		const rounds = 500
		for range rounds {
			samples := make([]float64, c.n)
			for i := range samples {
				samples[i] = r.ExpFloat64()
			}
			slices.Sort(samples)
			if low, high := QuantileInterval(samples, c.p); low <= truth && truth <= high {
				covered++
			}
		}
		if share := float64(covered) / rounds; share < 0.93 || share > 0.995 {
			t.Errorf("p %v of %d: covered in %v", c.p, c.n, share)
		}
	}
}

func TestQuantileIntervalWithoutEnds(t *testing.T) {
	samples := []float64{1, 2, 3, 4, 5}
	if low, high := QuantileInterval(samples, 0.5); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Errorf("five samples bound the median to %v … %v", low, high) // 2/32 lie outside even the widest
	}
	six := append(samples, 6)
	if low, high := QuantileInterval(six, 0.5); low != 1 || high != 6 { // 2/64 lie outside
		t.Errorf("six samples: %v … %v", low, high)
	}
	if low, high := QuantileInterval(six, 0.999); math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Errorf("p99.9 of six: %v … %v", low, high)
	}
	if low, high := QuantileInterval(nil, 0.5); !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Error("no samples bound something")
	}
}

func TestIntervalsHoldWhatWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Float64Range(-5, 5), 1, 300).Draw(t, "samples")
		slices.Sort(samples)
		p := rapid.Float64Range(0.001, 0.999).Draw(t, "p")
		q := Quantile(samples, p)
		if low, high := QuantileInterval(samples, p); low > q || high < q {
			t.Fatalf("%v is not in %v … %v", q, low, high)
		}
		n := rapid.IntRange(1, 100000).Draw(t, "n")
		count := rapid.IntRange(0, n).Draw(t, "count")
		low, high := ShareInterval(count, n)
		if share := float64(count) / float64(n); low < 0 || low > share || high < share || high > 1 {
			t.Fatalf("%d of %d is not in %v … %v", count, n, low, high)
		}
	})
}

// From Newcombe 1998, table I: Wilson's intervals.
func TestShareIntervalByTheBook(t *testing.T) {
	for _, c := range []struct {
		count, n  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		low, high := ShareInterval(c.count, c.n)
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f … %.4f, want %.4f … %.4f", c.count, c.n, low, high, c.low, c.high)
		}
	}
	if low, high := ShareInterval(0, 0); low != 0 || high != 1 {
		t.Error("no samples bound a share")
	}
}

func TestMeanInterval(t *testing.T) {
	low, high := MeanInterval([]float64{1, 3})
	if math.Abs(low-(2-1.959964)) > 1e-6 || math.Abs(high-(2+1.959964)) > 1e-6 {
		t.Errorf("%v … %v", low, high)
	}
	if _, high := MeanInterval([]float64{1}); !math.IsInf(high, 1) {
		t.Error("one sample bounds the mean")
	}
	if !math.IsNaN(Mean(nil)) {
		t.Error("nothing has a mean")
	}
}
