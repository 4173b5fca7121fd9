package stats

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// USL is the Universal Scalability Law (Gunther 1993; Guerrilla Capacity
// Planning, 2007) fitted to a system that was driven at several sizes N:
//
//	X(N) = γN / (1 + α(N-1) + βN(N-1))
//
// with the throughput γ of one, the share α that queues for something shared
// (contention), and the share β that each pays for keeping in step with each
// other (coherency).
type USL struct {
	Gamma, Alpha, Beta Estimate
	// Peak is the N at which the throughput is largest, √((1-α)/β); nil where β
	// is not above 0 or α not below 1: the curve has no peak.
	Peak *Estimate
	// PeakX is the throughput there; 0 without a peak.
	PeakX   float64
	R2      float64 // of what the throughput varies, the share that the law explains
	Samples int
}

// Estimate is a fitted value with its 95 % interval, infinite where three
// samples leave nothing to judge it by.
type Estimate struct{ Value, Low, High float64 }

// At returns the throughput that the law gives for a size.
func (u *USL) At(n float64) float64 {
	return law([3]float64{u.Gamma.Value, u.Alpha.Value, u.Beta.Value}, n)
}

// ErrNoUSL says that a fit is not possible.
var ErrNoUSL = errors.New("fit the scalability law: at least three different sizes with a throughput above 0 are needed")

// FitUSL fits the law to throughputs at sizes by least squares of the
// throughput, all three parameters free and none bounded: a β below 0 says that
// the law does not hold. The sizes are above 0. The intervals are those of the
// linear approximation at the solution, by Student's t.
func FitUSL(sizes, throughputs []float64) (*USL, error) {
	if distinct(sizes) < 3 || len(sizes) != len(throughputs) || !allPositive(sizes) || !allPositive(throughputs) {
		return nil, ErrNoUSL
	}
	p, err := firstGuess(sizes, throughputs)
	if err != nil {
		return nil, err
	}
	p = descend(p, sizes, throughputs)
	u := &USL{Gamma: Estimate{Value: p[0]}, Alpha: Estimate{Value: p[1]}, Beta: Estimate{Value: p[2]},
		Samples: len(sizes), R2: explained(p, sizes, throughputs)}
	u.bound(p, sizes, throughputs)
	return u, nil
}

func distinct(values []float64) int {
	seen := map[float64]bool{}
	for _, v := range values {
		seen[v] = true
	}
	return len(seen)
}

// bound adds the intervals and the peak.
func (u *USL) bound(p [3]float64, sizes, throughputs []float64) {
	var covariance mat.SymDense
	freedom, t := float64(len(sizes)-3), math.Inf(1)
	variance := 0.0
	jj, _ := normal(p, sizes, throughputs)
	scale, scaled := scaledTo1(jj)
	var cholesky mat.Cholesky
	known := freedom > 0 && cholesky.Factorize(scaled) && cholesky.InverseTo(&covariance) == nil
	if known {
		t = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(1 - (1-Level)/2)
		variance = sumOfSquares(p, sizes, throughputs) / freedom
	}
	half := func(by [3]float64) float64 {
		if !known {
			return math.Inf(1)
		}
		v := 0.0
		for a := range 3 {
			for b := range 3 {
				v += by[a] * by[b] * scale[a] * scale[b] * covariance.At(a, b)
			}
		}
		return t * math.Sqrt(max(v*variance, 0))
	}
	for a, e := range []*Estimate{&u.Gamma, &u.Alpha, &u.Beta} {
		by := [3]float64{}
		by[a] = 1
		e.Low, e.High = e.Value-half(by), e.Value+half(by)
	}
	alpha, beta := p[1], p[2]
	if beta <= 0 || alpha >= 1 {
		return
	}
	// By the slopes of log N: the interval is lopsided, as N cannot be below 0.
	at, far := math.Sqrt((1-alpha)/beta), half([3]float64{0, -0.5 / (1 - alpha), -0.5 / beta})
	u.Peak, u.PeakX = &Estimate{at, at * math.Exp(-far), at * math.Exp(far)}, law(p, at)
}
