package reports

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// busyScript is 40,000 requests in three phases, with a fault in the last one.
func busyScript(oneIn uint64) *script {
	s := steadyScript(0)
	s.id.Sampling.OneIn = oneIn
	s.id.Entries = []string{"home", "cart"}
	s.id.Phases = []record.Phase{
		{Name: "warm-up", For: record.Millis(5 * second), Warmup: true},
		{Name: "low", Begin: record.Millis(5 * second), For: record.Millis(10 * second), Rate: 1000},
		{Name: "high", Begin: record.Millis(15 * second), For: record.Millis(25 * second), Rate: 1000},
	}
	s.id.Checks = []string{"home.latency.p99 < 1s", "total.errors.rate < 50% @during(down)", "cart.latency.p95 < 1s @low", "generator.lateness.p99 < 1s"}
	s.fault("down", 20*second, 25*second)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 40_000 {
		at := time.Duration(i) * milli
		entry, cause := "home", policy.OK
		if r.Float64() < 0.2 {
			entry = "cart"
		}
		share := 0.01
		if at >= 20*second && at < 25*second {
			share = 0.3
		}
		if r.Float64() < share {
			cause = []policy.Cause{policy.Timeout, policy.Refused, policy.Unsent}[r.IntN(3)]
		}
		s.send(entry, at, time.Duration(math.Exp(1+r.NormFloat64())*1e6), cause)
		q := &s.requests[i]
		q.Calls, q.Attempts = 2, 2+r.IntN(2)
		switch {
		case at < 5*second:
			q.Phase = "warm-up"
		case at < 15*second:
			q.Phase = "low"
		default:
			q.Phase = "high"
		}
	}
	return s
}

// within says whether two values differ by at most that share of the one.
func within(got, want, share float64) bool { return math.Abs(got-want) <= share*math.Abs(want) }

// What is counted of a whole phase is the same in a sample and in the full
// record, and quantiles are within the histogram's error.
func TestSampledRecordAgreesWithTheFull(t *testing.T) {
	full, sampled := busyScript(0).analyze(t, Options{}), busyScript(20).analyze(t, Options{})
	if n := len(sampled.samples.list); n < 1500 || n > 2500 {
		t.Fatalf("%d requests are kept", n)
	}
	for _, entry := range full.Entries {
		for phase, want := range full.Results[entry] {
			got := sampled.Results[entry][phase]
			if got.Offered != want.Offered || got.Sent != want.Sent || got.OK != want.OK || got.Rate != want.Rate || got.Amplification != want.Amplification {
				t.Errorf("%s in %s: %+v, want %+v", entry, phase, got, want)
			}
			for cause, n := range want.Failed {
				if got.Failed[cause] != n {
					t.Errorf("%s in %s: %d %s, want %d", entry, phase, got.Failed[cause], cause, n)
				}
			}
			for _, pair := range [][2]*Quantiles{{got.LatencyMS, want.LatencyMS}, {got.FailedLatencyMS, want.FailedLatencyMS}} {
				g, w := pair[0], pair[1]
				if g.Count != w.Count || g.Max != w.Max || !within(g.Mean, w.Mean, 1e-9) {
					t.Errorf("%s in %s: %+v, want %+v", entry, phase, g, w)
				}
				for _, q := range [][2]float64{{g.P50, w.P50}, {g.P90, w.P90}, {g.P95, w.P95}, {g.P99, w.P99}, {g.P999, w.P999}} {
					if !within(q[0], q[1], 1.001*record.HistogramError) {
						t.Errorf("%s in %s: %v, want %v", entry, phase, q[0], q[1])
					}
				}
			}
		}
	}
	if g, w := sampled.Generator, full.Generator; g.Dropped != w.Dropped || !within(g.LatenessMS.P99, w.LatenessMS.P99, 0.006) || g.LateShare != w.LateShare {
		t.Errorf("%+v, want %+v", g, w)
	}
	if sampled.Amplification != full.Amplification || sampled.Verdict != full.Verdict {
		t.Error(sampled.Amplification, full.Amplification, sampled.Verdict, full.Verdict)
	}
}

// Windows are read off the sample and scaled to all.
func TestSampledWindows(t *testing.T) {
	full, sampled := busyScript(0).analyze(t, Options{}), busyScript(20).analyze(t, Options{})
	got, want := sampled.Faults[0].During[Total], full.Faults[0].During[Total]
	// 250 of 5,000: the root of it is 16, or 6 %.
	if !within(float64(got.Offered), float64(want.Offered), 0.25) || got.Offered%20 != 0 || !within(got.ErrorShare, want.ErrorShare, 0.4) ||
		!within(got.LatencyMS.P50, want.LatencyMS.P50, 0.4) || got.Offered != got.OK+got.Failed.Sum() {
		t.Errorf("%+v, want %+v", got, want)
	}
	// An interval knows how few were looked at.
	for i, c := range sampled.Checks {
		f := full.Checks[i]
		wide, narrow := *c.High-*c.Low, *f.High-*f.Low
		if ofWindow := strings.Contains(c.That, "@during"); ofWindow != (wide > 2*narrow) || ofWindow != (c.Samples < f.Samples) {
			t.Errorf("%s: %d samples, %v wide; of all %d, %v", c.That, c.Samples, wide, f.Samples, narrow)
		}
	}
	if _, ok := sampled.Faults[0].Recovery[Total]; !ok {
		t.Error("no recovery")
	}
}

func TestSampledRecordSaysSo(t *testing.T) {
	full, sampled := busyScript(0).analyze(t, Options{}), busyScript(20).analyze(t, Options{})
	said := func(a *Analysis, what string) bool { return strings.Contains(strings.Join(a.Warnings, "\n"), what) }
	if !said(sampled, "one in 20 of the requests") || said(sampled, "no record of") || said(full, "one in") {
		t.Errorf("%q and %q", sampled.Warnings, full.Warnings)
	}
	if sampled.Sampling.OneIn != 20 || full.Sampling.Thinned() {
		t.Error(sampled.Sampling)
	}
}

// An entry of which the sample has nothing is there all the same.
func TestSampleWithoutAnEntry(t *testing.T) {
	s := steadyScript(5 * second)
	s.id.Sampling.OneIn = 1000
	s.send("rare", second, milli, policy.OK)
	s.requests[0].Phase = "steady"
	for len(s.requests) > 0 {
		a := s.analyze(t, Options{})
		if a.Results["rare"][All].OK != 1 || a.Results[Total][All].LatencyMS.P50 != 1 {
			t.Errorf("%+v", a.Results["rare"][All])
		}
		if len(a.samples.list) == 0 {
			return // as it should be; else another number is drawn
		}
		s.requests[0].Seq++
	}
}

// A sampled record whose histograms were lost is partial, and its sample is scaled.
func TestSampleWithoutHistograms(t *testing.T) {
	s := busyScript(20)
	dir := t.TempDir() + "/run"
	s.write(t, dir)
	run, err := record.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	run.Tallies, run.Damage = nil, []string{"histograms.json: is missing"}
	a, err := Analyze(run, Options{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	if m := a.Results[Total][All]; a.Verdict != Partial || !within(float64(m.Offered), 35_000, 0.1) || m.Offered != m.OK+m.Failed.Sum() {
		t.Errorf("%s: %+v", a.Verdict, m)
	}
}

func TestValuesOfAHistogram(t *testing.T) {
	var h record.Histogram
	var single values
	for i := range 1000 {
		h.Add(time.Duration(i/10) * milli)
		single.add(time.Duration(i/10) * milli)
	}
	v := histogrammed(&h)
	for _, limit := range []float64{-1, 0, 0.5, 50.5, 98.5, 99, 100} {
		if got, want := v.above(limit), single.above(limit); got != want {
			t.Errorf("%d above %v, want %d", got, limit, want)
		}
	}
	for _, p := range []float64{0.001, 0.5, 0.99, 1} {
		if !within(v.quantile(p), single.quantile(p), record.HistogramError) {
			t.Errorf("p %v is %v, want %v", p, v.quantile(p), single.quantile(p))
		}
		lowGot, highGot := v.quantileInterval(p)
		lowWant, highWant := single.quantileInterval(p)
		if !within(lowGot, lowWant, record.HistogramError) && lowGot != lowWant || !within(highGot, highWant, record.HistogramError) && highGot != highWant {
			t.Errorf("p %v in %v to %v, want %v to %v", p, lowGot, highGot, lowWant, highWant)
		}
	}
	lowGot, highGot := v.meanInterval()
	lowWant, highWant := single.meanInterval()
	if !within(lowGot, lowWant, 0.01) || !within(highGot, highWant, 0.01) || v.mean() != single.mean() {
		t.Errorf("mean %v in %v to %v, want %v in %v to %v", v.mean(), lowGot, highGot, single.mean(), lowWant, highWant)
	}
	none := histogrammed(&record.Histogram{})
	if none.count() != 0 || quantiles(none, 1) != nil {
		t.Error("nothing is something")
	}
}
