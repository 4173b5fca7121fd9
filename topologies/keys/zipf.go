package keys

import (
	"math"

	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Zipf draws key k of 1..Of in proportion to k^-S: a few are asked for all the
// time and most hardly ever.
type Zipf struct {
	S  float64 `yaml:"s" default:"1" min:"0" max:"20" doc:"the exponent: how much more popular the first keys are; 0: all alike"`
	Of int     `yaml:"of" required:"true" min:"1" max:"1000000000" doc:"how many keys there are"`
}

// Sampler implements Source. It is rejection-inversion after Hörmann and
// Derflinger, "Rejection-inversion to generate variates from monotone discrete
// distributions" (ACM TOMACS 6.3, 1996), which is exact but for rounding, needs
// no table, and draws 1.2 uniform numbers on the average at most.
//
// With h(x) = x^-S and H its integral, the area below h from 3/2 to Of + 1/2,
// together with a bar of area h(1) at its left, is drawn from uniformly. The area
// of k reaches from H(k-1/2) to H(k+1/2). By the convexity of h it is no smaller
// than h(k), and what lies outside the last h(k) of it is drawn again.
func (z *Zipf) Sampler() func(work.Identity) uint64 {
	s, of := z.S, float64(max(1, z.Of))
	low, high := integral(1.5, s)-1, integral(of+0.5, s)
	// A draw this little below its key is never one to be drawn again.
	safe := 2 - inverse(integral(2.5, s)-math.Pow(2, -s), s)
	return func(id work.Identity) uint64 {
		for n := uint64(0); ; n++ {
			u := high + id.Child(n).Float64()*(low-high) // in (low, high]
			x := inverse(u, s)
			k := min(max(math.Floor(x+0.5), 1), of)
			if k-x <= safe || u >= integral(k+0.5, s)-math.Pow(k, -s) {
				return uint64(k)
			}
		}
	}
}

// integral is H: that of t^-s from 1 to x. It is written so that it is as exact
// at s = 1, where it is the logarithm, and near it.
func integral(x, s float64) float64 {
	log := math.Log(x)
	return quotient(math.Expm1, (1-s)*log) * log
}

// inverse is the x with integral(x, s) = y.
func inverse(y, s float64) float64 {
	t := max(-1, y*(1-s)) // rounding must not push it out of what has a logarithm
	return math.Exp(quotient(math.Log1p, t) * y)
}

// quotient is f(x)/x, and 1 at 0, for an f that is x + O(x²) there.
func quotient(f func(float64) float64, x float64) float64 {
	if x == 0 {
		return 1
	}
	return f(x) / x
}

func init() {
	Sources.Register(def.Def[Source]{
		Name: "zipf",
		Doc: "a few keys are asked for all the time and most hardly ever: key: {zipf: {s: 1.1, of: 10000}}\n" +
			"Key k of 1..of comes in proportion to 1/kˢ. Web requests are near s = 0.6 to 1 (Breslau et al., \"Web\n" +
			"caching and Zipf-like distributions\", 1999). The draw is exact (Hörmann and Derflinger, 1996).",
		New: func() Source { return &Zipf{} },
	})
}
