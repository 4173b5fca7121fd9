package reports

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// stretched is the demo's run with all latencies longer by a factor.
func stretched(t *testing.T, topology string, seed uint64, engine string, factor float64) *Analysis {
	t.Helper()
	s := outage(topology, seed)
	s.id.Engine = engine
	if engine == record.Simulated {
		s.id.Backend = ""
		s.id.Environment = record.Environment{OS: "plan9", Cores: 1}
	}
	for i := range s.requests {
		q := &s.requests[i]
		if q.Cause == policy.OK {
			q.Done = q.Intended + time.Duration(factor*float64(q.Latency()))
		}
	}
	return s.analyze(t, Options{})
}

// twins are live runs, some slower than others, and simulated ones that are off by a factor.
func twins(t *testing.T, off float64) (live, simulated []*Analysis) {
	t.Helper()
	for _, topology := range []string{"shop-monolith", "shop-microservices"} {
		for k, factor := range []float64{1, 1.02, 0.98, 1.04, 0.96} {
			live = append(live, stretched(t, topology, uint64(k), record.Live, factor))
			simulated = append(simulated, stretched(t, topology, uint64(k), record.Simulated, factor*off))
		}
	}
	return live, simulated
}

func (t *TwinReport) metric(tb testing.TB, topology, group, name string) TwinMetric {
	tb.Helper()
	for _, s := range t.Sides {
		for _, m := range s.Metrics {
			if s.Topology == topology && m.Group == group && m.Metric == name {
				return m
			}
		}
	}
	tb.Fatalf("no %s %s on %s", group, name, topology)
	return TwinMetric{}
}

func TestTwinsThatAgree(t *testing.T) {
	report, err := Twin(twins(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if report.Within != report.Judged || report.Judged < 30 || !strings.Contains(report.Finding, "on all") {
		t.Errorf("%d of %d: %s", report.Within, report.Judged, report.Finding)
	}
	m := report.metric(t, "shop-monolith", "browse", "p99")
	if m.Error == nil || *m.Error != 0 || m.Low == nil || *m.Low >= 0 || *m.High <= 0 {
		t.Errorf("%+v", m)
	}
	if len(report.Doubts) > 0 {
		t.Error(report.Doubts)
	}
}

// 8 % are within the aim of a tenth, 20 % are not, and a rate has to be exact.
func TestTwinsThatDiffer(t *testing.T) {
	for _, c := range []struct {
		off    float64
		within bool
	}{{1.08, true}, {0.92, true}, {1.2, false}, {0.8, false}} {
		report, err := Twin(twins(t, c.off))
		if err != nil {
			t.Fatal(err)
		}
		m := report.metric(t, "shop-microservices", "checkout", "p50")
		if m.Within != c.within || math.Abs(*m.Error-(c.off-1)) > 1e-6 || *m.Low > *m.Error || *m.High < *m.Error {
			t.Errorf("%v: %+v, %v in %v to %v", c.off, m, *m.Error, *m.Low, *m.High)
		}
		if m := report.metric(t, "shop-microservices", "checkout", "throughput"); !m.Within || *m.Error != 0 {
			t.Errorf("%v: %+v", c.off, m)
		}
		if worst := !strings.Contains(report.Finding, "worst"); worst != c.within {
			t.Errorf("%v: %s", c.off, report.Finding)
		}
	}
}

// What live runs vary in by more than the aim may be off by as much.
func TestTwinsInTheRangeOfTheLive(t *testing.T) {
	live, simulated := twins(t, 1.2)
	for k := range 2 { // two of five: the median stays
		live[k] = stretched(t, "shop-monolith", uint64(k), record.Live, 1.5)
	}
	report, err := Twin(live, simulated)
	if err != nil {
		t.Fatal(err)
	}
	if m := report.metric(t, "shop-monolith", "all", "p50"); !m.Within || !m.InRange || *m.Error < 0.1 {
		t.Errorf("%+v", m)
	}
}

func TestTwinsOfCountsAndRecovery(t *testing.T) {
	live, simulated := twins(t, 1)
	s := outage("shop-microservices", 0)
	s.id.Engine, s.id.Backend = record.Simulated, ""
	s.events = append(s.events,
		record.Event{At: 30 * second, Kind: record.BreakerState, Node: "checkout", Instance: "checkout-1", Edge: "checkout>payments", From: "closed", To: "open"},
		record.Event{Kind: record.Note, Name: record.NoteCalibration, Reason: "outside the calibration: far"})
	for i := range simulated {
		if simulated[i].Topology == "shop-microservices" {
			simulated[i] = s.analyze(t, Options{})
		}
	}
	report, err := Twin(live, simulated)
	if err != nil {
		t.Fatal(err)
	}
	if m := report.metric(t, "shop-microservices", "system", "breaker openings"); m.Within || m.InRange || m.Aim != 0 || *m.Simulated.Median != 3 {
		t.Errorf("%+v", m)
	}
	if m := report.metric(t, "shop-microservices", "payments-down", "recovery, checkout"); !m.Within || m.Aim != RecoveryAim {
		t.Errorf("%+v", m)
	}
	notes := strings.Join(report.Notes, "\n")
	if !strings.Contains(notes, "far") || !strings.Contains(notes, "seeds differ") {
		t.Error(notes)
	}
}

// A recovery that came in neither engine agrees; one that came in one does not.
func TestTwinsBeyondTheRun(t *testing.T) {
	never := func(*Analysis) (float64, bool) { return math.Inf(1), true }
	soon := func(a *Analysis) (float64, bool) {
		if a.Engine == record.Live {
			return 1000, true
		}
		return math.Inf(1), true
	}
	live, simulated := twins(t, 1)
	g, m := &runGroup{runs: live[:5]}, &runGroup{runs: simulated[:5]}
	if j, ok := (twinMetric{comparedMetric{unit: millisUnit, of: never}, RecoveryAim, FloorMS, false}).judge(g, m); !ok || !j.Within || j.Error != nil {
		t.Errorf("%+v", j)
	}
	if j, ok := (twinMetric{comparedMetric{unit: millisUnit, of: soon}, RecoveryAim, FloorMS, false}).judge(g, m); !ok || j.Within {
		t.Errorf("%+v", j)
	}
}

// Small shares and short recoveries differ by chance.
func TestTwinFloors(t *testing.T) {
	of := func(live, simulated float64) func(*Analysis) (float64, bool) {
		return func(a *Analysis) (float64, bool) {
			if a.Engine == record.Live {
				return live, true
			}
			return simulated, true
		}
	}
	live, simulated := twins(t, 1)
	g, m := &runGroup{runs: live[:5]}, &runGroup{runs: simulated[:5]}
	for _, c := range []struct {
		metric          twinMetric
		live, simulated float64
		within          bool
	}{
		{twinMetric{aim: RateAim, floor: 100 * ShareFloor}, 0.05, 0.1, true},
		{twinMetric{aim: RateAim, floor: 100 * ShareFloor}, 0, 0.1, true},
		{twinMetric{aim: RateAim, floor: 100 * ShareFloor}, 0, 0.2, false},
		{twinMetric{aim: RateAim, floor: 100 * ShareFloor}, 20, 20.3, true},
		{twinMetric{aim: RateAim, floor: 100 * ShareFloor}, 20, 20.5, false},
		{twinMetric{aim: RecoveryAim, floor: FloorMS}, 20, 110, true},
		{twinMetric{aim: RecoveryAim, floor: FloorMS}, 1000, 1190, true},
		{twinMetric{aim: RecoveryAim, floor: FloorMS}, 1000, 790, false},
		{twinMetric{orRange: true}, 3, 3, true},
		{twinMetric{orRange: true}, 3, 2, false},
	} {
		c.metric.of = of(c.live, c.simulated)
		if j, _ := c.metric.judge(g, m); j.Within != c.within {
			t.Errorf("%v for %v: within is %v", c.simulated, c.live, j.Within)
		}
	}
}

func TestWhatAreNoTwins(t *testing.T) {
	live, simulated := twins(t, 1)
	other := outage("shop-monolith", 1)
	other.id.Engine, other.id.Scenario = record.Simulated, "spike"
	rate := outage("shop-monolith", 1)
	rate.id.Engine, rate.id.Phases[1].Rate = record.Simulated, 77
	for name, c := range map[string]struct {
		live, simulated []*Analysis
		want            string
	}{
		"none":          {nil, simulated, "both engines"},
		"mixed up":      {simulated, live, "of the simulated engine, not of the live one"},
		"no topology":   {live, simulated[:5], "no simulated run on shop-microservices"},
		"no live":       {live[:5], simulated, "no live run on shop-microservices"},
		"scenario":      {live[:5], []*Analysis{other.analyze(t, Options{})}, "the scenario differs"},
		"another phase": {live[:5], []*Analysis{rate.analyze(t, Options{})}, "the phases of load differ"},
	} {
		_, err := Twin(c.live, c.simulated)
		var different *DifferentError
		if !errors.As(err, &different) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwinDocument(t *testing.T) {
	report, err := Twin(twins(t, 1.3))
	if err != nil {
		t.Fatal(err)
	}
	d := report.Document()
	first, ok := d.Sections[0].Blocks[0].(Paragraph)
	if !ok || first.Text != report.Finding || d.Data != any(report) {
		t.Errorf("%+v", d.Sections[0])
	}
	if !strings.Contains(d.Sections[1].Title, "shop-monolith") {
		t.Error(d.Sections[1].Title)
	}
}
