package scenarios_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"

	"windtunnel/scenarios"
	scenariocatalog "windtunnel/scenarios/catalog"
	topologycatalog "windtunnel/topologies/catalog"
	"windtunnel/topologies/decode"
)

// schemasByKind are the compiled schemas of each kind, and "" of documents of any.
func schemasByKind(t *testing.T) map[decode.Kind]*jsonschema.Schema {
	t.Helper()
	venues := []string{"docker", "process", "sim"}
	all := map[decode.Kind]*jsonschema.Schema{"": compileSchema(t, scenarios.DocumentsSchema(venues))}
	for _, k := range decode.Kinds() {
		all[k] = compileSchema(t, scenarios.Schema(k, venues))
	}
	return all
}

func compileSchema(t *testing.T, schema decode.Schema) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("windtunnel.schema.json", asJSON(t, schema)); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("windtunnel.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asJSON returns a value as the validator reads it.
func asJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// root is a document as an editor sees it.
func root(t *testing.T, doc decode.Doc) any {
	t.Helper()
	return asJSON(t, plain(t, doc.Root))
}

// plain is what a node means. yaml.Node.Decode would refuse a key that is there twice.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	var value any
	switch n.Kind {
	case yaml.MappingNode:
		pairs := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			pairs[n.Content[i].Value] = plain(t, n.Content[i+1])
		}
		value = pairs
	case yaml.SequenceNode:
		items := []any{}
		for _, item := range n.Content {
			items = append(items, plain(t, item))
		}
		value = items
	default:
		if err := n.Decode(&value); err != nil {
			return n.Value
		}
	}
	return value
}

// What windtunnel ships is valid in an editor too.
func TestSchemaAllowsWhatIsShipped(t *testing.T) {
	schemas := schemasByKind(t)
	seen := 0
	for _, shelf := range []fs.FS{topologycatalog.FS, scenariocatalog.FS} {
		err := fs.WalkDir(shelf, ".", func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(shelf, file)
			if err != nil {
				return err
			}
			docs, problems := decode.Read(file, text)
			for _, doc := range docs {
				seen++
				for _, k := range []decode.Kind{doc.Kind, ""} {
					if err := schemas[k].Validate(root(t, doc)); err != nil {
						t.Errorf("%s: %s %s: %#v", file, doc.Kind, doc.Name, err)
					}
				}
			}
			return problems.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 30 {
		t.Errorf("%d documents", seen)
	}
}

var unknownKey = regexp.MustCompile(`(?m)^([^:\s]+\.yaml):(\d+):\d+: unknown (?:key|step|distribution|fault|scaler|arrival process) "([^"]+)"`)

// What decoding calls an unknown key, an editor underlines: the schema names that very key.
func TestSchemaRefusesUnknownKeys(t *testing.T) {
	schemas := schemasByKind(t)
	wants, err := filepath.Glob(inputs + "/*.want")
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, file := range wants {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".want") + ".yaml"
		for _, m := range unknownKey.FindAllStringSubmatch(string(want), -1) {
			if m[1] != name {
				continue // of another file, such as one that is shipped
			}
			line, _ := strconv.Atoi(m[2])
			doc, ok := docAt(t, name, line)
			if !ok {
				continue // no document: decoding knows no kind either
			}
			refused++
			for _, k := range []decode.Kind{doc.Kind, ""} {
				err := schemas[k].Validate(root(t, doc))
				if keys := strangers(err); !slices.Contains(keys, m[3]) {
					t.Errorf("%s:%d: the schema %q does not refuse %q, but only %q", name, line, k, m[3], keys)
				}
			}
		}
	}
	if refused < 30 {
		t.Errorf("%d unknown keys", refused)
	}
}

// docAt finds the document of an input that a line is in.
func docAt(t *testing.T, name string, line int) (decode.Doc, bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(inputs, name))
	if err != nil {
		t.Fatal(err)
	}
	docs, _ := decode.Read(name, text)
	for _, doc := range slices.Backward(docs) {
		if doc.Root.Line <= line {
			return doc, true
		}
	}
	return decode.Doc{}, false
}

// strangers are the keys that an error of validation says do not belong.
func strangers(err error) []string {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	var keys []string
	if k, ok := invalid.ErrorKind.(*kind.AdditionalProperties); ok {
		keys = append(keys, k.Properties...)
	}
	for _, cause := range invalid.Causes {
		keys = append(keys, strangers(cause)...)
	}
	return keys
}

// One document with something in every place, and what is wrong when it is changed.
func TestSchemaOfValues(t *testing.T) {
	schemas := schemasByKind(t)
	for text, good := range map[string]bool{
		"topology: t\nparams: {n: 2}\nnodes: {a: {kind: service, hosts: [a], replicas: \"${n}\"}}":                                       true,
		"topology: t\nnodes: {a: {kind: \"${kind}\", hosts: [a]}}":                                                                       true,
		"topology: t\nnodes: {a: {kind: service, hosts: [a], replicas: two}}":                                                            false,
		"topology: t\nnodes: {a: {kind: service, hosts: [a], replicas: 0}}":                                                              false,
		"topology: t\nnodes: {a: {kind: servise, hosts: [a]}}":                                                                           false,
		"topology: t\nnodes: {a: {hosts: [a]}}":                                                                                          false,
		"topology: t\nnodes: {a: {kind: service, hosts: [a], keep_alive: 1s}}":                                                           false,
		"topology: t\nnodes: {A: {kind: service, hosts: [a]}}":                                                                           false,
		"topology: t\nedges: [{to: a, timeout: 5}]":                                                                                      false,
		"topology: t\nedges: [{to: a, balance: p3c}]":                                                                                    false,
		"topology: t\nedges: [{to: a, balance: p2c, retry: {attempts: 3, budget: 20%}}]":                                                 true,
		"topology: t\nedges: [{timeout: 5s}]":                                                                                            false,
		"application: a\ncomponents: {a: {operations: {b: [{wait: {exponential: 2ms}}]}}}\nentries: {b: a.b}":                            true,
		"application: a\ncomponents: {a: {operations: {b: [{wait: {exponental: 2ms}}]}}}\nentries: {b: a.b}":                             false,
		"application: a\ncomponents: {a: {operations: {b: [{parallel: [{wait: 1ms}, [{wait: 1ms}]]}]}}}\nentries: {b: {operation: a.b}}": true,
		"application: a\ncomponents: {a: {operations: {b: {steps: [{repeat: {times: 0, steps: []}}]}}}}\nentries: {b: a.b}":              false,
		"application: a\ncomponents: {a: {operations: {b: {steps: [{repeat: {times: 2, steps: []}}]}}}}":                                 false,
		"scenario: s\nphases: [{name: a, for: 5s, load: {poisson: 5/s}}]":                                                                true,
		"scenario: s\nphases: [{name: a, for: 5s, load: {poisson: 5/s, constant: 5/s}}]":                                                 false,
		"scenario: s\nphases: []": false,
		"scenario: s\nphases: [{name: a, for: 5s, load: {poisson: 5/s}}]\nfaults: [{name: f, at: 1s}]":                       false,
		"scenario: s\nphases: [{name: a, for: 5s, load: {poisson: 5/s}}]\nfaults: [{name: f, at: 1s, kill: {component: a}}]": true,
		"scenario: s\nphases: [{name: a, for: 5s, load: {poisson: 5/s}}]\nchecks: [a.b < 1, {that: a.b < 1, on: [t]}]":       true,
		"suite: s\nscenarios: [a]\non: sim\nmatrix: {rate: [5/s]}":                                                           true,
		"suite: s\nscenarios: [a]\non: moon": false,
	} {
		docs, problems := decode.Read("f.yaml", []byte(text+"\n"))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, k := range []decode.Kind{docs[0].Kind, ""} {
			if err := schemas[k].Validate(root(t, docs[0])); (err == nil) != good {
				t.Errorf("%s\nby the schema %q: %v", text, k, err)
			}
		}
	}
}

// A mapping without a kind is no document.
func TestSchemaOfNoKind(t *testing.T) {
	if err := schemasByKind(t)[""].Validate(map[string]any{"components": map[string]any{}}); err == nil {
		t.Error("valid")
	}
}
