package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// compiled is a published schema as a validator reads it.
func compiled(t *testing.T, published func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	text, err := published()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("x.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("x.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaAllowsEveryRun(t *testing.T) {
	s := compiled(t, Schema)
	results := map[string][]byte{}
	for _, dir := range fixtures {
		text, err := os.ReadFile(filepath.Join(dir, "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		results[dir] = text
	}
	cut := outage("shop-monolith", 1)
	cut.cut = true
	unbilled := steadyScript(second)
	unbilled.id.Nodes = []record.Node{{Name: "idle", Kind: "function", Concurrency: 1}}
	for name, a := range map[string]*Analysis{"cut off": cut.analyze(t, Options{}), "empty": steadyScript(second).analyze(t, Options{}), "nothing billed": unbilled.priced(t)} {
		text, err := json.Marshal(a.Result)
		if err != nil {
			t.Fatal(err)
		}
		results[name] = text
	}
	for name, text := range results {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefusesWhatIsNone(t *testing.T) {
	s := compiled(t, Schema)
	text, err := os.ReadFile("testdata/monolith/run.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []struct{ path, value string }{
		{"verdict", `"passed"`}, {"seed", `"7"`}, {"checks", `{}`}, {"results", `{"total": {"all": 3}}`}, {"generator", `null`}, {"phases", `[{"name": 1}]`},
	} {
		var run map[string]json.RawMessage
		if err := json.Unmarshal(text, &run); err != nil {
			t.Fatal(err)
		}
		run[wrong.path] = json.RawMessage(wrong.value)
		changed, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(changed))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(value) == nil {
			t.Errorf("%s: %s is allowed", wrong.path, wrong.value)
		}
	}
	if err := s.Validate(map[string]any{}); err == nil {
		t.Error("nothing is allowed")
	}
}

// What the code says of a field, the schema says.
func TestSchemaDescribes(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Description string
			Properties  map[string]struct{ Description string }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if got, want := schema.Defs["CheckResult"].Description, "CheckResult is a check with what was found."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := schema.Defs["CheckResult"].Properties["that"].Description, "as written"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if schema.Defs["PhaseResult"].Properties["begin_ms"].Description != "" || len(schema.Defs["PhaseResult"].Properties) < 5 {
		t.Errorf("%+v", schema.Defs["PhaseResult"])
	}
}

// Each report of several runs is allowed by its schema, whatever is missing from it.
func TestSchemasAllowEveryReport(t *testing.T) {
	compare := func(o CompareOptions, runs ...*Analysis) *Comparison {
		c, err := Compare(runs, o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	cut := outage("shop-microservices", 2)
	cut.cut = true
	twin := func(off float64) *TwinReport {
		r, err := Twin(twins(t, off))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	gate, err := ParseGate("p99:+10%")
	if err != nil {
		t.Fatal(err)
	}
	sweepOf := func(values map[string][3]float64, param string) *Scaling {
		return Sweep(swept(t, param, values, 2), param)
	}
	for name, c := range map[string]struct {
		schema func() ([]byte, error)
		data   any
	}{
		"comparison":  {ComparisonSchema, compare(CompareOptions{Gates: []Gate{gate}}, demo(t, "shop-monolith", 1), demo(t, "shop-microservices", 1))},
		"one side":    {ComparisonSchema, compare(CompareOptions{}, demo(t, "shop-monolith", 1))},
		"priced":      {ComparisonSchema, compare(CompareOptions{}, scaled().priced(t))},
		"cut off":     {ComparisonSchema, compare(CompareOptions{}, demo(t, "shop-monolith", 2), cut.analyze(t, Options{}))},
		"empty runs":  {ComparisonSchema, compare(CompareOptions{}, steadyScript(second).analyze(t, Options{}))},
		"sweep":       {SweepSchema, sweepOf(map[string][3]float64{"1": {200, 40, 20}, "2": {200, 75, 20}, "4": {200, 132, 20}, "8": {200, 200, 20}}, "replicas")},
		"load":        {SweepSchema, sweepOf(map[string][3]float64{"10/s": {10, 10, 10}, "20/s": {20, 20, 10}, "40/s": {40, 30, 11}}, "rate")},
		"found":       {CapacitySchema, capacityOf(6, 1e5, 500)},
		"no load":     {CapacitySchema, capacityOf(1, 1e5, 0.1)},
		"no search":   {CapacitySchema, searchedNothing(t)},
		"twin":        {TwinSchema, twin(1.5)},
		"twin within": {TwinSchema, twin(1)},
	} {
		text, err := json.Marshal(c.data)
		if err != nil {
			t.Fatal(name, err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(name, err)
		}
		s := compiled(t, c.schema)
		if err := s.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s.Validate(map[string]any{}) == nil {
			t.Errorf("%s: nothing is allowed", name)
		}
	}
}

// searchedNothing is a search whose first run could not be judged.
func searchedNothing(t *testing.T) *Capacity {
	c := &Capacity{Objectives: []string{promise}}
	c.Take(tried(t, milli, policy.OK))
	c.Doubts = append(c.Doubts, "saturated")
	c.Conclude(&Search{From: 1, Least: 1, Most: 2, Precision: 0.1, Repetitions: 1})
	return c
}

// What the code says of a field of these, the schemas say.
func TestSchemasOfReportsDescribe(t *testing.T) {
	for name, c := range map[string]struct {
		schema func() ([]byte, error)
		wants  []string
	}{
		"comparison": {ComparisonSchema, []string{"Row is one metric over all sides.", "CostRatio says how many times"}},
		"sweep":      {SweepSchema, []string{"values of a size that served all that was offered", "Spread is a metric over the repetitions"}},
		"capacity":   {CapacitySchema, []string{"Trial is one run of the search."}},
		"twin":       {TwinSchema, []string{"TwinMetric is one metric of one topology in both engines."}},
		"run":        {Schema, []string{"where the first phase begins that is measured"}},
	} {
		text, err := c.schema()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.wants {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("%s: no %q", name, want)
			}
		}
	}
}
