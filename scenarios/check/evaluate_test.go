package check

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// source answers every metric alike and remembers what it was asked.
type source struct {
	value  Value
	err    error
	metric Metric
	window Window
}

func (s *source) Metric(m Metric, w Window) (Value, error) {
	s.metric, s.window = m, w
	return s.value, s.err
}

func exactly(v float64) Value { return Value{Observed: v, Low: v, High: v, Samples: 100} }

func TestEvaluate(t *testing.T) {
	const p99 = "total.latency.p99 < 250ms"
	wide := Value{Observed: 240, Low: 200, High: 300, Samples: 100}
	nan := math.NaN()
	for _, c := range []struct {
		name, text string
		value      Value
		err        error
		strict     bool
		verdict    Verdict
		reason     string
	}{
		{name: "holds", text: p99, value: exactly(249), verdict: Pass},
		{name: "is broken", text: p99, value: exactly(250), verdict: Fails, reason: "observed 250ms"},
		{name: "reason is brief", text: p99, value: exactly(1234.56789), verdict: Fails, reason: "observed 1.235s"},
		{name: "no samples", text: p99, verdict: Fails, reason: "no samples"},
		{name: "no samples, though nothing breaks the limit", text: "total.errors.count == 0", verdict: Fails, reason: "no samples"},
		{name: "not a number", text: p99, value: exactly(nan), verdict: Fails, reason: "the value is not a number"},
		{name: "not a number is unequal to all, and yet", text: "total.errors.count != 0", value: exactly(nan), verdict: Fails, reason: "the value is not a number"},
		{name: "endless", text: p99, value: exactly(math.Inf(1)), verdict: Fails, reason: "observed +Inf"},
		{name: "beyond what was watched, which the limit is within", text: p99, value: Value{Observed: math.Inf(1), Low: 300, High: math.Inf(1), Samples: 1},
			verdict: Fails, reason: "observed +Inf"},
		{name: "beyond what was watched, which is within the limit", text: p99, value: Value{Observed: math.Inf(1), Low: 200, High: math.Inf(1), Samples: 1},
			verdict: Inconclusive, reason: "it took longer than the 200ms that were watched, and may or may not have met the limit"},
		{name: "the source knows it not", text: p99, err: errors.New("no entry total"), verdict: Fails, reason: "no entry total"},
		{name: "not applicable", text: p99 + " @during(cut)", err: fmt.Errorf("window: %w", &NotApplicableError{"cut does not apply to shop-monolith"}),
			verdict: Inconclusive, reason: "cut does not apply to shop-monolith"},
		{name: "within the interval", text: p99, value: wide, verdict: Pass},
		{name: "within the interval, strictly", text: p99, value: wide, strict: true, verdict: Inconclusive,
			reason: "the limit lies inside the interval 200ms to 300ms"},
		{name: "at the interval's edge, strictly", text: "total.latency.p99 <= 300ms", value: wide, strict: true, verdict: Pass},
		{name: "no interval known, strictly", text: p99, value: exactly(240), strict: true, verdict: Pass},
		{name: "no interval known, and at the limit", text: "total.latency.p99 <= 250ms", value: exactly(250), strict: true, verdict: Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			parsed, err := Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			s := &source{value: c.value, err: c.err}
			r := Evaluate(parsed, s, c.strict)
			if r.Verdict != c.verdict || r.Reason != c.reason {
				t.Errorf("got %s (%s), want %s (%s)", r.Verdict, r.Reason, c.verdict, c.reason)
			}
			if s.metric != parsed.Metric || s.window != parsed.Window || r.Check != parsed {
				t.Errorf("asked for %v in %v", s.metric, s.window)
			}
		})
	}
}

func TestOperators(t *testing.T) {
	for op, want := range map[string][3]bool{ // below, at and above the limit
		"<": {true, false, false}, "<=": {true, true, false}, "==": {false, true, false},
		">": {false, false, true}, ">=": {false, true, true}, "!=": {true, false, true},
		"": {}, "<>": {}, // what Parse would not give never holds
	} {
		for i, observed := range []float64{4, 5, 6} {
			if (Check{Op: op, Limit: 5}).holds(observed) != want[i] {
				t.Errorf("%v %s 5 is not %v", observed, op, want[i])
			}
		}
	}
}

// TestNoDoubtPasses: whatever a source says, a pass has samples, a number, no
// error, and strictly no limit inside its interval.
func TestNoDoubtPasses(t *testing.T) {
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 5, math.NaN(), math.Inf(1), math.Inf(-1)}))
	rapid.Check(t, func(t *rapid.T) {
		s := &source{value: Value{number.Draw(t, "observed"), number.Draw(t, "low"), number.Draw(t, "high"), rapid.IntRange(0, 2).Draw(t, "samples")}}
		if rapid.Bool().Draw(t, "error") {
			s.err = errors.New("cannot be had")
		}
		strict := rapid.Bool().Draw(t, "strict")
		k := rapid.SampledFrom(Metrics()).Draw(t, "metric")
		c := Check{Metric: Metric{"total", k.Name, k.Unit}, Op: rapid.SampledFrom([]string{"<", "!=", ">="}).Draw(t, "op"), Limit: 5}
		r := Evaluate(c, s, strict)
		if (r.Verdict == Pass) != (r.Reason == "") {
			t.Fatalf("%s with the reason %q", r.Verdict, r.Reason)
		}
		if r.Verdict == Pass && (s.err != nil || s.value.Samples == 0 || math.IsNaN(s.value.Observed) ||
			strict && s.value.Low < 5 && 5 < s.value.High) {
			t.Fatalf("passes with %+v, %v", s.value, s.err)
		}
	})
}
