package decode

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
)

// Kind says what a document describes.
type Kind string

// The kinds of document. The key of that name is the document's first and holds its name.
const (
	Application Kind = "application"
	Topology    Kind = "topology"
	Scenario    Kind = "scenario"
)

// Kinds lists the kinds from the outside in: a scenario names a topology, which names an application.
func Kinds() []Kind { return []Kind{Scenario, Topology, Application} }

// Doc is one document of a file.
type Doc struct {
	Kind Kind
	Name string
	File string
	Root *yaml.Node // a mapping, without aliases

	Open    func(path string) ([]byte, error) // reads a file that the document names; nil: none can be read
	Getenv  func(name string) (string, bool)  // ${NAME} that is no parameter; nil: the text stays as it is
	Secrets map[string]string                 // what Getenv gave, by name: not to be recorded

	marks  map[*yaml.Node]mark
	filled []string // the parameters that Fill replaced
}

// Pos is where a node of the document stands.
func (d *Doc) Pos(n *yaml.Node) Pos {
	if m, ok := d.marks[n]; ok && m.origin != "" {
		return Pos{File: m.origin}
	}
	if n == nil || n.Line == 0 {
		return Pos{File: d.File, Line: 1, Column: 1}
	}
	return Pos{File: d.File, Line: n.Line, Column: n.Column}
}

// identify finds the document's kind and name.
func (d *Doc) identify(problems *Problems) bool {
	var keys []string
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		key, value := d.Root.Content[i], d.Root.Content[i+1]
		keys = append(keys, key.Value)
		if kind := Kind(key.Value); slices.Contains(Kinds(), kind) && (d.Kind == "" || outer(kind, d.Kind)) {
			d.Kind, d.Name = kind, value.Value
		}
	}
	if d.Kind == "" {
		hint := ""
		for _, key := range keys {
			if hint = def.Hint(key, []string{"application", "topology", "scenario"}); hint != "" {
				break
			}
		}
		problems.Addf(d.Pos(d.Root), "the document has no kind: it should begin with %s%s", kindKeys(), hint)
		return false
	}
	value := d.Get(string(d.Kind))
	if message := BadName(d.Name); message != "" || value.Kind != yaml.ScalarNode {
		if value.Kind != yaml.ScalarNode {
			message = "it should be one word, but this is " + describe(value)
		}
		problems.Addf(d.Pos(value), "the %s's name: %s", d.Kind, message)
		return false
	}
	return true
}

// outer says whether kind a names kind b: the key `topology` of a scenario is
// a reference, and the document is the scenario.
func outer(a, b Kind) bool { return slices.Index(Kinds(), a) < slices.Index(Kinds(), b) }

// Get returns the value of a top-level key, nil where it is missing.
func (d *Doc) Get(key string) *yaml.Node { return child(d.Root, key) }

func kindKeys() string { return "`scenario: name`, `topology: name` or `application: name`" }
