package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiled is the published schema as a validator reads it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("run.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("run.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaAllowsEveryRun(t *testing.T) {
	s := compiled(t)
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
	for name, a := range map[string]*Analysis{"cut off": cut.analyze(t, Options{}), "empty": steadyScript(second).analyze(t, Options{})} {
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
	s := compiled(t)
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
