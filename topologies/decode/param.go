package decode

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Param is a parameter that a document declares.
type Param struct {
	Name    string
	Default string
	Pos     Pos
}

// Declared returns the parameters of a document in the file's order, and what is wrong with them.
func (d *Doc) Declared() ([]Param, Problems) {
	n := d.Get("params")
	if n == nil {
		return nil, nil
	}
	var params []Param
	decoder := New(d)
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		if key := d.Root.Content[i]; key.Value == "params" && d.Root.Content[i+1] != n {
			decoder.Addf(key, "%q is there twice: write all parameters under one", key.Value)
		}
	}
	for _, p := range decoder.Pairs(n, "a mapping from parameters to their defaults, such as {rate: 200/s}") {
		switch {
		case !goodParam.MatchString(p.Name):
			decoder.Addf(p.Key, "%q cannot be a parameter: use letters, digits, - and _", short(p.Name))
		case p.Value.Kind != yaml.ScalarNode || isNull(p.Value):
			decoder.Addf(p.Value, "parameter %s: its default is one word such as 200/s, but this is %s", p.Name, describe(p.Value))
		case strings.Contains(p.Value.Value, "${"):
			decoder.Addf(p.Value, "parameter %s: a default cannot refer to other parameters", p.Name)
		default:
			params = append(params, Param{p.Name, p.Value.Value, decoder.Pos(p.Key)})
		}
	}
	return params, decoder.Problems
}

// Params returns the names that the document may use as ${name}.
func (d *Doc) Params() []string {
	names := d.filled
	n := d.Get("params")
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		names = append(names, n.Content[i].Value)
	}
	return names
}

// Fill returns a copy of the document in which each ${name} of a declared
// parameter has its value: the one given, or else the default. `params:` itself
// is gone: nothing refers to it any more. The document's own name takes no parameters.
func (d *Doc) Fill(given map[string]string) *Doc {
	c := d.Copy()
	params, _ := d.Declared()
	values := map[string]string{}
	for _, p := range params {
		values[p.Name] = p.Default
		if v, ok := given[p.Name]; ok {
			values[p.Name] = v
		}
	}
	c.filled = d.Params()
	pairs := c.Root.Content
	c.Root.Content = nil
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i].Value == "params" {
			continue
		}
		if pairs[i].Value != string(d.Kind) {
			c.fill(pairs[i+1], values)
		}
		c.Root.Content = append(c.Root.Content, pairs[i], pairs[i+1])
	}
	return c
}

func (d *Doc) fill(n *yaml.Node, values map[string]string) {
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			d.fill(child, values)
		}
	}
	if n.Kind != yaml.ScalarNode || !strings.Contains(n.Value, "${") {
		return
	}
	var notes []string
	text := reference.ReplaceAllStringFunc(n.Value, func(ref string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(ref, "${"), "}")
		value, ok := values[name]
		if !ok || ref == "$${" || !strings.HasSuffix(ref, "}") {
			return ref
		}
		if note := ref + " is " + short(value); !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
		return Escape(value)
	})
	if text == n.Value {
		return
	}
	setText(n, text)
	m := d.marks[n]
	m.note = strings.Join(notes, ", ")
	d.marks[n] = m
}

// Escape returns text as a file must hold it to mean that text: without references.
func Escape(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// setText gives a scalar another text. A plain one is again what it looks like: a number, a word.
func setText(n *yaml.Node, text string) {
	n.Value = text
	if n.Style&yaml.TaggedStyle == 0 && n.Style == 0 {
		n.Tag = ""
	}
	if text == "" || strings.ContainsAny(text, "\n\r") {
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
	}
}
