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
	Suite       Kind = "suite"
)

// Kinds lists the kinds from the outside in: a suite names scenarios, a scenario
// a topology, which names an application.
func Kinds() []Kind { return []Kind{Suite, Scenario, Topology, Application} }

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
	if m, ok := d.marks[n]; ok && m.origin != (Pos{}) {
		return m.origin
	}
	if n == nil || n.Line == 0 {
		return Pos{File: d.File, Line: 1, Column: 1}
	}
	return Pos{File: d.File, Line: n.Line, Column: n.Column}
}

// identify finds the document's kind and name. Of several kinds among its keys
// it is the first: the key `topology` of a scenario is a reference, and the
// document is the scenario.
func (d *Doc) identify(kinds []Kind, problems *Problems) bool {
	var keys []string
	at := len(kinds)
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		key, value := d.Root.Content[i], d.Root.Content[i+1]
		keys = append(keys, key.Value)
		if k := slices.Index(kinds, Kind(key.Value)); k >= 0 && k < at {
			at, d.Kind, d.Name = k, kinds[k], value.Value
		}
	}
	if d.Kind == "" {
		hint := ""
		for _, key := range keys {
			if hint = def.Hint(key, names(kinds)); hint != "" {
				break
			}
		}
		problems.Addf(d.Pos(d.Root), "the document has no kind: it should begin with %s%s", kindKeys(kinds), hint)
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

// Get returns the value of a top-level key, nil where it is missing.
func (d *Doc) Get(key string) *yaml.Node { return child(d.Root, key) }

// kindKeys says how a document of one of the kinds begins.
func kindKeys(kinds []Kind) string {
	text := ""
	for i, kind := range kinds {
		switch {
		case i > 0 && i == len(kinds)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += "`" + string(kind) + ": name`"
	}
	return text
}

func names(kinds []Kind) []string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
	}
	return words
}
