package svg

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/reports"
)

func labels(ticks []tick) string {
	var all []string
	for _, t := range ticks {
		all = append(all, t.label)
	}
	return strings.Join(all, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		axis   reports.Axis
		values []float64
		about  int
		want   string
	}{
		{reports.Axis{}, []float64{0, 100}, 4, "0 50 100"},
		{reports.Axis{}, []float64{0, 37}, 10, "0 5 10 15 20 25 30 35"},
		{reports.Axis{}, []float64{-1, 1}, 4, "-1.0 -0.5 0 0.5 1.0"},
		{reports.Axis{}, []float64{0, 0.003}, 3, "0 0.001 0.002 0.003"},
		{reports.Axis{}, []float64{0, 4_000_000}, 4, "0 1,000,000 2,000,000 3,000,000 4,000,000"},
		{reports.Axis{}, nil, 4, "0 0.5 1.0"},
		{reports.Axis{}, []float64{7}, 4, "0 2 4 6"},
		{reports.Axis{}, []float64{0}, 2, "0 0.5 1.0"},
		{reports.Axis{Max: 1}, []float64{0, 0.2}, 4, "0 0.5 1.0"},
		{reports.Axis{Spacing: reports.Log}, []float64{1, 1000}, 4, "1 10 100 1,000"},
		{reports.Axis{Spacing: reports.Log}, []float64{2, 20}, 4, "2 5 10 20"},
		{reports.Axis{Spacing: reports.Log}, []float64{0.02, 3}, 4, "0.1 1"},
		{reports.Axis{Spacing: reports.Log}, []float64{0, -1}, 1, "0.1 0.2 0.5 1"}, // neither has a place
		{reports.Axis{Spacing: reports.Nines}, []float64{0, 99.95}, 4, "0 50 90 99 99.9"},
	} {
		if got := labels(fit(c.axis, c.values).ticks(c.about)); got != c.want {
			t.Errorf("%v of %v: %s, want %s", c.axis, c.values, got, c.want)
		}
	}
}

func TestRounded(t *testing.T) {
	for _, c := range []struct {
		kind             reports.Spacing
		low, high        float64
		wantLow, wantTop float64
	}{
		{reports.Linear, 0, 93, 0, 100}, {reports.Linear, 0, 100, 0, 100}, {reports.Linear, 12, 13, 12, 13},
		{reports.Log, 2.3, 47, 2, 50}, {reports.Log, 3, 4, 2, 20}, {reports.Log, 0.7, 800, 0.5, 1000},
	} {
		s := scale{kind: c.kind, min: c.low, max: c.high}.rounded()
		if math.Abs(s.min-c.wantLow) > 1e-9 || math.Abs(s.max-c.wantTop) > 1e-6 {
			t.Errorf("%v to %v: %v to %v, want %v to %v", c.low, c.high, s.min, s.max, c.wantLow, c.wantTop)
		}
	}
}

// Nines give each nine the same room.
func TestNinesAreEquallyFarApart(t *testing.T) {
	s := scale{kind: reports.Nines, min: 0, max: 99.99, to: 400}
	for v, want := range map[float64]float64{0: 0, 90: 100, 99: 200, 99.9: 300, 99.99: 400} {
		if got := s.at(v); math.Abs(got-want) > 1e-6 {
			t.Errorf("%v at %v, want %v", v, got, want)
		}
	}
}

// Whatever is drawn, larger values lie further on, and all within the ends.
func TestScalesRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]reports.Spacing{reports.Linear, reports.Log, reports.Nines}).Draw(t, "kind")
		most := 1e9
		if kind == reports.Nines {
			most = 99.99999
		}
		values := rapid.SliceOfN(rapid.Float64Range(0, most), 1, 20).Draw(t, "values")
		s := fit(reports.Axis{Spacing: kind}, values)
		if rapid.Bool().Draw(t, "rounded") {
			s = s.rounded()
		}
		s.from, s.to = 10, 500
		for _, a := range values {
			if x := s.at(a); !(x >= 10 && x <= 500) {
				t.Fatalf("%v at %v of %+v", a, x, s)
			}
			for _, b := range values {
				if a < b && s.at(a) > s.at(b) {
					t.Fatalf("%v at %v and %v at %v", a, s.at(a), b, s.at(b))
				}
			}
		}
		if n := len(s.ticks(6)); n > 40 {
			t.Fatalf("%d ticks of %+v", n, s)
		}
		for _, k := range s.ticks(6) {
			if slack := (s.max - s.min) * 1e-6; k.value < s.min-slack || k.value > s.max+slack {
				t.Fatalf("tick %v outside %+v", k.value, s)
			}
		}
	})
}
