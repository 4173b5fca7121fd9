package reports

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// searched runs a search where each repetition has an edge of its own, and returns
// what was tried.
func searched(s *Search, edge func(repetition int) float64) []Probe {
	var tried []Probe
	for p, more := s.Next(); more; p, more = s.Next() {
		tried = append(tried, p)
		s.Tell(p.Load <= edge(p.Repetition))
	}
	return tried
}

// A dialogue: doubling, halving the gap, then near the boundary. What breaks is
// looked at again, unless a repetition ended as low.
func TestSearchDialogue(t *testing.T) {
	s := &Search{From: 100, Least: 1, Most: 1e5, Precision: 0.1, Repetitions: 3}
	tried := searched(s, func(int) float64 { return 500 })
	for i, p := range []Probe{{100, 0, 0}, {200, 0, 0}, {400, 0, 0}, {800, 0, 0}, {800, 0, 1}, {565.7, 0, 0}, {565.7, 0, 1},
		{475.7, 0, 0}, {518.8, 0, 0}, {518.8, 0, 1}, {475.7, 1, 0}, {523.3, 1, 0}, {475.7, 2, 0}, {523.3, 2, 0}} {
		if i >= len(tried) || tried[i] != p {
			t.Fatalf("tried %v", tried)
		}
	}
	if len(tried) != 14 {
		t.Errorf("tried %v", tried)
	}
	if median, _, _, open := s.Edge(); median != 475.7 || open || len(s.Edges()) != 3 {
		t.Errorf("%v, open %v", median, open)
	}
}

// One noisy failure gives nothing up: the majority of three looks counts.
func TestSearchLooksAgain(t *testing.T) {
	s := &Search{From: 100, Least: 1, Most: 1e5, Precision: 0.1, Repetitions: 6}
	noise := map[Probe]bool{{100, 0, 0}: true, {200, 0, 0}: true, {200, 0, 1}: true} // the last two are a majority
	var tried []Probe
	for p, more := s.Next(); more; p, more = s.Next() {
		tried = append(tried, p)
		s.Tell(p.Load <= 500 && !noise[p])
	}
	want := []Probe{{100, 0, 0}, {100, 0, 1}, {100, 0, 2}, {200, 0, 0}, {200, 0, 1}, {141.4, 0, 0}}
	if len(tried) < len(want) || !slices.Equal(tried[:len(want)], want) {
		t.Errorf("tried %v", tried)
	}
	if edge := s.Edges()[0]; edge < 141.4 || edge >= 200 {
		t.Errorf("ends at %v", edge)
	}
	if median, _, _, _ := s.Edge(); median < 450 || median > 500 {
		t.Errorf("ends at %v: %v", median, s.Edges())
	}
}

// Where one run in five breaks for no reason, the boundary is found all the same,
// and hardly a repetition ends far below it.
func TestSearchUnderNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	low, all := 0, 0
	for range 200 {
		s := &Search{From: 100, Least: 1, Most: 1e5, Precision: 0.05, Repetitions: 6}
		for p, more := s.Next(); more; p, more = s.Next() {
			s.Tell(p.Load <= 1000 && r.Float64() > 0.2)
		}
		for _, edge := range s.Edges() {
			if all++; edge < 1000/farApart {
				low++
			}
		}
		if median, _, _, _ := s.Edge(); median > 1000 {
			t.Fatalf("beyond the boundary: %v", s.Edges())
		}
	}
	if low > all/5 {
		t.Errorf("%d of %d end below half", low, all)
	}
}

// Whatever the edge, each repetition ends with a load that holds and one that
// does not, no further apart than the precision, or at a bound; and does not take long.
func TestSearchEndsAtTheEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Search{Least: 1, Most: rapid.Float64Range(1e3, 1e6).Draw(t, "most"), Precision: rapid.Float64Range(0.005, 0.5).Draw(t, "precision"),
			Repetitions: rapid.IntRange(1, 8).Draw(t, "repetitions"), Whole: rapid.Bool().Draw(t, "whole")}
		s.From = rapid.Float64Range(1, 1e3).Draw(t, "from")
		at := math.Exp(rapid.Float64Range(-1, 15).Draw(t, "edge"))
		spread := rapid.Float64Range(0, 0.3).Draw(t, "spread")
		edges := map[int]float64{}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		held, broke := map[int]float64{}, map[int]float64{}
		count := 0
		for p, more := s.Next(); more; p, more = s.Next() {
			if count++; count > 60*s.Repetitions {
				t.Fatal("it goes on and on")
			}
			k := p.Repetition
			if _, drawn := edges[k]; !drawn {
				edges[k], broke[k] = at*math.Exp(spread*r.NormFloat64()), math.Inf(1)
			}
			if p.Load < s.Least || p.Load > s.Most || s.Whole && p.Load != math.Trunc(p.Load) && p.Load != s.Most {
				t.Fatalf("tries %v", p)
			}
			if holds := p.Load <= edges[k]; holds {
				held[k] = max(held[k], p.Load)
				s.Tell(true)
			} else {
				broke[k] = min(broke[k], p.Load)
				s.Tell(false)
			}
		}
		if len(s.Edges()) != s.Repetitions {
			t.Fatalf("%d edges", len(s.Edges()))
		}
		for k, edge := range s.Edges() {
			near := broke[k] <= held[k]*(1+s.Precision)*1.001 || broke[k] <= s.Least && edge == 0 || held[k] >= s.Most ||
				broke[k]-held[k] <= 1.5 || broke[k] <= held[k]*1.002
			if edge != held[k] || !near {
				t.Fatalf("repetition %d with the edge at %v ends between %v and %v", k, edges[k], held[k], broke[k])
			}
		}
	})
}

// The interval of many searches holds the middle edge about as often as it says.
func TestSearchIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	covered := 0
	const rounds = 300
	for range rounds {
		edges := make([]float64, 8)
		for i := range edges {
			edges[i] = 1000 * math.Exp(0.1*r.NormFloat64())
		}
		s := &Search{From: 100, Least: 1, Most: 1e5, Precision: 0.05, Repetitions: len(edges)}
		searched(s, func(k int) float64 { return edges[k] })
		if _, low, high, _ := s.Edge(); low <= 1000 && 1000 <= high {
			covered++
		}
	}
	if covered < rounds*95/100 {
		t.Errorf("covered in %d of %d", covered, rounds)
	}
}

func TestSearchAtItsBounds(t *testing.T) {
	for edge, want := range map[float64]struct {
		median float64
		open   bool
	}{1e9: {1000, true}, 1e-9: {0, false}} {
		s := &Search{From: 100, Least: 1, Most: 1000, Precision: 0.05, Repetitions: 6}
		searched(s, func(int) float64 { return edge })
		if median, _, _, open := s.Edge(); median != want.median || open != want.open {
			t.Errorf("an edge at %v: %v, open %v", edge, median, open)
		}
	}
	if median, _, _, open := (&Search{}).Edge(); median != 0 || open {
		t.Error("a search that did not begin found", median)
	}
}
