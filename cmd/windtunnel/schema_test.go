package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"windtunnel/topologies/decode"
)

// What init writes is valid by the schema that it writes beside it.
func TestStarterIsValidInAnEditor(t *testing.T) {
	files, err := starterTexts()
	if err != nil {
		t.Fatal(err)
	}
	schema := files[len(files)-1]
	if schema.name != editors {
		t.Fatal(schema.name)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(editors, unmarshal(t, schema.text)); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(editors)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files[:len(files)-1] {
		docs, problems := decode.Read(f.name, f.text)
		if len(docs) == 0 || len(problems) > 0 {
			t.Errorf("%s: %d documents, %v", f.name, len(docs), problems)
		}
		for _, doc := range docs {
			var value any
			if err := doc.Root.Decode(&value); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(unmarshal(t, text)); err != nil {
				t.Errorf("%s: %#v", f.name, err)
			}
		}
	}
}

func unmarshal(t *testing.T, text []byte) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}
