package reports

import (
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

func spans(f *faultSpan) [3]check.Span { return [3]check.Span{f.before, f.during, f.after} }

func span(from, to int) check.Span {
	return check.Span{From: time.Duration(from) * second, To: time.Duration(to) * second}
}

func TestWindowsOfOneFault(t *testing.T) {
	s := steadyScript(0)
	s.id.Phases = []record.Phase{
		{Name: "warm-up", For: record.Millis(4 * second), Warmup: true},
		{Name: "steady", Begin: record.Millis(4 * second), For: record.Millis(32 * second)},
	}
	s.fault("down", 12*second, 20*second)
	s.events[0].At, s.events[1].At = 13*second, 22*second // what happened counts, not what was planned
	f := s.analyze(t, Options{}).timeline.fault("down")
	if want := [3]check.Span{span(4, 13), span(13, 22), span(22, 36)}; spans(f) != want {
		t.Errorf("%v, want %v", spans(f), want)
	}
}

// The second fault's before begins where all was well again after the first,
// and the first one's after ends where the second begins.
func TestWindowsOfTwoFaults(t *testing.T) {
	s := steadyScript(60 * second)
	s.fault("two", 40*second, 45*second)
	s.fault("one", 10*second, 20*second)
	s.every(100*milli, 0, 10*second, milli, policy.OK)
	s.every(100*milli, 10*second, 25*second, milli, policy.Refused)
	s.every(100*milli, 25*second, 60*second, milli, policy.OK)
	a := s.analyze(t, Options{})
	if a.Faults[0].Name != "one" {
		t.Fatalf("the faults are not in order of time: %s first", a.Faults[0].Name)
	}
	one, two := a.timeline.fault("one"), a.timeline.fault("two")
	if want := [3]check.Span{span(0, 10), span(10, 20), span(20, 40)}; spans(one) != want {
		t.Errorf("one: %v, want %v", spans(one), want)
	}
	if got := two.before.From.Round(milli); got != 24900*milli {
		t.Errorf("before two begins at %s", got)
	}
	if two.after != span(45, 60) || one.overlaps != "" {
		t.Errorf("after two: %v, overlaps %q", two.after, one.overlaps)
	}
}

func TestOverlappingFaults(t *testing.T) {
	s := steadyScript(60 * second)
	s.fault("one", 10*second, 30*second)
	s.fault("two", 20*second, 40*second)
	a := s.analyze(t, Options{})
	one, two := a.timeline.fault("one"), a.timeline.fault("two")
	if one.overlaps != "two" || two.overlaps != "one" {
		t.Errorf("%q %q", one.overlaps, two.overlaps)
	}
	if one.after != span(30, 60) || two.before != span(0, 20) {
		t.Errorf("after one %v, before two %v", one.after, two.before)
	}
	wantWarning(t, a, "two overlaps with one")
}

func TestFaultsThatDidNotHappen(t *testing.T) {
	s := steadyScript(30 * second)
	s.fault("skipped", 5*second, 6*second)
	s.fault("late", 40*second, 50*second)
	s.fault("open", 20*second, 50*second)
	s.events = []record.Event{
		{At: 5 * second, Kind: record.FaultSkipped, Name: "skipped", Reason: "no such edge here"},
		{At: 20 * second, Kind: record.FaultBegan, Name: "open"},
	}
	s.every(second, 0, 30*second, milli, policy.OK)
	a := s.analyze(t, Options{})
	byName := map[string]FaultResult{}
	for _, f := range a.Faults {
		byName[f.Name] = f
	}
	if f := byName["skipped"]; f.NotApplicable != "no such edge here" || f.BegunMS != nil || f.Before != nil {
		t.Errorf("skipped: %+v", f)
	}
	if f := byName["late"]; f.BegunMS != nil || f.NotApplicable != "" {
		t.Errorf("late: %+v", f)
	}
	if f := byName["open"]; f.BegunMS == nil || f.HealedMS != nil || f.During[Total].Offered != 10 || f.After[Total].Offered != 0 {
		t.Errorf("open: %+v", f)
	}
}

// A fault in the warm-up has no undisturbed time before it.
func TestFaultInWarmUp(t *testing.T) {
	s := steadyScript(30 * second)
	s.id.Phases[0].Warmup = true
	s.fault("down", 10*second, 20*second)
	if f := s.analyze(t, Options{}).timeline.fault("down"); f.before.From != f.before.To {
		t.Errorf("before is %v", f.before)
	}
}

// A run that was cut off ends where its record ends.
func TestCutRunEndsWithItsRecord(t *testing.T) {
	s := steadyScript(60 * second)
	s.cut = true
	s.every(100*milli, 0, 10*second, milli, policy.OK)
	m := s.analyze(t, Options{}).Results[Total][All]
	if m.Seconds < 9.9 || m.Seconds > 10 || m.Rate < 9.9 || m.Rate > 10.2 {
		t.Errorf("%v s at %v/s", m.Seconds, m.Rate)
	}
}

// breaker makes an event of one caller's breaker.
func breaker(at time.Duration, instance, from, to string) record.Event {
	return record.Event{At: at, Kind: record.BreakerState, Instance: instance, Edge: "a>b", From: from, To: to}
}

func TestOpenings(t *testing.T) {
	events := []record.Event{
		breaker(1*second, "a-1", "closed", "open"),
		breaker(2*second, "a-2", "closed", "open"),
		breaker(3*second, "a-1", "open", "half-open"),
		breaker(3500*milli, "a-1", "half-open", "open"),
		breaker(5*second, "a-1", "open", "half-open"),
		breaker(6*second, "a-1", "half-open", "closed"),
		breaker(9*second, "a-3", "open", "half-open"), // its opening is not in the record
	}
	all := openings(events, 10*second)
	sum := time.Duration(0)
	for _, o := range all {
		sum += o.to - o.from
	}
	if len(all) != 3 || sum != 2*second+8*second+1500*milli { // a-2 stays open to the end
		t.Errorf("%d openings, %s in all: %+v", len(all), sum, all)
	}
	inside, began := all[1].within(spanned(4*second, 6*second))
	if inside != 2*second || began {
		t.Errorf("%s within, began %v", inside, began)
	}
}

func TestUsage(t *testing.T) {
	sample := func(at int, instance string, cpu time.Duration, inFlight int) record.NodeSample {
		return record.NodeSample{At: time.Duration(at) * second, Node: "n", Instance: instance, Interval: second,
			CPU: cpu, Served: 2, Rejected: 1, InFlight: inFlight}
	}
	list := []record.NodeSample{
		sample(1, "n-1", 500*milli, 1), sample(1, "n-2", 100*milli, 2),
		sample(2, "n-1", 300*milli, 3), sample(2, "n-2", 300*milli, 4),
		sample(3, "n-1", 400*milli, 5), // n-2 is gone
		sample(4, "n-1", 900*milli, 9), // outside
	}
	for i := range list {
		list[i].Memory = 100
	}
	list[3].Memory = 250
	u := usageOf(list, "n", spanned(0, 3*second))
	if u.samples != 5 || u.served != 10 || u.rejected != 5 || u.memory != 350 {
		t.Errorf("%+v", u)
	}
	if got := u.cpu; got < 0.5333 || got > 0.5334 { // 1.6 s in 3 s
		t.Errorf("%v cores", got)
	}
	if u.cpuMax != 0.6 {
		t.Errorf("at most %v cores", u.cpuMax)
	}
	if u := usageOf(list, "other", spanned(0, 3*second)); u.samples != 0 || u.cpu != 0 {
		t.Errorf("%+v", u)
	}
	if u := usageOf(nil, "n", spanned(0, 3*second)); u.cpu != 0 || u.memory != 0 {
		t.Errorf("%+v", u)
	}
}
