package decode

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// expand returns a copy of a tree in which aliases and merge keys (`<<`) are
// replaced by what they stand for. It bounds depth and size, so that a few
// lines of aliases of aliases cannot become a billion values.
func expand(doc *Doc, root *yaml.Node) (*yaml.Node, Pos, string) {
	e := expander{doc: doc, open: map[*yaml.Node]bool{}}
	n := e.copy(root, 0)
	return n, e.pos, e.message
}

type expander struct {
	doc     *Doc
	nodes   int
	open    map[*yaml.Node]bool // anchors that are being copied: one inside itself has no end
	pos     Pos
	message string // the first thing wrong; nothing is copied after it
}

func (e *expander) stop(n *yaml.Node, format string, args ...any) {
	if e.message == "" {
		e.pos, e.message = e.doc.Pos(n), fmt.Sprintf(format, args...)
	}
}

func (e *expander) copy(n *yaml.Node, depth int) *yaml.Node {
	if e.nodes++; e.nodes > MaxNodes {
		e.stop(n, "the document has more than %d values, with those that aliases repeat", MaxNodes)
	}
	if depth > MaxDepth {
		e.stop(n, "more than %d mappings and lists within each other", MaxDepth)
	}
	if e.message != "" {
		return &yaml.Node{Kind: yaml.ScalarNode}
	}
	if n.Kind == yaml.AliasNode {
		return e.alias(n, depth)
	}
	c := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value, Line: n.Line, Column: n.Column}
	if n.Kind == yaml.MappingNode {
		e.mapping(n, c, depth)
		return c
	}
	for _, item := range n.Content {
		c.Content = append(c.Content, e.copy(item, depth+1))
	}
	return c
}

func (e *expander) alias(n *yaml.Node, depth int) *yaml.Node {
	if n.Alias == nil || e.open[n.Alias] {
		e.stop(n, "*%s refers to what it stands in", n.Value)
		return &yaml.Node{Kind: yaml.ScalarNode}
	}
	e.open[n.Alias] = true
	defer delete(e.open, n.Alias)
	return e.copy(n.Alias, depth)
}

// mapping copies the pairs of n to c: its own first, then those that merge
// keys bring in and that it does not have itself.
func (e *expander) mapping(n, c *yaml.Node, depth int) {
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge" {
			merged = append(merged, e.copy(value, depth+1))
			continue
		}
		c.Content = append(c.Content, e.copy(key, depth+1), e.copy(value, depth+1))
	}
	for _, m := range merged {
		e.merge(m, c)
	}
}

func (e *expander) merge(from, into *yaml.Node) {
	switch from.Kind {
	case yaml.SequenceNode:
		for _, m := range from.Content {
			e.merge(m, into)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(from.Content); i += 2 {
			if child(into, from.Content[i].Value) == nil {
				into.Content = append(into.Content, from.Content[i], from.Content[i+1])
			}
		}
	default:
		e.stop(from, "`<<` takes in the keys of a mapping, but this is %s", describe(from))
	}
}
