package wire

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

func TestMessagesComeBackAsSent(t *testing.T) {
	sent := []Down{
		{Configure: &Config{
			Run: "r", Node: "payments", Instance: "payments-1", Kind: "service", Seed: 7, SpinPerMS: 1234.5,
			Concurrency: 4, Queue: 10,
			Operations: map[string]work.Operation{"payments.charge": {Name: "payments.charge", Idempotent: true, Steps: []work.Step{
				{Kind: work.Wait, For: work.Dist{Kind: work.Lognormal, A: 15 * time.Millisecond, B: 80 * time.Millisecond}},
				{Kind: work.Fail, Share: unit.Share(0.001)},
			}}},
			Remote: map[string]Remote{"a.b": {To: "a", Method: "POST", Path: "/op/a.b"}},
			Routes: []Route{{Path: "/checkout", Remote: Remote{To: "checkout"}}},
			Edges:  []Edge{{To: "a", Policy: policy.EdgeConfig{Timeout: time.Second, Balance: "p2c"}}},
		}},
		{Endpoints: &Endpoints{Node: "a", List: []Endpoint{{ID: 3, Name: "a-3", Address: "127.0.0.1:1"}}}},
		{Apply: &Apply{ID: "f", Lease: time.Second, Effect: Effect{Kind: Delay, Node: "a", Delay: work.ConstantOf(time.Millisecond), Share: 0.5, Name: "slow"}}},
		{Heal: &Heal{ID: "f"}},
		{Stop: &Stop{ID: "s", Drain: time.Second}},
	}
	var stream bytes.Buffer
	enc := NewEncoder(&stream)
	for _, m := range sent {
		if err := enc.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	dec := NewDecoder(iotest.OneByteReader(&stream))
	for i, want := range sent {
		var got Down
		if err := dec.Decode(&got); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("message %d came as %+v, was %+v", i, got, want)
		}
	}
	if err := dec.Decode(&Down{}); !errors.Is(err, io.EOF) {
		t.Errorf("after the last message: %v, want EOF", err)
	}
}

func TestMalformedLinesDoNotEndTheStream(t *testing.T) {
	for _, line := range []string{"garbage", "", "[]", `"heal"`, `{"heal":3}`, `{"haul":{}}`, `{"heal":{"id":"x"}} {}`, "\x00\xff", `{"heal":`} {
		dec := NewDecoder(strings.NewReader(line + "\n" + `{"heal":{"id":"next"}}` + "\n"))
		var malformed *MalformedError
		if err := dec.Decode(&Down{}); !errors.As(err, &malformed) {
			t.Errorf("%q: %v, want a MalformedError", line, err)
		}
		var next Down
		if err := dec.Decode(&next); err != nil || next.Heal == nil || next.Heal.ID != "next" {
			t.Errorf("after %q: %+v, %v", line, next, err)
		}
	}
}

func TestLinesAreBounded(t *testing.T) {
	long := io.MultiReader(strings.NewReader(`{"heal":{"id":"`), io.LimitReader(letters{}, MaxLine), strings.NewReader("\"}}\n"))
	if err := NewDecoder(long).Decode(&Down{}); !errors.Is(err, ErrLineTooLong) {
		t.Errorf("decode: %v, want ErrLineTooLong", err)
	}
	var out bytes.Buffer
	if err := NewEncoder(&out).Encode(Down{Heal: &Heal{ID: strings.Repeat("x", MaxLine)}}); !errors.Is(err, ErrLineTooLong) || out.Len() > 0 {
		t.Errorf("encode: %v with %d bytes written, want ErrLineTooLong and none", err, out.Len())
	}
}

func TestCutLineIsToldFromEnd(t *testing.T) {
	if err := NewDecoder(strings.NewReader(`{"heal":{"id":"x"}}`)).Decode(&Down{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a line without its end: %v, want ErrUnexpectedEOF", err)
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte("{\"heal\":{\"id\":\"x\"}}\n{\"stop\":{}}\n"))
	f.Add([]byte("\n\n{"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		dec := NewDecoder(bytes.NewReader(stream))
		for range 1 + bytes.Count(stream, []byte("\n")) {
			var malformed *MalformedError
			if err := dec.Decode(&Down{}); err != nil && !errors.As(err, &malformed) {
				return
			}
		}
		if err := dec.Decode(&Down{}); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("more messages than lines: %v", err)
		}
	})
}

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
