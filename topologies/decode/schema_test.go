package decode

import (
	"encoding/json"
	"reflect"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A text is in the form that a schema asks for if and only if its type parses it.
func TestFormsAreThoseThatParse(t *testing.T) {
	texts := []string{"0", "5", "1.5", "+3", ".5", "2e3", "-1", "x", "", "250ms", "1h30m", "1.5s", "5 s", "200/s", "12000/m", "5 /h", "5/d",
		"64Mi", "1.5Gi", "10k", "512B", "2Kib", "500m", "0.5", "0.1%", "50%", "-5%", "50 %", "100", "10s", "5µs"}
	for of, form := range unitSchemas {
		pattern := regexp.MustCompile("^(" + form.text + ")$")
		for _, text := range texts {
			err := parse1(text, reflect.New(of).Elem())
			if got := pattern.MatchString(text); got != (err == nil) && !zeroOf(of, text) {
				t.Errorf("%s %q: in the form: %v, but parsed: %v", of, text, got, err)
			}
		}
	}
}

// zeroOf says whether a type refuses a text for its value, which a form does not tell.
func zeroOf(of reflect.Type, text string) bool {
	_, number := unitSchemas[of].number["minimum"]
	return number && (text == "0" || text == "-1")
}

// What the tags say, the schema says.
func TestSchemaOfTags(t *testing.T) {
	s := NewSchemas()
	s.Names = map[string]func() []string{"pet": func() []string { return []string{"cat", "dog"} }}
	got, err := json.Marshal(s.Struct(struct {
		Pet   string   `yaml:"pet" registry:"pet" doc:"who it is"`
		Lives int      `yaml:"lives,value" default:"9" min:"1" doc:"how many"`
		Names []string `yaml:"names" required:"true" doc:"what it is called"`
	}{}))
	if err != nil {
		t.Fatal(err)
	}
	var want, have any
	if err := yaml.Unmarshal([]byte(`
anyOf:
- type: object
  additionalProperties: false
  required: [names]
  properties:
    pet: {description: who it is (the name of a pet), anyOf: [{enum: [cat, dog]}, {type: string, pattern: '\$\{'}]}
    lives: {description: how many (a whole number), default: 9, anyOf: [{type: integer, minimum: 1}, {type: string, pattern: '^\s*([+-]?[0-9]+)\s*$|\$\{'}]}
    names: {description: 'what it is called (a list such as [a, b])', type: array, minItems: 1, items: {type: [string, number, boolean]}}
- anyOf: [{type: integer, minimum: 1}, {type: string, pattern: '^\s*([+-]?[0-9]+)\s*$|\$\{'}]
`), &want); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(got, &have); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("%s", got)
	}
}

func TestSchemaOfADocumentKnowsItsKeys(t *testing.T) {
	for _, keys := range []map[string]Schema{{}, {"nodes": {}, "more": {}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", keys)
				}
			}()
			NewSchemas().Document(Topology, []string{"topology", "params", "nodes"}, keys, struct{}{})
		}()
	}
}
