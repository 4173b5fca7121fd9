package decode

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mark says of a node what the file does not: that the command line put it
// there, or that a parameter filled it in.
type mark struct {
	origin Pos    // of what put it there: "--set a.b=c"
	note   string // "${rate} is 100": follows the message
}

// Copy returns a document that can be changed without changing d.
func (d *Doc) Copy() *Doc {
	c := *d
	c.marks = map[*yaml.Node]mark{}
	c.Root = d.copyNode(d.Root, c.marks)
	return &c
}

func (d *Doc) copyNode(n *yaml.Node, marks map[*yaml.Node]mark) *yaml.Node {
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, d.copyNode(child, marks))
	}
	if m, ok := d.marks[n]; ok {
		marks[&c] = m
	}
	return &c
}

// AsWritten says whether a scalar's text stands in the file as it is, on one
// line: a place inside the text is then a place in the file.
func (d *Doc) AsWritten(n *yaml.Node) bool {
	_, marked := d.marks[n]
	return !marked && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && !strings.ContainsAny(n.Value, "\\\n'\"")
}

// Places returns where each value of the document stands, by its path:
// "nodes.payments.hosts.0". A key's own place is at "nodes.payments/key".
func (d *Doc) Places() Places {
	places := Places{"": d.Pos(d.Root)}
	d.places(d.Root, "", places)
	return places
}

func (d *Doc) places(n *yaml.Node, path string, places Places) {
	for i := 0; n.Kind == yaml.SequenceNode && i < len(n.Content); i++ {
		d.place(n.Content[i], fmt.Sprintf("%s%d", path, i), places)
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		at := path + n.Content[i].Value
		places[at+"/key"] = d.Pos(n.Content[i])
		d.place(n.Content[i+1], at, places)
	}
}

func (d *Doc) place(n *yaml.Node, path string, places Places) {
	places[path] = d.Pos(n)
	d.places(n, path+".", places)
}

// Places is where the values of a document stand. The nil Places knows none.
type Places map[string]Pos

// At returns the place of a path, or of the nearest value around it.
func (p Places) At(path ...string) Pos {
	for ; ; path = path[:len(path)-1] {
		joined := ""
		for i, part := range path {
			if i > 0 {
				joined += "."
			}
			joined += part
		}
		if pos, ok := p[joined]; ok || len(path) == 0 {
			return pos
		}
	}
}

// path returns the file that a node names, relative to the document's own, and
// writes it into the document in full, so that the document can be moved.
func (d *Doc) path(n *yaml.Node, name string) string {
	full := d.Beside(name)
	if absolute, err := filepath.Abs(full); err == nil {
		n.Value = absolute
	}
	return full
}

// Beside returns the path of a file that the document names.
func (d *Doc) Beside(name string) string {
	if filepath.IsAbs(name) || d.File == "" {
		return name
	}
	return filepath.Join(filepath.Dir(d.File), name)
}

// Marshal writes documents as YAML, parted by `---`. Read gives the same documents again.
func Marshal(docs ...*Doc) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	for _, d := range docs {
		if err := encoder.Encode(d.Root); err != nil {
			return nil, fmt.Errorf("write %s %s: %w", d.Kind, d.Name, err)
		}
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("write documents: %w", err)
	}
	return text.Bytes(), nil
}
