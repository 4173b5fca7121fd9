package work

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// sample returns n draws from identities that are the same on every run, sorted.
func sample(d Dist, n int) []time.Duration {
	root := Root(20)
	out := make([]time.Duration, n)
	for i := range out {
		out[i] = d.Draw(root.Child(uint64(i)))
	}
	slices.Sort(out)
	return out
}

// Every distribution against its theory: mean and quantiles of 200,000 draws.
func TestDistributions(t *testing.T) {
	const n = 200_000
	lognormal := func(median, p99 time.Duration, z float64) time.Duration {
		return time.Duration(float64(median) * math.Exp(math.Log(float64(p99)/float64(median))/z99*z))
	}
	for name, c := range map[string]struct {
		of        Dist
		mean      time.Duration
		quantiles map[float64]time.Duration
	}{
		"zero":        {Dist{}, 0, map[float64]time.Duration{0: 0, 0.5: 0, 1: 0}},
		"constant":    {ConstantOf(5 * ms), 5 * ms, map[float64]time.Duration{0: 5 * ms, 0.5: 5 * ms, 1: 5 * ms}},
		"exponential": {Dist{Kind: Exponential, A: 20 * ms}, 20 * ms, map[float64]time.Duration{0.5: 13862943, 0.9: 46051702, 0.99: 92103404}},
		"lognormal": {Dist{Kind: Lognormal, A: 5 * ms, B: 40 * ms}, time.Duration(5e6 * math.Exp(math.Pow(math.Log(8)/z99, 2)/2)),
			map[float64]time.Duration{0.5: 5 * ms, 0.99: 40 * ms, 0.8413447: lognormal(5*ms, 40*ms, 1)}},
		"lognormal without spread": {Dist{Kind: Lognormal, A: 5 * ms, B: 5 * ms}, 5 * ms, map[float64]time.Duration{0: 5 * ms, 1: 5 * ms}},
		"uniform":                  {Dist{Kind: Uniform, A: 1 * ms, B: 5 * ms}, 3 * ms, map[float64]time.Duration{0: 1 * ms, 0.25: 2 * ms, 0.75: 4 * ms, 1: 5 * ms}},
		"pareto":                   {Dist{Kind: Pareto, A: 10 * ms, Shape: 3}, 15 * ms, map[float64]time.Duration{0: 10 * ms, 0.5: 12599210, 0.99: 46415888}},
		"mix": {Dist{Kind: Mix, Parts: []DistPart{{Weight: 9, Of: ConstantOf(1 * ms)}, {Weight: 1, Of: Dist{Kind: Uniform, A: 10 * ms, B: 20 * ms}}}},
			2400 * time.Microsecond, map[float64]time.Duration{0: 1 * ms, 0.89: 1 * ms, 0.95: 15 * ms, 1: 20 * ms}},
		"empirical": {Dist{Kind: Empirical, Values: []time.Duration{1 * ms, 1 * ms, 2 * ms, 8 * ms}}, 3 * ms,
			map[float64]time.Duration{0: 1 * ms, 0.49: 1 * ms, 0.6: 2 * ms, 0.76: 8 * ms, 1: 8 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.of.Mean(); !near(got, c.mean, 1e-6) {
				t.Errorf("Mean is %s instead of %s", got, c.mean)
			}
			draws := sample(c.of, n)
			sum := 0.0
			for _, d := range draws {
				sum += float64(d)
			}
			if got := time.Duration(sum / n); !near(got, c.mean, 0.01) {
				t.Errorf("the mean of the draws is %s instead of %s", got, c.mean)
			}
			for q, want := range c.quantiles {
				if got := draws[int(q*(n-1))]; !near(got, want, 0.02) {
					t.Errorf("quantile %g of the draws is %s instead of %s", q, got, want)
				}
			}
		})
	}
}

func near(got, want time.Duration, relative float64) bool {
	return math.Abs(float64(got-want)) <= relative*float64(want)+1
}

// Parts and values get their shares, and a part's draw does not hang on which part it is.
func TestMixShares(t *testing.T) {
	d := Dist{Kind: Mix, Parts: []DistPart{{Weight: 0.7, Of: ConstantOf(1)}, {Weight: 0, Of: ConstantOf(2)}, {Weight: 0.3, Of: ConstantOf(3)}}}
	count := map[time.Duration]float64{}
	for _, v := range sample(d, 100_000) {
		count[v]++
	}
	if math.Abs(count[1]/1e5-0.7) > 0.005 || count[2] != 0 || math.Abs(count[3]/1e5-0.3) > 0.005 {
		t.Errorf("weights 0.7, 0, 0.3 came out as %v", count)
	}
}

func TestMeansWithoutBound(t *testing.T) {
	endless := Dist{Kind: Pareto, A: ms, Shape: 1}
	for name, d := range map[string]Dist{
		"pareto of shape 1":   endless,
		"pareto of shape 0.5": {Kind: Pareto, A: ms, Shape: 0.5},
		"mix with one":        {Kind: Mix, Parts: []DistPart{{1, ConstantOf(ms)}, {1, endless}}},
		"wide lognormal":      {Kind: Lognormal, A: 1, B: math.MaxInt64},
	} {
		if got := d.Mean(); got != math.MaxInt64 {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, d := range map[string]Dist{
		"mix of nothing":        {Kind: Mix},
		"mix without weight":    {Kind: Mix, Parts: []DistPart{{0, endless}}},
		"empirical of nothing":  {Kind: Empirical},
		"pareto of nothing":     {Kind: Pareto, Shape: 0.5},
		"pareto, shape 1":       {Kind: Pareto, Shape: 1},
		"lognormal of median 0": {Kind: Lognormal, B: ms},
	} {
		if got := d.Mean(); got != 0 {
			t.Errorf("%s: %s", name, got)
		}
		if got := d.Draw(Root(1)); name != "mix without weight" && got != 0 {
			t.Errorf("%s: draws %s", name, got)
		}
	}
}

func TestDrawOfAnEndlessTail(t *testing.T) {
	if got := (Dist{Kind: Pareto, A: ms, Shape: 0.001}).Draw(0); got != time.Hour {
		t.Errorf("%s", got)
	}
	if got := (Dist{Kind: Pareto, Shape: 0.001}).Draw(0); got != 0 {
		t.Errorf("minimum 0: %s", got)
	}
}

// Whatever the parameters, a draw lies between zero and an hour and is the identity's own.
func TestDrawBounds(t *testing.T) {
	duration := rapid.Map(rapid.Int64Range(0, int64(100*time.Hour)), func(d int64) time.Duration { return time.Duration(d) })
	var dist func(depth int) *rapid.Generator[Dist]
	dist = func(depth int) *rapid.Generator[Dist] {
		return rapid.Custom(func(t *rapid.T) Dist {
			d := Dist{
				Kind:  rapid.SampledFrom([]DistKind{"", Constant, Exponential, Lognormal, Uniform, Pareto, Empirical, Mix}).Draw(t, "kind"),
				A:     duration.Draw(t, "a"),
				B:     duration.Draw(t, "b"),
				Shape: rapid.Float64Range(0, 10).Draw(t, "shape"),
			}
			d.Values = rapid.SliceOfN(duration, 0, 3).Draw(t, "values")
			if depth > 0 && d.Kind == Mix {
				for range rapid.IntRange(0, 3).Draw(t, "parts") {
					d.Parts = append(d.Parts, DistPart{rapid.Float64Range(0, 1).Draw(t, "weight"), dist(depth-1).Draw(t, "of")})
				}
			}
			return d
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		d, id := dist(2).Draw(t, "dist"), Identity(rapid.Uint64().Draw(t, "id"))
		v := d.Draw(id)
		if v < 0 || v > time.Hour || v != d.Draw(id) {
			t.Fatalf("%s", v)
		}
		if d.Mean() < 0 {
			t.Fatalf("mean %s", d.Mean())
		}
	})
}

// A distribution reaches the nodes as JSON.
func TestDistJSON(t *testing.T) {
	d := Dist{Kind: Mix, Parts: []DistPart{
		{Weight: 1, Of: Dist{Kind: Pareto, A: ms, Shape: 1.5}},
		{Weight: 2, Of: Dist{Kind: Empirical, Values: []time.Duration{1, 2}}},
	}}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Dist
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(d, back) {
		t.Errorf("%s: %+v, %v", text, back, err)
	}
}
