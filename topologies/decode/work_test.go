package decode

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"windtunnel/topologies/work"
)

func TestDistributions(t *testing.T) {
	ms := time.Millisecond
	for text, want := range map[string]work.Dist{
		"5ms":                                   work.ConstantOf(5 * ms),
		"0s":                                    work.ConstantOf(0),
		"{constant: 5ms}":                       work.ConstantOf(5 * ms),
		"{exponential: 20ms}":                   {Kind: work.Exponential, A: 20 * ms},
		"{uniform: [1ms, 5ms]}":                 {Kind: work.Uniform, A: ms, B: 5 * ms},
		"{lognormal: {median: 5ms, p99: 40ms}}": {Kind: work.Lognormal, A: 5 * ms, B: 40 * ms},
		"{pareto: {minimum: 1ms, shape: 1.5}}":  {Kind: work.Pareto, A: ms, Shape: 1.5},
		"{empirical: [4ms, 5ms, 9ms]}":          {Kind: work.Empirical, Values: []time.Duration{4 * ms, 5 * ms, 9 * ms}},
		"{mix: [{weight: 9, of: 5ms}, {of: {exponential: 200ms}}]}": {Kind: work.Mix, Parts: []work.DistPart{{Weight: 9, Of: work.ConstantOf(5 * ms)}, {Weight: 1, Of: work.Dist{Kind: work.Exponential, A: 200 * ms}}}},
	} {
		var got struct {
			D work.Dist `yaml:"d"`
		}
		if problems := decodeText(t, "d: "+text+"\n", &got); len(problems) > 0 || !reflect.DeepEqual(got.D, want) {
			t.Errorf("%s: %+v %v", text, got.D, problems)
		}
	}
}

// TestExamples: what `explain` shows as an example can be written.
func TestExamples(t *testing.T) {
	for _, known := range Distributions() {
		var got struct {
			D work.Dist `yaml:"d"`
		}
		if problems := decodeText(t, "d: "+known.Example+"\n", &got); len(problems) > 0 || string(got.D.Kind) != known.Name {
			t.Errorf("%s: %+v %v", known.Name, got.D, problems)
		}
	}
	for _, known := range Steps() {
		op, problems := operationOf(t, "[{"+known.Example+"}]")
		if len(problems) > 0 || len(op.Steps) != 1 || op.Steps[0].Kind != known.Kind {
			t.Errorf("%s: %+v %v", known.Kind, op, problems)
		}
	}
}

func operationOf(t *testing.T, text string) (work.Operation, Problems) {
	t.Helper()
	docs, problems := Read("f.yaml", []byte("scenario: x\nop: "+text+"\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	d := New(&docs[0])
	op, _ := d.Operation(docs[0].Get("op"), "a.x")
	return op, d.Problems
}

func TestOperation(t *testing.T) {
	op, problems := operationOf(t, `
  idempotent: true
  steps:
    - parallel: [{call: b.x}, [{call: c.x}, {wait: 1ms}]]
    - choose: [{weight: 3, steps: {fail: 10%}}, {steps: []}]
    - repeat: {times: 2, steps: [{respond: 1Ki}, {allocate: 2Ki}]}`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, err := json.Marshal(op)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"a.x","idempotent":true,"steps":[` +
		`{"kind":"parallel","branches":[{"steps":[{"kind":"call","op":"b.x"}]},{"steps":[{"kind":"call","op":"c.x"},{"kind":"wait","for":{"kind":"constant","a":1000000}}]}]},` +
		`{"kind":"choose","branches":[{"weight":3,"steps":[{"kind":"fail","share":"10%"}]},{"weight":1,"steps":[]}]},` +
		`{"kind":"repeat","branches":[{"steps":[{"kind":"respond","bytes":"1Ki"},{"kind":"allocate","bytes":"2Ki"}]}],"times":2}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
