package check

import (
	"errors"
	"fmt"
	"math"
)

// NotApplicableError is what a Source says where the topology cannot have what
// a check asks for: the fault of its window did not apply there, nothing of its
// subject's name exists, or the engine measures no such thing. The check is then inconclusive, where any other
// error of a Source fails it.
type NotApplicableError struct{ Reason string }

func (e *NotApplicableError) Error() string { return e.Reason }

// Evaluate judges a check by what a Source finds. A doubt never passes:
//
//   - an error of the Source (a metric that it does not know, a window that the
//     run never came to) fails, with the error as the reason;
//   - a *NotApplicableError is inconclusive;
//   - no samples fails, and so does a value that is no number;
//   - a value beyond what was watched (infinite, with a finite lower end) that
//     might still have met the limit is inconclusive;
//   - a limit strictly inside the interval is inconclusive when strict; a pass
//     or a failure by the observed value otherwise.
func Evaluate(c Check, s Source, strict bool) Result {
	v, err := s.Metric(c.Metric, c.Window)
	r := Result{Check: c, Value: v, Verdict: Fails}
	var notApplicable *NotApplicableError
	switch {
	case errors.As(err, &notApplicable):
		r.Verdict, r.Reason = Inconclusive, notApplicable.Reason
	case err != nil:
		r.Reason = err.Error()
	case v.Samples == 0:
		r.Reason = "no samples"
	case math.IsNaN(v.Observed):
		r.Reason = "the value is not a number"
	case math.IsInf(v.Observed, 1) && v.Low < c.Limit && (c.Op == "<" || c.Op == "<="):
		r.Verdict = Inconclusive
		r.Reason = fmt.Sprintf("it took longer than the %s that were watched, and may or may not have met the limit", c.Metric.Unit.Brief(v.Low))
	case strict && v.Low < c.Limit && c.Limit < v.High:
		r.Verdict = Inconclusive
		r.Reason = fmt.Sprintf("the limit lies inside the interval %s to %s",
			c.Metric.Unit.Brief(v.Low), c.Metric.Unit.Brief(v.High))
	case c.holds(v.Observed):
		r.Verdict = Pass
	default:
		r.Reason = "observed " + c.Metric.Unit.Brief(v.Observed)
	}
	return r
}

// holds compares by the operator.
func (c Check) holds(observed float64) bool {
	switch c.Op {
	case "<":
		return observed < c.Limit
	case "<=":
		return observed <= c.Limit
	case ">":
		return observed > c.Limit
	case ">=":
		return observed >= c.Limit
	case "==":
		return observed == c.Limit
	case "!=":
		return observed != c.Limit
	default:
		return false
	}
}
