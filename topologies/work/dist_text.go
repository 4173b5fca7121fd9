package work

import (
	"fmt"
	"strings"
)

// String says the distribution in words: "5ms", "exponential 20ms",
// "lognormal median 5ms p99 40ms".
func (d Dist) String() string {
	switch d.Kind {
	case Exponential:
		return fmt.Sprintf("exponential %v", d.A)
	case Lognormal:
		return fmt.Sprintf("lognormal median %v p99 %v", d.A, d.B)
	case Uniform:
		return fmt.Sprintf("uniform %v to %v", d.A, d.B)
	case Pareto:
		return fmt.Sprintf("pareto minimum %v shape %g", d.A, d.Shape)
	case Mix:
		parts := make([]string, len(d.Parts))
		for i, p := range d.Parts {
			parts[i] = fmt.Sprintf("%g× %v", p.Weight, p.Of)
		}
		return "mix of " + strings.Join(parts, ", ")
	case Empirical:
		return fmt.Sprintf("one of %d values", len(d.Values))
	default:
		return d.A.String()
	}
}
