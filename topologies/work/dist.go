package work

import (
	"math"
	"time"
)

// DistKind names a family of distributions.
type DistKind string

// The families. Their parameters are in the comment of each.
const (
	Constant    DistKind = "constant"    // A
	Exponential DistKind = "exponential" // A: mean
	Lognormal   DistKind = "lognormal"   // A: median, B: 99th percentile
	Uniform     DistKind = "uniform"     // A to B
	Pareto      DistKind = "pareto"      // A: minimum, Shape: tail index, above 0
	Mix         DistKind = "mix"         // Parts, drawn by Weight
	Empirical   DistKind = "empirical"   // Values, each as likely
)

// Dist is a distribution of durations. The zero Dist is the constant 0.
type Dist struct {
	Kind   DistKind        `json:"kind,omitempty"`
	A      time.Duration   `json:"a,omitempty"`
	B      time.Duration   `json:"b,omitempty"`
	Shape  float64         `json:"shape,omitempty"`
	Values []time.Duration `json:"values,omitempty"`
	Parts  []DistPart      `json:"parts,omitempty"`
}

// DistPart is one component of a mix.
type DistPart struct {
	Weight float64 `json:"weight"`
	Of     Dist    `json:"of"`
}

// ConstantOf returns the distribution that always gives d.
func ConstantOf(d time.Duration) Dist { return Dist{Kind: Constant, A: d} }

// z99 is the standard normal's 99th percentile.
const z99 = 2.3263478740408408

// Draw returns the identity's duration: never negative, at most an hour, so
// that a heavy tail cannot outlive a run.
func (d Dist) Draw(id Identity) time.Duration {
	v := 0.0
	switch d.Kind {
	case Exponential:
		v = float64(d.A) * id.Exponential()
	case Lognormal:
		v = float64(d.A) * math.Exp(d.sigma()*id.Normal())
	case Uniform:
		v = float64(d.A) + float64(d.B-d.A)*id.Float64()
	case Pareto:
		v = float64(d.A) * math.Pow(1-id.Float64(), -1/d.Shape)
	case Mix:
		if len(d.Parts) > 0 {
			return d.Parts[d.part(id.Child(0))].Of.Draw(id.Child(1))
		}
	case Empirical:
		if len(d.Values) > 0 {
			v = float64(d.Values[id.Intn(len(d.Values))])
		}
	default:
		v = float64(d.A)
	}
	return time.Duration(bounded(v, float64(time.Hour)))
}

// part returns the index of the part of a mix that the identity draws by weight.
func (d Dist) part(id Identity) int {
	total := 0.0
	for _, p := range d.Parts {
		total += p.Weight
	}
	at := id.Float64() * total
	for i, p := range d.Parts {
		if at -= p.Weight; at < 0 {
			return i
		}
	}
	return len(d.Parts) - 1 // the weights' rounding error, or no weight at all
}

// Mean returns the distribution's mean, ignoring Draw's limit of an hour. The
// largest duration stands for any mean that is longer, also for the infinite
// one of a Pareto of shape 1 or less.
func (d Dist) Mean() time.Duration {
	if v := bounded(d.mean(), math.MaxInt64); v < math.MaxInt64 {
		return time.Duration(math.Round(v))
	}
	return math.MaxInt64
}

// bounded keeps v between 0 and most. What is no number becomes 0: it is 0
// times infinity, as in a Pareto of minimum 0 and a tail past all bounds.
func bounded(v, most float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v, most)
}

func (d Dist) mean() float64 {
	switch d.Kind {
	case Lognormal:
		s := d.sigma()
		return float64(d.A) * math.Exp(s*s/2)
	case Uniform:
		return float64(d.A)/2 + float64(d.B)/2
	case Pareto:
		switch {
		case d.A <= 0:
			return 0
		case d.Shape <= 1:
			return math.Inf(1)
		}
		return float64(d.A) * d.Shape / (d.Shape - 1)
	case Mix:
		total, sum := 0.0, 0.0
		for _, p := range d.Parts {
			if p.Weight > 0 { // 0 times an infinite mean would be no number
				total += p.Weight
				sum += p.Weight * p.Of.mean()
			}
		}
		if total == 0 {
			return 0
		}
		return sum / total
	case Empirical:
		sum := 0.0
		for _, v := range d.Values {
			sum += float64(v)
		}
		return sum / float64(max(1, len(d.Values)))
	default: // constant, exponential
		return float64(d.A)
	}
}

func (d Dist) sigma() float64 {
	if d.A <= 0 || d.B <= d.A {
		return 0
	}
	return math.Log(float64(d.B)/float64(d.A)) / z99
}
