package sim

import (
	"slices"

	"gonum.org/v1/gonum/mat"
)

// system is a system of equations with few unknowns, which have names and are
// never negative, and many more equations than can hold: they hold as well as
// they can by weighted least squares.
type system struct {
	unknowns []unknown
	rows     []equation
}

// unknown is one with what it is taken for where the equations do not tell it
// from others.
type unknown struct {
	name     string
	expected float64
	strength float64 // of the expectation, relative to that of the equations
}

// slightly is a strength that decides only what the equations leave open.
const slightly = 1e-3

// equation is value = sum of terms.
type equation struct {
	value, weight float64
	factors       []float64 // by unknown; shorter where the last are 0
}

// term is a factor of an unknown.
type term struct {
	name   string
	factor float64
}

// expect names an unknown with its expectation.
func (s *system) expect(name string, expected, strength float64) int {
	s.unknowns = append(s.unknowns, unknown{name, expected, strength})
	return len(s.unknowns) - 1
}

// equation adds one. An unknown not named so far is expected to be 0.
func (s *system) equation(value, weight float64, terms ...term) {
	e := equation{value: value, weight: weight}
	for _, t := range terms {
		i := slices.IndexFunc(s.unknowns, func(u unknown) bool { return u.name == t.name })
		if i < 0 {
			i = s.expect(t.name, 0, slightly)
		}
		for len(e.factors) <= i {
			e.factors = append(e.factors, 0)
		}
		e.factors[i] += t.factor
	}
	s.rows = append(s.rows, e)
}

func (e *equation) factor(i int) float64 {
	if i < len(e.factors) {
		return e.factors[i]
	}
	return 0
}

// solve returns the unknowns by name: the least squares of all, and again with
// the most negative one at 0 until none is.
func (s *system) solve() map[string]float64 {
	found := map[string]float64{}
	var free []int
	for i, u := range s.unknowns {
		free = append(free, i)
		found[u.name] = 0
	}
	for len(free) > 0 {
		values := s.leastSquares(free)
		worst := 0
		for i, v := range values {
			if v < values[worst] {
				worst = i
			}
		}
		if values[worst] >= 0 {
			for i, v := range values {
				found[s.unknowns[free[i]].name] = v
			}
			return found
		}
		free = slices.Delete(free, worst, worst+1)
	}
	return found
}

// leastSquares solves the normal equations of the free unknowns.
func (s *system) leastSquares(free []int) []float64 {
	n := len(free)
	normal, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for r := range s.rows {
		e := &s.rows[r]
		for a, i := range free {
			x := e.weight * e.factor(i)
			right.SetVec(a, right.AtVec(a)+x*e.value)
			for b := a; b < n; b++ {
				normal.SetSym(a, b, normal.At(a, b)+x*e.factor(free[b]))
			}
		}
	}
	for a, i := range free {
		u := s.unknowns[i]
		// One that is in no equation at all is what it is expected to be.
		strength := max(u.strength*normal.At(a, a), 1e-30)
		normal.SetSym(a, a, normal.At(a, a)+strength)
		right.SetVec(a, right.AtVec(a)+strength*u.expected)
	}
	var solved mat.VecDense
	_ = solved.SolveVec(normal, right) // it has full rank: at worst it is badly conditioned, and still solved
	values := make([]float64, n)
	for a := range values {
		values[a] = solved.AtVec(a)
	}
	return values
}
