package decode

import (
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
)

// Choice decodes a mapping whose one key names a Def of a registry and whose
// value holds its settings: `load: {poisson: 200/s}`. The Def's New must give a
// pointer to a tagged struct.
func Choice[T any](d *Decoder, n *yaml.Node, registry *def.Registry[T]) (T, bool) {
	var none T
	noun := registry.Noun()
	if n.Kind != yaml.MappingNode {
		known, ok := registry.Lookup(n.Value)
		example := ""
		if ok {
			example = fmt.Sprintf(", such as {%s: …}", known.Name)
		}
		near := ""
		if n.Kind == yaml.ScalarNode && !ok {
			near = hintOr(n.Value, registry.Names(), "choose one of ")
		}
		d.Addf(n, "want %s %s with its settings%s, but this is %s%s", article(noun), noun, example, describe(n), near)
		return none, false
	}
	pair, ok := d.one(n, article(noun)+" "+noun, registry.Names())
	if !ok {
		return none, false
	}
	return Chosen(d, pair, registry)
}

// ChoiceAmong is Choice for a mapping that has other keys besides: `{name: x, at: 5s, kill: {…}}`.
func ChoiceAmong[T any](d *Decoder, n *yaml.Node, pairs []Pair, registry *def.Registry[T], others ...string) (T, bool) {
	var none T
	noun := registry.Noun()
	var found []Pair
	for _, p := range pairs {
		if _, ok := registry.Lookup(p.Name); ok {
			found = append(found, p)
		} else if !slices.Contains(others, p.Name) {
			d.Unknown(p.Key, article(noun)+" "+noun, append(slices.Clone(others), registry.Names()...), nil)
			return none, false
		}
	}
	switch {
	case len(found) == 0:
		d.Addf(n, "it says nothing of what goes wrong: add one of %s", list(registry.Names()))
	case len(found) > 1:
		d.Addf(found[1].Key, "only one %s in each: %q or %q? Write two, with a name each", noun, found[0].Name, found[1].Name)
	default:
		return Chosen(d, found[0], registry)
	}
	return none, false
}

// Chosen decodes the settings of the Def that a pair's key names.
func Chosen[T any](d *Decoder, p Pair, registry *def.Registry[T]) (T, bool) {
	var none T
	known, ok := registry.Lookup(p.Name)
	if !ok {
		d.Addf(p.Key, "unknown %s %q%s", registry.Noun(), short(p.Name), hintOr(p.Name, registry.Names(), "choose one of "))
		return none, false
	}
	made := known.New()
	v := reflect.ValueOf(made)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("decode: New of %s %q gives a %T, no pointer", registry.Noun(), p.Name, made))
	}
	before := len(d.Problems)
	if isNull(p.Value) {
		d.Addf(p.Key, "%s has no value", quoted(p.Name))
		return none, false
	}
	d.Struct(p.Value, Shape{What: quoted(p.Name)}, made)
	return made, len(d.Problems) == before
}

func article(noun string) string {
	if len(noun) > 0 && slices.Contains([]byte("aeiou"), noun[0]) {
		return "an"
	}
	return "a"
}

func list(names []string) string {
	s := ""
	for i, name := range names {
		if i > 0 {
			s += ", "
		}
		s += name
	}
	return s
}

func reflectElem[T any](p *T) reflect.Value { return reflect.ValueOf(p).Elem() }
