package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// part is a span of a made-up trace, in milliseconds.
func part(id, parent uint64, kind record.Part, node string, from, to int) record.Span {
	s := record.Span{ID: id, Parent: parent, Part: kind, Name: node + ".work", Node: node, Instance: node + "-1", To: node,
		Begin: time.Duration(from) * milli, End: time.Duration(to) * milli}
	if kind == record.PartAttempt {
		s.Number = int(id)
	}
	return s
}

// spelled prints a path: what the time is spent on, by which span, from when to when.
func spelled(path []pathStretch) string {
	var b strings.Builder
	for _, p := range path {
		fmt.Fprintf(&b, "%s %d %d-%d\n", p.on, p.span.ID, p.from/milli, p.to/milli)
	}
	return b.String()
}

func TestCriticalPaths(t *testing.T) {
	lost := func(s record.Span) record.Span { s.Lost = true; return s }
	missing := func(s record.Span) record.Span { s.Missing = true; return s }
	cold := func(s record.Span) record.Span { s.Cold = true; return s }
	opaque := func(s record.Span) record.Span { s.Opaque = true; return s }
	root := part(1, 0, record.PartRequest, "door", 0, 100)
	for _, c := range []struct {
		name  string
		spans []record.Span
		want  string
	}{
		{"nothing but the request", []record.Span{root}, "network 1 0-100\n"},
		{"one after the other", []record.Span{root, part(2, 1, record.PartLate, "door", 0, 5), part(3, 1, record.PartServe, "door", 10, 90),
			part(4, 3, record.PartQueue, "door", 10, 30), part(5, 3, record.PartWork, "door", 30, 90), part(6, 5, record.PartWork, "inner", 40, 50)},
			"generator 2 0-5\nnetwork 1 5-10\nqueue 4 10-30\nwork 5 30-40\nwork 6 40-50\nwork 5 50-90\nnetwork 1 90-100\n"},
		{"of parallel parts the one that ended last", []record.Span{root, part(2, 1, record.PartWork, "a", 10, 60), part(3, 1, record.PartWork, "b", 10, 80), part(4, 1, record.PartWork, "c", 10, 20)},
			"network 1 0-10\nwork 3 10-80\nnetwork 1 80-100\n"},
		{"one that began before another had ended", []record.Span{root, part(2, 1, record.PartWork, "a", 0, 60), part(3, 1, record.PartWork, "b", 40, 100)},
			"work 2 0-40\nwork 3 40-100\n"},
		{"retries with a pause", []record.Span{root, part(2, 1, record.PartCall, "a", 0, 100), part(3, 2, record.PartAttempt, "a", 0, 30), part(4, 2, record.PartBackoff, "a", 30, 50), part(5, 2, record.PartAttempt, "a", 50, 100), part(6, 5, record.PartServe, "a", 60, 90)},
			"network 3 0-30\nbackoff 4 30-50\nnetwork 5 50-60\nhandling 6 60-90\nnetwork 5 90-100\n"},
		{"a hedge that won, and what it was sent beside until then", []record.Span{root, lost(part(2, 1, record.PartAttempt, "a", 0, 100)), part(3, 2, record.PartServe, "a", 5, 300), part(4, 1, record.PartAttempt, "a", 40, 100)},
			"network 2 0-5\nhandling 3 5-40\nnetwork 4 40-100\n"},
		{"what goes on after the caller has left counts until then", []record.Span{root, part(2, 1, record.PartAttempt, "a", 0, 90), part(3, 2, record.PartWork, "a", 10, 500)},
			"network 2 0-10\nwork 3 10-90\nnetwork 1 90-100\n"},
		{"what nobody has told is not seen", []record.Span{root, missing(part(2, 1, record.PartAttempt, "a", 10, 90))}, "network 1 0-10\nnot seen 2 10-90\nnetwork 1 90-100\n"},
		{"a system of the user's own", []record.Span{root, opaque(part(2, 1, record.PartAttempt, "a", 10, 90))}, "network 1 0-10\nown system 2 10-90\nnetwork 1 90-100\n"},
		{"a cold start met half-way", []record.Span{root, cold(part(2, 1, record.PartWait, "fn", 20, 80)), part(3, 2, record.PartStart, "fn", 0, 50), part(4, 2, record.PartStart, "fn", 50, 70)},
			"network 1 0-20\ncold start 3 20-50\ncold start 4 50-70\ncold start 2 70-80\nnetwork 1 80-100\n"},
		{"held back by a bulkhead", []record.Span{root, part(2, 1, record.PartCall, "a", 0, 100), part(3, 2, record.PartHeld, "a", 0, 60)}, "waiting 3 0-60\nhandling 2 60-100\n"},
		{"spans that hang in the air", []record.Span{root, part(2, 9, record.PartWork, "a", 10, 90)}, "network 1 0-100\n"},
		{"spans that are their own ancestors", []record.Span{root, part(2, 3, record.PartWork, "a", 10, 90), part(3, 2, record.PartWork, "a", 10, 90), part(1, 1, record.PartWork, "a", 0, 50)},
			"work 1 0-50\nnetwork 1 50-100\n"},
	} {
		if got := spelled(criticalPath(&record.Trace{Spans: c.spans})); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// Whatever the spans are, the path has no gap, goes forward, and its parts add up.
func TestCriticalPathCoversTheRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := record.Trace{Spans: []record.Span{part(1, 0, record.PartRequest, "door", 0, rapid.IntRange(0, 50).Draw(t, "length"))}}
		kinds := record.Parts()
		for i := range rapid.IntRange(0, 30).Draw(t, "spans") {
			from := rapid.IntRange(-10, 60).Draw(t, "from")
			s := part(uint64(i+2), rapid.Uint64Range(1, uint64(i+3)).Draw(t, "parent"), rapid.SampledFrom(kinds).Draw(t, "part"), "a", from, from+rapid.IntRange(0, 40).Draw(t, "took"))
			s.Lost = rapid.Bool().Draw(t, "lost")
			trace.Spans = append(trace.Spans, s)
		}
		at, sum := time.Duration(0), time.Duration(0)
		path := criticalPath(&trace)
		for _, p := range path {
			if p.from != at || p.to <= p.from {
				t.Fatalf("a stretch from %v to %v after %v", p.from, p.to, at)
			}
			at = p.to
		}
		for _, d := range spent(path) {
			sum += d
		}
		if root := &trace.Spans[0]; at != root.End || sum != root.Duration() {
			t.Fatalf("it ends at %v and adds up to %v, of %v", at, sum, root.Duration())
		}
	})
}

// tracedScript is a run with traces: three slow requests, one partial, one failed.
func tracedScript() *script {
	s := steadyScript(10 * second)
	s.id.Entries = []string{"home", "buy"}
	trace := func(seq uint64, entry, reason string, took int, cause policy.Cause) record.Trace {
		from := int(seq) * 1000
		root := part(seq*10+1, 0, record.PartRequest, "door", from, from+took)
		root.Name, root.Cause = entry, cause
		serve, call := part(seq*10+2, seq*10+1, record.PartServe, "door", from+1, from+took-1), part(seq*10+3, seq*10+2, record.PartCall, "door", from+1, from+took-1)
		serve.Cause, call.Cause, call.Name, call.To = cause, cause, "call shop", "shop"
		spans := []record.Span{root, serve, call}
		if cause == policy.OK {
			attempt := part(seq*10+4, seq*10+3, record.PartAttempt, "shop", from+1, from+took-1)
			spans = append(spans, attempt, part(seq*10+5, seq*10+4, record.PartServe, "shop", from+2, from+took-2), part(seq*10+6, seq*10+5, record.PartWork, "shop", from+2, from+took-2))
		}
		return record.Trace{High: 1, Low: seq + 1, Seq: seq, Entry: entry, Phase: "steady", Reason: reason, Spans: spans}
	}
	partial := trace(3, "home", record.TraceSampled, 30, policy.OK)
	partial.Partial = true
	s.traces = &record.Traces{Origin: time.Unix(1, 0).UTC(), Counts: record.TraceCounts{Requests: 500, Failed: 9, Sampled: 7, Dropped: 2}, Kept: []record.Trace{
		trace(1, "home", record.TraceSlow, 200, policy.OK), trace(2, "buy", record.TraceSlow, 400, policy.OK), partial,
		trace(4, "buy", record.TraceFailed, 20, policy.RejectedBreaker)}}
	s.send("home", second, 200*milli, policy.OK)
	return s
}

func TestTraceSection(t *testing.T) {
	a := tracedScript().analyze(t, Options{})
	s := a.traceSection()
	if want := "Of the time of the slowest requests, most went into the work of shop: 98.7 %"; s.Title != want {
		t.Errorf("titled %q, want %q", s.Title, want)
	}
	var rows []string
	drawings := 0
	var words []string
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case *Table:
			for _, r := range b.Rows {
				rows = append(rows, r[0].Text+" "+r[2].Text+" "+r[3].Text+" "+r[len(r)-1].Text)
			}
		case Paragraph:
			words = append(words, b.Text)
		case *Waterfall:
			drawings++
			if len(b.Rows) == 0 || len(b.Keys) == 0 {
				t.Errorf("a drawing of %d rows and %d keys", len(b.Rows), len(b.Keys))
			}
		}
	}
	want := []string{
		"buy 400  shop.work 396",
		"home 200  shop.work 196",
		"home 30.0  way to door 1.00 → way to shop 1.00 → shop.work 26.0 → way back from shop 1.00 → way back from door 1.00 (partial)",
		"buy 20.0 rejected-breaker way to door 1.00 → within door 18.0 → way back from door 1.00; failed at: call shop (door)",
	}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("rows\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	if drawings != 3 {
		t.Errorf("%d drawings", drawings)
	}
	for _, part := range []string{"Kept of 500 requests: 2 that were slow, 1 of 9 that failed, 1 of 7 drawn by the sample. 1 is partial", "2 more were chosen"} {
		if !strings.Contains(strings.Join(words, "\n"), part) {
			t.Errorf("nothing says %q: %q", part, words)
		}
	}
	if s := steadyScript(second).analyze(t, Options{}).traceSection(); s.Title != "" {
		t.Errorf("a run without traces has a section %q", s.Title)
	}
}

// Steps that are alike, with nothing worth telling between them, are one.
func TestPathInWords(t *testing.T) {
	wait := func(id uint64, from, to int) record.Span {
		s := part(id, 1, record.PartWait, "front", from, to)
		s.To = "bank"
		return s
	}
	for want, spans := range map[string][]record.Span{
		"waiting for an instance of bank 600 in 2 parts → shop.work 399": {part(1, 0, record.PartRequest, "shop", 0, 1000), wait(2, 0, 300), part(3, 1, record.PartBackoff, "shop", 300, 301),
			wait(4, 301, 601), part(5, 1, record.PartWork, "shop", 601, 1000)},
		"shop.work 60.0 → backoff 40.0 → shop.work 900": {part(1, 0, record.PartRequest, "shop", 0, 1000), part(2, 1, record.PartWork, "shop", 0, 60), part(3, 1, record.PartBackoff, "shop", 60, 100),
			part(4, 1, record.PartWork, "shop", 100, 1000)},
	} {
		one := &tracedRequest{trace: record.Trace{Spans: spans}}
		one.path = criticalPath(&one.trace)
		if got := one.pathWords(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
