package record

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

// sampleTraces has a span of each part, with all that one can hold.
func sampleTraces() Traces {
	ms := time.Millisecond
	spans := []Span{
		{ID: 1<<63 + 5, Part: PartRequest, Name: "buy", Node: GeneratorNode, Instance: GeneratorNode, Begin: 3 * ms, End: 90 * ms, Status: 200, To: "door"},
		{ID: 2, Parent: 1<<63 + 5, Part: PartLate, Name: "sent late", Node: GeneratorNode, Instance: GeneratorNode, Begin: 3 * ms, End: 4 * ms},
		{ID: 3, Parent: 1<<63 + 5, Part: PartServe, Name: "/buy", Node: "door", Instance: "door-1", Begin: 5 * ms, End: 89 * ms},
		{ID: 4, Parent: 3, Part: PartCall, Name: "call shop", Node: "door", Instance: "door-1", Begin: 6 * ms, End: 88 * ms, To: "shop", Fallback: true},
		{ID: 5, Parent: 4, Part: PartAttempt, Name: "attempt 2 to shop", Node: "door", Instance: "door-1", Begin: 7 * ms, End: 80*ms + 1, Cause: policy.Timeout,
			Status: 504, To: "shop", Endpoint: "shop-7", Number: 2, Hedge: true, Lost: true, Missing: true},
		{ID: 6, Parent: 4, Part: PartAttempt, Name: "attempt 3 to own", Node: "door", Instance: "door-1", Begin: 8 * ms, End: 9 * ms, To: "own", Endpoint: "own", Number: 3, Opaque: true},
		{ID: 7, Parent: 4, Part: PartWait, Name: "wait for fn", Node: "fn-front", Instance: "fn-front-1", Begin: 9 * ms, End: 10 * ms, To: "fn", Endpoint: "fn-3", Cold: true},
	}
	short := Trace{High: 9, Low: 10, Seq: 12, Entry: `<b>"\x00`, Phase: "steady", Reason: TraceFailed, Partial: true, Spans: []Span{
		{ID: 8, Part: PartRequest, Name: `<b>"\x00`, Node: GeneratorNode, Instance: GeneratorNode, Begin: 5 * ms, End: 6 * ms, Cause: policy.Refused, To: "door"}}}
	return Traces{Origin: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), Counts: TraceCounts{Requests: 100, Failed: 3, Slow: 4, Sampled: 5},
		Kept: []Trace{{High: 1 << 60, Low: 7, Seq: 1<<52 + 1, Entry: "buy", Phase: "steady", Reason: TraceSlow, Spans: spans}, short}}
}

func writeTraced(t testing.TB, traces Traces) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Traces(traces)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTracesComeBackAsWritten(t *testing.T) {
	want := sampleTraces()
	run, err := Load(writeTraced(t, want))
	if err != nil {
		t.Fatal(err)
	}
	got, err := run.Traces()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v\nwritten\n%+v", got, want)
	}
}

// Records of before there were traces, and runs that trace nothing, have none.
func TestNoTraces(t *testing.T) {
	run, err := Load(fixture)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := run.Traces(); err != nil || len(got.Kept) > 0 || got.Counts != (TraceCounts{}) {
		t.Errorf("%+v, %v", got, err)
	}
	empty := Traces{Origin: time.Unix(1, 0).UTC(), Counts: TraceCounts{Requests: 5}}
	if run, err = Load(writeTraced(t, empty)); err != nil {
		t.Fatal(err)
	}
	if got, err := run.Traces(); err != nil || len(got.Kept) > 0 || got.Counts != empty.Counts {
		t.Errorf("%+v, %v", got, err)
	}
}

// The file has a bound. What has no room is counted, and is not what a reader
// would miss most.
func TestTracesAreBounded(t *testing.T) {
	all := Traces{Origin: time.Unix(0, 0)}
	for i := range 300 {
		reason := []string{TraceSampled, TraceFailed, TraceSlow}[i%3]
		at := time.Duration(i) * time.Millisecond
		all.Kept = append(all.Kept, Trace{High: 1, Low: uint64(i + 1), Seq: uint64(i), Entry: "buy", Reason: reason, Spans: []Span{
			{ID: uint64(i + 1), Part: PartRequest, Name: "buy", Node: GeneratorNode, Instance: GeneratorNode, Begin: at, End: 2*at + time.Second}}})
	}
	whole, err := exported(&all, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(whole)
	half, err := exported(&all, len(text)/2)
	if err != nil {
		t.Fatal(err)
	}
	if smaller, _ := json.Marshal(half); len(smaller) > len(text)/2+1000 {
		t.Errorf("%d bytes of %d", len(smaller), len(text))
	}
	got, err := half.imported()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, one := range got.Kept {
		kept[one.Reason]++
	}
	if kept[TraceSlow] != 100 || kept[TraceFailed] == 0 || kept[TraceFailed] == 100 || kept[TraceSampled] != 0 || uint64(300-len(got.Kept)) != got.Counts.Dropped {
		t.Errorf("kept %v, dropped %d", kept, got.Counts.Dropped)
	}
}

// What is no trace is refused in one clear sentence, and what came before it is good.
func TestBrokenTraces(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(writeTraced(t, sampleTraces()), tracesFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`"spanId":"0000000000000003"`, `"spanId":"3"`, "16 hexadecimal digits"},
		{`"spanId":"0000000000000003"`, `"spanId":"zzzzzzzzzzzzzzzz"`, "16 hexadecimal digits"},
		{`"parentSpanId":"0000000000000003"`, `"parentSpanId":"0000000000000000"`, "16 hexadecimal digits"},
		{`"traceId":"1000000000000000`, `"traceId":"10000000000000`, "32 hexadecimal digits"},
		{`"stringValue":"attempt"`, `"stringValue":"elephant"`, "no part of a trace"},
		{`"stringValue":"timeout"`, `"stringValue":"boredom"`, "no cause of failure"},
		{`"startTimeUnixNano":"17`, `"startTimeUnixNano":"99`, "no 64-bit integer"},
		{`"startTimeUnixNano":"176732304501`, `"startTimeUnixNano":"10`, "days from the run's begin"},
		{`"endTimeUnixNano":"1767323045`, `"endTimeUnixNano":"1767323044`, "ends before it begins"},
		{`{"resourceSpans"`, `["resourceSpans"`, "invalid character"},
	} {
		broken := strings.Replace(string(good), c.from, c.to, 1)
		if c.want == "no 64-bit integer" {
			broken = strings.Replace(string(good), c.from, `"startTimeUnixNano":"x17`, 1)
		}
		if broken == string(good) {
			broken = strings.Replace(string(good), c.from[:len(c.from)-5], c.to, 1)
		}
		_, err := readTraces(strings.NewReader(broken))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: %v, want %q", c.to, c.from, err, c.want)
		}
	}
}

// Spans of others in the file are none of a run's.
func TestForeignSpansAreLeftOut(t *testing.T) {
	got, err := readTraces(strings.NewReader(`{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{"name":"x"},"spans":[{"traceId":"?"}]}]}],"more":1}`))
	if err != nil || len(got.Kept) > 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzTraces(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(writeTraced(f, sampleTraces()), tracesFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Add([]byte(`{"resourceSpans":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readTraces(bytes.NewReader(text))
		for i := range got.Kept {
			if len(got.Kept[i].Spans) == 0 || got.Kept[i].Spans[0].Part != PartRequest {
				t.Fatal("a trace without a request")
			}
		}
		if err != nil {
			return
		}
		again, err := exported(&got, maxTraceBytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.imported(); err != nil {
			t.Fatalf("what was read cannot be read when it is written again: %v", err)
		}
	})
}
