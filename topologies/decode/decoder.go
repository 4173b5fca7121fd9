package decode

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
)

// Decoder decodes the values of one document and collects what is wrong with them.
type Decoder struct {
	Problems Problems

	// Names gives the names of a registry by its noun, for the tag `registry:`.
	Names map[string]func() []string
	// Types decodes the types that tags cannot describe.
	Types map[reflect.Type]func(d *Decoder, n *yaml.Node, into reflect.Value)

	doc   *Doc
	slips map[*yaml.Node][]string // keys that a mapping's unknown ones were probably meant to be
}

// New returns a decoder for a document.
func New(doc *Doc) *Decoder {
	return &Decoder{doc: doc, slips: map[*yaml.Node][]string{}}
}

// Doc returns the document being decoded.
func (d *Decoder) Doc() *Doc { return d.doc }

// Pos is where a node stands.
func (d *Decoder) Pos(n *yaml.Node) Pos { return d.doc.Pos(n) }

// Addf adds a problem at a node. Where a parameter filled the node in, the message says so.
func (d *Decoder) Addf(n *yaml.Node, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if m := d.doc.marks[n]; m.note != "" {
		message += " (" + m.note + ")"
	}
	d.Problems.Addf(d.Pos(n), "%s", message)
}

// want says that something else should stand at a node; key is the field's, where there is one.
func (d *Decoder) want(n *yaml.Node, key, want string) {
	if key != "" {
		key += ": "
	}
	d.Addf(n, "%swant %s, but this is %s", key, want, describe(n))
}

// Pair is one line of a mapping.
type Pair struct {
	Name  string
	Key   *yaml.Node
	Value *yaml.Node
}

// Pairs returns the pairs of a mapping in the file's order, each key once;
// want says what the mapping should be, such as "a mapping of nodes by name".
func (d *Decoder) Pairs(n *yaml.Node, want string) []Pair { return d.pairs(n, "", want) }

func (d *Decoder) pairs(n *yaml.Node, field, want string) []Pair {
	if n.Kind != yaml.MappingNode {
		d.want(n, field, want)
		return nil
	}
	var pairs []Pair
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || isNull(key):
			d.Addf(key, "a key is one word, but this is %s", describe(key))
			continue
		case first[key.Value] != nil:
			d.Addf(key, "%q is there twice: the first is in line %d", short(key.Value), first[key.Value].Line)
			continue
		}
		first[key.Value] = key
		pairs = append(pairs, Pair{key.Value, key, value})
	}
	return pairs
}

// Named returns the pairs of a mapping whose keys the user chooses, and says
// which of them are no names; what is the singular of what they name.
func (d *Decoder) Named(n *yaml.Node, what string) []Pair {
	pairs := d.Pairs(n, "a mapping of "+plural(what)+" by name")
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		d.Addf(n, "there is no %s in it: write at least one, or leave the key out", what)
	}
	good := pairs[:0]
	for _, p := range pairs {
		if message := BadName(p.Name); message != "" {
			d.Addf(p.Key, "%s", message)
			continue
		}
		good = append(good, p)
	}
	return good
}

// Items returns the items of a list; want says what it should be.
func (d *Decoder) Items(n *yaml.Node, want string) []*yaml.Node { return d.items(n, "", want) }

func (d *Decoder) items(n *yaml.Node, field, want string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		d.want(n, field, want)
		return nil
	}
	return n.Content
}

// Unknown says that a key is none of those known; later holds the words that
// windtunnel knows and this version does not build.
func (d *Decoder) Unknown(key *yaml.Node, what string, known, later []string) {
	for _, word := range later {
		if key.Value == word {
			d.Addf(key, "%q is not built yet: this version of windtunnel knows the word but cannot run it", word)
			return
		}
	}
	d.Addf(key, "unknown key %q in %s%s", short(key.Value), what, hintOr(key.Value, known, "it takes "))
}

// hintOr ends a message with the nearest name, or else with all there are, if those are few.
func hintOr(name string, known []string, otherwise string) string {
	if hint := def.Hint(name, known); hint != "" {
		return hint
	}
	if len(known) == 0 || len(known) > 16 {
		return ""
	}
	return ": " + otherwise + strings.Join(known, ", ")
}

var (
	reference = regexp.MustCompile(`\$\$\{|\$\{([^}]*)\}?`)
	goodParam = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
)

// Text returns a scalar's text. A ${name} that is still in it was no parameter.
func (d *Decoder) Text(n *yaml.Node, want string) (string, bool) {
	return d.text(n, Field{Type: want})
}

// Filled is Text in which ${NAME} is taken from the environment.
func (d *Decoder) Filled(n *yaml.Node, want string) (string, bool) {
	return d.text(n, Field{Type: want, Env: "fill"})
}

// text is Text for a field with its tags.
func (d *Decoder) text(n *yaml.Node, f Field) (string, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.want(n, f.Key, f.Type)
		return "", false
	}
	raw := n.Value
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!null", "!!merge":
	case "!!binary":
		data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(raw), ""))
		if err != nil {
			d.Addf(n, "want %s, but this is no base64: %v", f.Type, err)
			return "", false
		}
		return string(data), true
	default:
		d.Addf(n, "the tag %s means nothing here: leave it out", short(n.Tag))
		return "", false
	}
	ok := true
	filled := reference.ReplaceAllStringFunc(raw, func(ref string) string {
		if ref == "$${" {
			return "${"
		}
		text, good := d.environment(n, ref, f.Env)
		ok = ok && good
		return text
	})
	return filled, ok
}

// declared ends a message about a parameter that the document does not have.
func (d *Decoder) declared(name string) string {
	if params := d.doc.Params(); len(params) > 0 {
		return hintOr(name, params, "`params:` declares ")
	}
	return ": this document has no `params:`; each declares its own, and --param reaches all that do"
}

// environment returns what a ${name} that is no parameter stands for.
func (d *Decoder) environment(n *yaml.Node, ref, env string) (string, bool) {
	name := strings.TrimSuffix(strings.TrimPrefix(ref, "${"), "}")
	switch {
	case env == "keep":
		return ref, true
	case !goodParam.MatchString(name) || !strings.HasSuffix(ref, "}"):
		d.Addf(n, "%q is no parameter: write ${name}, or $${ for the text ${ itself", short(ref))
		return "", false
	case env != "fill":
		d.Addf(n, "there is no parameter %q%s", short(name), d.declared(name))
		return "", false
	case d.doc.Getenv == nil:
		return ref, true
	}
	value, ok := d.doc.Getenv(name)
	if !ok {
		d.Addf(n, "%q is neither a parameter nor set in the environment: set it with %s=… before the command", short(name), short(name))
		return "", false
	}
	if d.doc.Secrets != nil {
		d.doc.Secrets[name] = value
	}
	return value, true
}

// plural is good enough for the nouns of the model.
func plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return stem + "ies"
	}
	return noun + "s"
}
