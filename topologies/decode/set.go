package decode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
)

// Assignment is one `--set a.b=c`.
type Assignment struct {
	Text   string   // as written after --set
	Path   []string // its parts
	Origin Pos      // the place that problems with it name
	value  *yaml.Node
}

// ParseSet parses `a.b=c`. The value is YAML: a word, or a list or mapping in brackets.
func ParseSet(text string) (Assignment, error) {
	path, value, ok := strings.Cut(text, "=")
	if !ok {
		return Assignment{}, fmt.Errorf("a setting is written as path=value, such as nodes.payments.replicas=2")
	}
	a := Assignment{Text: text, Path: strings.Split(path, "."), Origin: Pos{File: "--set " + text}}
	if slices.Contains(a.Path, "") {
		return a, fmt.Errorf("the path %q has an empty part", path)
	}
	if len(a.Path) > MaxDepth/2 {
		return a, fmt.Errorf("the path has %d parts: at most %d", len(a.Path), MaxDepth/2)
	}
	if len(value) > MaxFile {
		return a, fmt.Errorf("the value is too long")
	}
	a.value = scalarOrFlow(value)
	return a, nil
}

// scalarOrFlow reads a value. Text that is no YAML of its own, `GET /x: y`, is just text.
func scalarOrFlow(text string) *yaml.Node {
	plain := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: text}
	var root yaml.Node
	docs := yaml.NewDecoder(strings.NewReader(text))
	if err := parse(docs, &root); err != nil || len(root.Content) != 1 {
		return plain
	}
	n, _, problem := expand(&Doc{}, root.Content[0])
	if problem != "" || strings.ContainsAny(text, "\n") || n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 {
		return plain
	}
	return n
}

// keyed are the mappings whose keys the user chose. --set reaches what is in
// them and adds nothing: a new name there is nearly always a slip.
var keyed = []string{"nodes", "components", "operations", "schedules"}

// topKeys are the keys of each kind of document that --set may reach.
var topKeys = map[Kind][]string{
	Scenario:    {"mix", "phases", "faults", "checks", "generator", "traces", "topology"},
	Topology:    {"nodes", "edges", "sut", "application"},
	Application: {"components", "entries", "schedules"},
}

// TopKeys lists what an assignment may begin with.
func TopKeys() []string {
	keys := []string{}
	for _, kind := range Kinds() {
		keys = append(keys, topKeys[kind]...)
	}
	return keys
}

// lists are the keys whose values are lists: --set adds no items.
var lists = []string{"edges", "phases", "faults", "checks"}

// Has says whether an assignment's first part is a key of this kind of document.
func (d *Doc) Has(a Assignment) bool { return slices.Contains(topKeys[d.Kind], a.Path[0]) }

// Put sets a top-level key, after the document's name where it is new.
func (d *Doc) Put(key, text string) {
	if n := d.Get(key); n != nil {
		if n.Kind != yaml.ScalarNode {
			*n = yaml.Node{Kind: yaml.ScalarNode}
		}
		setText(n, text)
		return
	}
	pair := []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, {Kind: yaml.ScalarNode, Tag: "!!str", Value: text}}
	at := 0
	for i := 0; i+1 < len(d.Root.Content); i += 2 {
		if d.Root.Content[i].Value == string(d.Kind) {
			at = i + 2
		}
	}
	d.Root.Content = slices.Insert(d.Root.Content, at, pair...)
}

// Append adds text to a top-level list, which is made where there is none.
// Problems with it name its origin instead of a place.
func (d *Doc) Append(key, text string, origin Pos) {
	list := d.Get(key)
	if list == nil {
		list = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		d.Root.Content = append(d.Root.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, list)
	}
	if list.Kind != yaml.SequenceNode {
		return // told when the document is decoded
	}
	item := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	d.marks[item] = mark{origin: origin}
	list.Content = append(list.Content, item)
}

// Set changes the value at the assignment's path. A key that is not there yet
// is added, with the mappings around it; whether it may be there is found when
// the document is decoded.
func (d *Doc) Set(a Assignment) error {
	value := d.copyNode(a.value, d.marks)
	d.markAll(value, mark{origin: a.Origin})
	return d.set(d.Root, a.Path, value, "")
}

func (d *Doc) markAll(n *yaml.Node, m mark) {
	d.marks[n] = m
	n.Line, n.Column = 0, 0
	for _, child := range n.Content {
		d.markAll(child, m)
	}
}

func (d *Doc) set(n *yaml.Node, path []string, value *yaml.Node, within string) error {
	if len(path) == 0 {
		*n = *value
		d.marks[n] = d.marks[value]
		return nil
	}
	switch n.Kind {
	case yaml.SequenceNode:
		i, err := index(n, path[0])
		if err != nil {
			return err
		}
		return d.set(n.Content[i], path[1:], value, path[0])
	case yaml.MappingNode:
		return d.setKey(n, path, value, within)
	default:
		return fmt.Errorf("%s is %s and has no %q in it", quoted(within), describe(n), short(path[0]))
	}
}

// setKey follows a path into a mapping. Keys may hold dots themselves, as
// those of `requests:` do: the shortest that is there is taken.
func (d *Doc) setKey(n *yaml.Node, path []string, value *yaml.Node, within string) error {
	for k := 1; k <= len(path); k++ {
		if c := child(n, strings.Join(path[:k], ".")); c != nil {
			return d.set(c, path[k:], value, path[k-1])
		}
	}
	var known []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		known = append(known, n.Content[i].Value)
	}
	if slices.Contains(keyed, within) {
		return fmt.Errorf("there is no %q in %s%s", short(path[0]), quoted(within), hintOr(path[0], known, "it has "))
	}
	if len(path) > 1 && slices.Contains(lists, path[0]) {
		return fmt.Errorf("there is no %s, and so no %q in it", quoted(path[0]), short(path[1]))
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: path[0]}
	added := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: n.Style & yaml.FlowStyle}
	m := d.marks[value]
	d.marks[key], d.marks[added] = m, m
	n.Content = append(n.Content, key, added)
	return d.set(added, path[1:], value, path[0])
}

// index finds an item of a list by its number, or by its `name` or `to`.
func index(n *yaml.Node, part string) (int, error) {
	var names []string
	for i, item := range n.Content {
		for _, key := range []string{"name", "to"} {
			if c := child(item, key); c != nil && c.Kind == yaml.ScalarNode {
				if c.Value == part {
					return i, nil
				}
				names = append(names, c.Value)
			}
		}
	}
	i, err := strconv.Atoi(part)
	switch {
	case err != nil:
		return 0, fmt.Errorf("no item of the list is called %q%s", short(part), def.Hint(part, names))
	case i < 0 || i >= len(n.Content):
		return 0, fmt.Errorf("the list has %d items, counted from 0: there is no %d", len(n.Content), i)
	}
	return i, nil
}
