// Package check is the language of promises:
//
//	checkout.latency.p99 < 250ms @during(payments-down)
//	total.errors.rate <= 1% @before(payments-down)
//	checkout.recovery.time <= 12s @after(payments-down)
//	payments.breaker.openings >= 1
//
// A check is a metric path, a comparison, a limit with its unit, and an optional
// window. It is evaluated over any Source of metrics: a record, or a live stream.
package check

import "time"

// Check is one parsed promise.
type Check struct {
	Text   string // as written
	Metric Metric
	Op     string  // < <= > >= == !=
	Limit  float64 // in the metric's unit: milliseconds, a share from 0 to 1, a rate per second, a count
	Window Window
}

// Metric is a path like checkout.latency.p99: a subject and what is measured of it.
type Metric struct {
	Subject string // an entry, "total", or a node
	Name    string // "latency.p99"
	Unit    Unit
}

// Unit is the unit of a metric's values.
type Unit string

// The units, with what a limit is written like.
const (
	Millis Unit = "ms"    // 250ms, 1.5s
	Share  Unit = "share" // 0.1%
	Rate   Unit = "/s"    // 200/s
	Count  Unit = "count" // 5
	Size   Unit = "bytes" // 64Mi
	Cores  Unit = "cores" // 0.5
	Ratio  Unit = "ratio" // 1.3
)

// Span is a stretch of a run, since its begin.
type Span struct{ From, To time.Duration }

// Value is what a Source found for a metric in a window.
type Value struct {
	Observed  float64
	Low, High float64 // a 95 % interval; equal to Observed where none is known
	Samples   int     // 0: there is nothing to judge
}

// Source answers for metrics. An error says why a metric cannot be had: it is
// unknown, its subject does not exist, or, as a *NotApplicableError, the
// window's fault did not apply.
type Source interface {
	Metric(m Metric, w Window) (Value, error)
}

// Verdict is how a check ended.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"
	Fails        Verdict = "fail"
	Inconclusive Verdict = "inconclusive" // the limit lies inside the interval, with Strict; or nothing to judge
)

// Result is a check with what was found.
type Result struct {
	Check   Check
	Value   Value
	Verdict Verdict
	Reason  string // why it did not pass, in words; "no samples"
}

// String returns the check in its canonical form, which Parse reads as the same check.
func (c Check) String() string {
	return c.Metric.String() + " " + c.Op + " " + c.Metric.Unit.Format(c.Limit) + c.Window.suffix()
}

// String returns the path.
func (m Metric) String() string { return m.Subject + "." + m.Name }
