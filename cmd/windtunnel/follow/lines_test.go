package follow

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// Each line is one object of the published schema, and together they tell the run.
func TestLines(t *testing.T) {
	text, err := LinesSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("progress.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("progress.json")
	if err != nil {
		t.Fatal(err)
	}

	var out bytes.Buffer
	lines := NewLines(&out)
	p := plan()
	tap, r := NewTap(&counter{}), New(p)
	r.Detail()
	lines.Begin(&p, "runs/x")
	tap.Event(record.Event{Kind: record.RunBegan})
	for at := time.Duration(0); at < 5*second; at += 100 * time.Millisecond {
		q := record.Request{Entry: "ask", Intended: at, Sent: at + 1, Done: at + 2*time.Millisecond}
		if at > 2*second && at < 3*second {
			q.Cause = policy.Refused
		}
		tap.Request(q)
	}
	tap.Event(record.Event{At: 5 * second, Kind: record.BreakerState, Edge: "front>back", Instance: "front-1", From: "closed", To: "open"})
	tap.Node(record.NodeSample{At: 5 * second, Interval: second, Node: "back", Instance: "back-1", Served: 1, Latency: counted(30*time.Millisecond, 1)})
	r.Take(tap.Take(nil))
	lines.Follow(r)
	r.Judged("fail")
	lines.Follow(r)
	lines.End(r, errors.New("on the way"))

	kinds := ""
	for text := range strings.Lines(out.String()) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		var line JSONLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		kinds += line.Kind[:3] + line.Kind[max(0, len(line.Kind)-3):] + " "
		if s := line.Second; s != nil && line.At.Duration() == 3*second && (s.Entries[0].Errors < 0.8 || s.Entries[0].Name != "total") {
			t.Errorf("in the third second: %+v", s.Entries[0])
		}
	}
	for _, want := range []string{`"name":"back","up":0,"starting":0,"rate":1,"errors":0,"p50_ms":30.`, `"name":"back","up":0,"starting":0,"rate":0,"errors":0,"p50_ms":null,"p99_ms":null,`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line says %s:\n%s", want, out.String())
		}
	}
	want := "rungun eveent eveent second second second second second second runded "
	if kinds != want {
		t.Errorf("got %s\nwant %s\n%s", kinds, want, out.String())
	}
}
