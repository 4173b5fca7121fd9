package topologies

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/keys"
	"windtunnel/topologies/policy"
)

// Total is the name of all entries together in checks and reports. Nothing else can have it.
const Total = "total"

// laterKinds are words that windtunnel knows and this version does not build.
var laterKinds = []string{"queue", "store"}

// names are those that the tag `registry:` asks for.
func names() map[string]func() []string {
	return map[string]func() []string{
		policy.Balancers.Noun(): policy.Balancers.Names,
		Runtimes.Noun():         Runtimes.Names,
	}
}

// newDecoder knows what the files of this package may name.
func newDecoder(doc *decode.Doc) *decode.Decoder {
	d := decode.New(doc)
	d.Names = names()
	d.Types = map[reflect.Type]func(*decode.Decoder, *yaml.Node, reflect.Value){
		reflect.TypeFor[Request]():             decodeRequest,
		reflect.TypeFor[policy.ScalerConfig](): decodeScaler,
		reflect.TypeFor[policy.Discovery]():    decodeDiscovery,
		reflect.TypeFor[Init]():                decodeInit,
		reflect.TypeFor[keys.Source]():         decodeKey,
	}
	return d
}

// decodeRequest reads `GET /path` or the long form, and the file of its body.
func decodeRequest(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	r := decode.Defaults[Request]()
	defer func() { into.Set(reflect.ValueOf(r)) }()
	if n.Kind == yaml.ScalarNode {
		text, ok := d.Filled(n, "a request such as GET /path")
		if !ok {
			return
		}
		method, path, two := strings.Cut(text, " ")
		if !two {
			method, path = r.Method, text
		}
		r.Method, r.Path = method, strings.TrimSpace(path)
		r.Vet(func(_, message string) { d.Addf(n, "%s: write a request as GET /path", message) })
		return
	}
	pairs := d.Struct(n, decode.Shape{What: "a request"}, &r)
	fillBody(d, pairs, &r)
}

// fillBody reads the file that a request's body is in.
func fillBody(d *decode.Decoder, pairs []decode.Pair, r *Request) {
	for _, p := range pairs {
		if p.Name == "body_file" && r.BodyFile != "" && r.Body == "" {
			r.Body, r.BodyFile = readBody(d, p, r.BodyFile), ""
		}
	}
}

// decodeScaler reads a scaler: its name with its settings, or the name alone.
func decodeScaler(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	chosen(d, n, into, policy.Scalers)
}

// decodeDiscovery reads a discovery: its name with its settings, or the name alone.
func decodeDiscovery(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	chosen(d, n, into, policy.Discoveries)
}

// chosen reads one of a registry: its name with its settings, or the name alone.
func chosen[T any](d *decode.Decoder, n *yaml.Node, into reflect.Value, registry *def.Registry[T]) {
	if _, known := registry.Lookup(n.Value); n.Kind == yaml.ScalarNode && known {
		n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column,
			Content: []*yaml.Node{n, {Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}}}
	}
	if made, ok := decode.Choice(d, n, registry); ok {
		into.Set(reflect.ValueOf(made))
	}
}

// decodeKey reads a distribution of keys.
func decodeKey(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	if source, ok := decode.Choice(d, n, keys.Sources); ok {
		into.Set(reflect.ValueOf(source))
	}
}

// decodeInit reads the steps of an initialisation.
func decodeInit(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	into.Set(reflect.ValueOf(initDecoder{d}.decode(n)))
}

// readBody reads a body's file and writes its text into the document, so that
// the document says all of the request wherever it is moved.
func readBody(d *decode.Decoder, p decode.Pair, name string) string {
	doc := d.Doc()
	if doc.Open == nil {
		d.Addf(p.Value, "no file can be read here")
		return ""
	}
	path := doc.Beside(name)
	text, err := doc.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Addf(p.Value, "there is no file %s: `body_file` is relative to the YAML file", path)
		return ""
	case err != nil:
		d.Addf(p.Value, "read body: %v", err)
		return ""
	case len(text) > decode.MaxFile:
		d.Addf(p.Value, "%s has %d bytes: a body has at most %d", path, len(text), decode.MaxFile)
		return ""
	}
	p.Key.Value = "body"
	*p.Value = yaml.Node{
		Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle,
		Value: decode.Escape(string(text)), Line: p.Value.Line, Column: p.Value.Column,
	}
	if !utf8.Valid(text) {
		p.Value.Tag, p.Value.Style = "", 0 // the encoder makes it !!binary
		p.Value.Value = string(text)
	}
	return string(text)
}

// reserved says that a name means something of its own.
func reserved(d *decode.Decoder, p decode.Pair, what string) {
	if slices.Contains([]string{Total}, p.Name) {
		d.Addf(p.Key, "no %s can be called %q: checks and reports call all entries together so", what, p.Name)
	}
}
