package reports

import (
	"slices"
	"strings"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// told compares two made-up runs and returns the findings.
func told(t *testing.T, one, other *script) []string {
	t.Helper()
	other.id.Topology = "other"
	c, err := Compare([]*Analysis{one.analyze(t, Options{}), other.analyze(t, Options{})}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Findings
}

// visits sends two requests a second to each entry.
func (s *script) visits(from, to time.Duration, of func(entry string) (time.Duration, policy.Cause)) {
	for at := from; at < to; at += second / 2 {
		for _, entry := range s.id.Entries {
			took, cause := of(entry)
			s.send(entry, at, took, cause)
		}
	}
}

func quick(string) (time.Duration, policy.Cause) { return 3 * milli, policy.OK }

func slow(string) (time.Duration, policy.Cause) { return 30 * milli, policy.OK }

func hard(entry string) (time.Duration, policy.Cause) {
	if entry == "buy" {
		return 3 * milli, policy.Timeout
	}
	return quick(entry)
}

// TestFindingsOfAFaultThatSlows: where nobody fails it is told who waited.
func TestFindingsOfAFaultThatSlows(t *testing.T) {
	make := func(during func(string) (time.Duration, policy.Cause)) *script {
		s := steadyScript(30 * second)
		s.fault("limping", 10*second, 20*second)
		s.visits(0, 10*second, quick)
		s.visits(10*second, 20*second, during)
		s.visits(20*second, 30*second, quick)
		return s
	}
	if got, want := told(t, make(slow), make(quick))[1], "While limping held, the median of home was 30.0 ms on small; 3.00 ms on other."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := told(t, make(quick), make(quick))[0]; !strings.HasSuffix(got, "No entry tells them apart while it holds.") {
		t.Errorf("got %q", got)
	}
}

// TestFindingsOfLoad: without a fault the phase and the entry are named in which the topologies differ most.
func TestFindingsOfLoad(t *testing.T) {
	make := func(rush func(string) (time.Duration, policy.Cause)) *script {
		s := steadyScript(10 * second)
		s.id.Entries = []string{"look", "buy"}
		s.id.Phases = append(s.id.Phases, record.Phase{Name: "rush", Begin: record.Millis(10 * second), For: record.Millis(20 * second)})
		s.visits(0, 10*second, quick)
		s.visits(10*second, 30*second, rush)
		return s
	}
	for _, c := range []struct {
		one, other func(string) (time.Duration, policy.Cause)
		want       string
	}{
		{hard, quick, "In rush, small failed 100 % of buy; other failed 0 %."},
		{quick, slow, "The median of look was 3.00 ms on small; 30.0 ms on other."},
		{quick, quick, "p99 of successful requests: 3.00 ms on small; 3.00 ms on other."},
	} {
		if got := told(t, make(c.one), make(c.other)); len(got) != 1 || got[0] != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestFindingsOfThreeLatencies: what one quantile does not tell apart another does,
// and is told as well.
func TestFindingsOfThreeLatencies(t *testing.T) {
	make := func(label string, slowest ...time.Duration) *runGroup {
		s := steadyScript(100 * second)
		n := 0
		s.visits(0, 100*second, func(string) (time.Duration, policy.Cause) {
			took := 10 * milli
			if n%20 < len(slowest) {
				took = slowest[n%20]
			}
			n++
			return took, policy.OK
		})
		return &runGroup{label: label, runs: []*Analysis{s.analyze(t, Options{})}}
	}
	everywhere := []stretch{{of: func(a *Analysis, entry string) *Measured { return a.Results[entry][All] }}}
	often, seldom, never := make("often", second/2, second/2), make("seldom", second/2), make("never")
	got := latencyFindings("", everywhere, []*runGroup{often, seldom, never})
	if len(got) != 2 || !strings.HasPrefix(got[0], "The 95th percentile of home was 500 ms on often; 10.0 ms on seldom; 10.0 ms on never") && !strings.HasPrefix(got[0], "The 99th") {
		t.Errorf("%q", got)
	}
	if got := latencyFindings("", everywhere, []*runGroup{often, never}); len(got) != 1 {
		t.Errorf("two that one sentence tells apart: %q", got)
	}
	if got := latencyFindings("", everywhere, []*runGroup{never, never, never}); len(got) != 0 {
		t.Errorf("three that are alike: %q", got)
	}
}

// TestFindingsOfWork: what the nodes did about it is told where it differs.
func TestFindingsOfWork(t *testing.T) {
	make := func(sample record.EdgeSample) *script {
		s := steadyScript(10 * second)
		s.visits(0, 10*second, quick)
		s.id.Edges = []record.Edge{{From: "a", To: "b"}}
		sample.At, sample.From, sample.Instance, sample.To = 5*second, "a", "a-1", "b"
		s.edges = append(s.edges, sample)
		return s
	}
	plain := record.EdgeSample{Calls: 20, Attempts: 20}
	storm := make(record.EdgeSample{Calls: 20, Attempts: 70, Rejected: 1234, Hedges: 3, Fallbacks: 4})
	storm.events = append(storm.events,
		record.Event{At: 3 * second, Kind: record.PolicyState, Name: "ejection b-2", Edge: "a>b", To: policy.Ejected},
		record.Event{At: 4 * second, Kind: record.PolicyState, Name: "ejection b-2", Edge: "a>b", From: policy.Ejected})
	want := []string{
		"Calls that edges turned away: small 0; other 1,234.",
		"Calls answered by a fallback: small 0; other 4.",
		"Hedges sent: small 0; other 3.",
		"Instances ejected: small 0; other 1.",
	}
	if got := told(t, make(plain), storm)[1:]; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := told(t, make(plain), make(plain)); len(got) != 1 {
		t.Errorf("where they do the same: %q", got)
	}
	text := strings.Join(columnTitles(storm.analyze(t, Options{}).edgeSection()), " ")
	if want := "edge calls attempts per call failed mean ms opened open s turned away fallback hedges ejected"; text != want {
		t.Errorf("the edges' columns are %s", text)
	}
	if got := columnTitles(make(plain).analyze(t, Options{}).edgeSection()); len(got) != 8 {
		t.Errorf("the edges' columns are %s", got)
	}
}

func columnTitles(s Section) []string {
	var titles []string
	for _, c := range s.Blocks[0].(*Table).Columns {
		titles = append(titles, c.Title)
	}
	return titles
}
