package stats

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// law is X(N) with the parameters γ, α, β.
func law(p [3]float64, n float64) float64 {
	return p[0] * n / (1 + p[1]*(n-1) + p[2]*n*(n-1))
}

// slopes are the derivatives of X(N) by γ, α, β.
func slopes(p [3]float64, n float64) [3]float64 {
	under := 1 + p[1]*(n-1) + p[2]*n*(n-1)
	by := -p[0] * n / (under * under)
	return [3]float64{n / under, by * (n - 1), by * n * (n - 1)}
}

// firstGuess solves N/X = 1/γ + (α/γ)(N-1) + (β/γ)N(N-1), which is linear.
func firstGuess(sizes, throughputs []float64) ([3]float64, error) {
	a, b := mat.NewDense(len(sizes), 3, nil), mat.NewVecDense(len(sizes), nil)
	for i, n := range sizes {
		// Weighted by X²/N, what is squared is about the error of X.
		w := throughputs[i] * throughputs[i] / n
		a.SetRow(i, []float64{w, w * (n - 1), w * n * (n - 1)})
		b.SetVec(i, w*n/throughputs[i])
	}
	var solved mat.VecDense
	if err := solved.SolveVec(a, b); err != nil || solved.AtVec(0) <= 0 {
		return [3]float64{}, ErrNoUSL
	}
	g := 1 / solved.AtVec(0)
	return [3]float64{g, solved.AtVec(1) * g, solved.AtVec(2) * g}, nil
}

// descend goes from a guess to the least squares (Levenberg 1944, Marquardt
// 1963): the more a step is damped, the more it goes straight down.
func descend(p [3]float64, sizes, throughputs []float64) [3]float64 {
	damping, squares := 1e-3, sumOfSquares(p, sizes, throughputs)
	for range 500 {
		next, ok := step(p, sizes, throughputs, damping)
		if !ok {
			damping *= 10
			continue
		}
		found := sumOfSquares(next, sizes, throughputs)
		switch {
		case found <= squares:
			still := moved(p, next) < 1e-14
			p, squares, damping = next, found, max(damping/10, 1e-12)
			if still {
				return p
			}
		case damping > 1e12: // no step of any length goes down: this is the bottom
			return p
		default:
			damping *= 10
		}
	}
	return p
}

// moved is the largest relative step of a parameter.
func moved(from, to [3]float64) float64 {
	far := 0.0
	for i := range from {
		far = max(far, math.Abs(to[i]-from[i])/(math.Abs(from[i])+1e-12))
	}
	return far
}

func sumOfSquares(p [3]float64, sizes, throughputs []float64) float64 {
	sum := 0.0
	for i, n := range sizes {
		off := throughputs[i] - law(p, n)
		sum += off * off
	}
	return sum
}

// normal returns the matrix JᵀJ of the slopes, and Jᵀr of what is off.
func normal(p [3]float64, sizes, throughputs []float64) (*mat.SymDense, *mat.VecDense) {
	jj, jr := mat.NewSymDense(3, nil), mat.NewVecDense(3, nil)
	for i, n := range sizes {
		s := slopes(p, n)
		for a := range 3 {
			jr.SetVec(a, jr.AtVec(a)+s[a]*(throughputs[i]-law(p, n)))
			for b := a; b < 3; b++ {
				jj.SetSym(a, b, jj.At(a, b)+s[a]*s[b])
			}
		}
	}
	return jj, jr
}

func step(p [3]float64, sizes, throughputs []float64, damping float64) (next [3]float64, ok bool) {
	jj, jr := normal(p, sizes, throughputs)
	// The parameters are of very different size: in the measure of their own
	// slopes the matrix is well conditioned.
	scale, scaled := scaledTo1(jj)
	for a := range 3 {
		scaled.SetSym(a, a, 1+damping)
		jr.SetVec(a, jr.AtVec(a)*scale[a])
	}
	var cholesky mat.Cholesky
	var by mat.VecDense
	if !cholesky.Factorize(scaled) || cholesky.SolveVecTo(&by, jr) != nil {
		return p, false
	}
	for a := range 3 {
		next[a] = p[a] + by.AtVec(a)*scale[a]
	}
	return next, true
}

// scaledTo1 returns the matrix with ones on its diagonal, and what each row and
// column was multiplied by.
func scaledTo1(m *mat.SymDense) (scale [3]float64, scaled *mat.SymDense) {
	scaled = mat.NewSymDense(3, nil)
	for a := range 3 {
		scale[a] = 1 / math.Sqrt(m.At(a, a))
	}
	for a := range 3 {
		for b := a; b < 3; b++ {
			scaled.SetSym(a, b, m.At(a, b)*scale[a]*scale[b])
		}
	}
	return scale, scaled
}

// explained is R², against a throughput that is the same everywhere.
func explained(p [3]float64, sizes, throughputs []float64) float64 {
	mean, around := Mean(throughputs), 0.0
	for _, x := range throughputs {
		around += (x - mean) * (x - mean)
	}
	if around == 0 {
		return 1
	}
	return 1 - sumOfSquares(p, sizes, throughputs)/around
}
