package reports

import (
	"errors"
	"math"
	"strings"
	"testing"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

// sourced is the demo on microservices, with what its checks may ask.
func sourced(t *testing.T) *Analysis {
	t.Helper()
	run, err := record.Load("testdata/microservices")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Analyze(run, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Every metric that the language knows is answered, and none that it does not.
func TestEveryMetricHasAValue(t *testing.T) {
	a := sourced(t)
	for _, k := range check.Metrics() {
		for _, subject := range map[check.Subjects][]string{
			check.OfEntry: {"total", "checkout"}, check.OfNode: {"payments", "catalog"},
			check.OfEither: {"total", "payments"}, check.OfGenerator: {"generator"},
		}[k.Of] {
			w := check.Window{}
			if k.After {
				w = check.Window{Kind: check.After, Name: "payments-down"}
			}
			v, err := a.Metric(check.Metric{Subject: subject, Name: k.Name, Unit: k.Unit}, w)
			if err != nil || math.IsNaN(v.Observed) || v.Low > v.Observed || v.High < v.Observed {
				t.Errorf("%s.%s: %+v, %v", subject, k.Name, v, err)
			}
			absent := strings.HasPrefix(k.Name, "failed_latency") || strings.HasPrefix(k.Name, "cache.") || strings.HasPrefix(k.Name, "discovery.")
			if v.Samples == 0 && !absent {
				t.Errorf("%s.%s has no samples", subject, k.Name)
			}
		}
	}
	for _, m := range []check.Metric{{Subject: "total", Name: "nonsense"}, {Subject: "total", Name: "latency.p98"},
		{Subject: "total", Name: "errors.bad.count"}, {Subject: "total", Name: "errors..count"}, {Subject: "generator", Name: "cpu"}} {
		if v, err := a.Metric(m, check.Window{}); err == nil {
			t.Errorf("%s is %+v", m, v)
		}
	}
}

func TestChecksOverTheRecord(t *testing.T) {
	a := sourced(t)
	for _, c := range []struct {
		text     string
		observed float64 // as of outage's making
		verdict  check.Verdict
	}{
		{"total.offered == 20/s", 20, check.Pass},
		{"total.errors.count == 42", 42, check.Pass},
		{"total.errors.timeout.count == 2", 2, check.Pass},
		{"checkout.errors.rejected-breaker.count == 40", 40, check.Pass},
		{"browse.errors.rate == 0% @during(payments-down)", 0, check.Pass},
		{"checkout.errors.rate == 100% @during(payments-down)", 1, check.Pass},
		{"checkout.latency.p50 < 1s @during(payments-down)", 0, check.Fails},
		{"total.rate == 20/s @warm-up", 20, check.Pass},
		{"total.errors.rate == 0% @phase(warm-up)", 0, check.Pass},
		{"payments.breaker.openings == 2", 2, check.Pass},
		{"payments.breaker.openings == 2 @during(payments-down)", 2, check.Pass},
		{"payments.breaker.openings == 0 @before(payments-down)", 0, check.Pass},
		{"payments.breaker.open.time == 10s", 10000, check.Pass},
		{"payments.breaker.open.time == 7.3s @during(payments-down)", 7300, check.Pass},
		{"catalog.breaker.openings == 0", 0, check.Pass},
		{"catalog.memory == 19Mi", 19 << 20, check.Pass},
		{"catalog.cpu > 0.159", 0.16, check.Pass},
		{"catalog.cpu < 0.161", 0.16, check.Pass},
		{"payments.cpu > 0.1 @during(payments-down)", 0, check.Fails},
		{"generator.lateness.max == 0.1ms", 0.1, check.Pass},
		{"total.amplification > 1", 1.0052083, check.Pass},
		{"checkout.recovery.time <= 2.46s @after(payments-down)", 2450.000001, check.Pass},
		{"browse.recovery.time == 0s @after(payments-down)", 0, check.Pass},
		{"basket.errors.rate < 1%", 0, check.Fails},
		{"total.errors.rate < 1% @during(other)", 0, check.Fails},
		{"total.errors.rate < 1% @other", 0, check.Fails},
		{"ledger.cpu < 1", 0, check.Inconclusive}, // no such node, no such component
	} {
		parsed, err := check.Parse(c.text)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		r := check.Evaluate(parsed, a, false)
		if r.Verdict != c.verdict || math.Abs(r.Value.Observed-c.observed) > 1e-4 {
			t.Errorf("%s: %s (%s), observed %v", c.text, r.Verdict, r.Reason, r.Value.Observed)
		}
	}
}

// A component is asked for at the node that hosts it.
func TestComponentMeansItsHost(t *testing.T) {
	run, err := record.Load("testdata/monolith")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Analyze(run, Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Metric(check.Metric{Subject: "payments", Name: "memory"}, check.Window{})
	if err != nil || v.Observed != 9<<20 {
		t.Errorf("%+v %v", v, err)
	}
}

// A simulated instance has no memory, which is no memory below a limit.
func TestNoMemoryIsNotLittle(t *testing.T) {
	s := steadyScript(10 * second)
	s.id.Nodes = []record.Node{{Name: "shop", Kind: "service"}}
	s.nodes = []record.NodeSample{{At: 5 * second, Node: "shop", Instance: "shop-1", Interval: second}}
	c, err := check.Parse("shop.memory < 64Mi")
	if err != nil {
		t.Fatal(err)
	}
	if r := check.Evaluate(c, s.analyze(t, Options{}), false); r.Verdict != check.Inconclusive || !strings.Contains(r.Reason, "no memory was measured") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}

// A breaker that is a node of its own counts for the node behind it and for itself.
func TestBreakerAsANode(t *testing.T) {
	s := steadyScript(10 * second)
	s.id.Nodes = []record.Node{{Name: "shop", Kind: "service"}, {Name: "guard", Kind: "breaker"}, {Name: "payments", Kind: "service"}}
	s.events = []record.Event{
		{At: second, Kind: record.BreakerState, Instance: "guard-1", Edge: "guard>payments", From: "closed", To: "open"},
	}
	a := s.analyze(t, Options{})
	for node, want := range map[string]float64{"payments": 1, "guard": 1, "shop": 0} {
		if v, err := a.Metric(check.Metric{Subject: node, Name: "breaker.openings"}, check.Window{}); err != nil || v.Observed != want {
			t.Errorf("%s: %v, %v", node, v.Observed, err)
		}
	}
}

func TestSkippedFaultIsNotApplicable(t *testing.T) {
	s := steadyScript(10 * second)
	s.id.Faults = []record.Fault{{Name: "cut", Kind: "delay"}}
	s.events = []record.Event{{Kind: record.FaultSkipped, Name: "cut", Reason: "no such edge"}}
	a := s.analyze(t, Options{})
	_, err := a.Metric(check.Metric{Subject: "total", Name: "rate"}, check.Window{Kind: check.During, Name: "cut"})
	var notApplicable *check.NotApplicableError
	if !errors.As(err, &notApplicable) || !strings.Contains(err.Error(), "no such edge") {
		t.Error(err)
	}
	_, err = a.Metric(check.Metric{Subject: "total", Name: "recovery.time"}, check.Window{Kind: check.After, Name: "cut"})
	if !errors.As(err, &notApplicable) {
		t.Error(err)
	}
}
