package decode

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
)

// Shape says what Struct may meet besides the tagged fields.
type Shape struct {
	What  string   // what messages call it, such as "node payments"
	Known []string // keys that the caller reads itself
	Later []string // keys that windtunnel knows and this version does not build
}

// Validator is implemented by structs whose fields must agree with each other.
// It is asked once all of them were read without a problem. An add with an
// empty key means the whole.
type Validator interface {
	Vet(add func(key, message string))
}

// Struct decodes a mapping into one or more pointers to tagged structs, which
// share its keys, and says which keys are unknown, missing or there twice. It
// returns the pairs, for keys that the caller reads itself.
func (d *Decoder) Struct(n *yaml.Node, shape Shape, into ...any) []Pair {
	before := len(d.Problems)
	var fields []Field
	for _, target := range into {
		v := reflect.ValueOf(target).Elem()
		setDefaults(v)
		fields = append(fields, fieldsOf(v, nil)...)
	}
	if n.Kind != yaml.MappingNode {
		d.short(n, shape, fields)
		if len(d.Problems) == before {
			d.vet(n, nil, into)
		}
		return nil
	}
	pairs := d.Pairs(n, "a mapping")
	keys := slices.Clone(shape.Known)
	for _, f := range fields {
		keys = append(keys, f.Key)
	}
	for _, p := range pairs {
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Key == p.Name })
		switch {
		case at >= 0:
			d.field(p, fields[at])
		case !slices.Contains(shape.Known, p.Name):
			d.Unknown(p.Key, shape.What, keys, shape.Later)
			d.slips[n] = append(d.slips[n], def.Nearest(p.Name, keys))
		}
	}
	for _, f := range fields {
		if f.Required {
			d.Require(n, shape.What, pairs, f.Key, needed(f))
		}
	}
	if len(d.Problems) == before {
		d.vet(n, pairs, into)
	}
	return pairs
}

// field decodes one pair into its field.
func (d *Decoder) field(p Pair, f Field) {
	if isNull(p.Value) {
		d.Addf(p.Key, "%s has no value: want %s, or leave the key out", quoted(p.Name), f.Type)
		return
	}
	d.value(p.Value, f.value, f)
}

// short decodes what stands where a mapping could: the field tagged `,value`.
func (d *Decoder) short(n *yaml.Node, shape Shape, fields []Field) {
	for _, f := range fields {
		if f.Short {
			f.Type = needed(f)
			d.value(n, f.value, f)
			return
		}
	}
	keys := slices.Clone(shape.Known)
	for _, f := range fields {
		keys = append(keys, f.Key)
	}
	d.Addf(n, "%s is a mapping of its settings (%s), but this is %s", shape.What, strings.Join(keys, ", "), describe(n))
}

// vet asks the structs whether their fields agree.
func (d *Decoder) vet(n *yaml.Node, pairs []Pair, into []any) {
	for _, target := range into {
		if validator, ok := target.(Validator); ok {
			validator.Vet(func(key, message string) {
				at := n
				for _, p := range pairs {
					if p.Name == key {
						at = p.Value
					}
				}
				d.Addf(at, "%s", message)
			})
		}
	}
}

// needed says what a missing field should hold.
func needed(f Field) string {
	if f.Type == "text" && f.Doc != "" {
		return f.Doc
	}
	return f.Type
}

// Require says which of the keys are missing; each is given with what it should
// be. One that Struct has just found misspelt is not told again.
func (d *Decoder) Require(n *yaml.Node, what string, pairs []Pair, keys ...string) {
	for i := 0; i+1 < len(keys); i += 2 {
		if n.Kind == yaml.MappingNode && !has(pairs, keys[i]) && !slices.Contains(d.slips[n], keys[i]) {
			d.Addf(n, "%s needs %s: %s", what, quoted(keys[i]), keys[i+1])
		}
	}
}

func has(pairs []Pair, key string) bool {
	return slices.ContainsFunc(pairs, func(p Pair) bool { return p.Name == key })
}

// Defaults returns a T in which every field has the default of its tag.
func Defaults[T any]() T {
	var t T
	setDefaults(reflect.ValueOf(&t).Elem())
	return t
}

// SetDefaults gives every field of what is pointed to the default of its tag.
func SetDefaults(target any) { setDefaults(reflect.ValueOf(target).Elem()) }

// setDefaults sets the fields of a struct, and of the structs in it, to the
// defaults of their tags. Pointers stay nil: what they point to is optional.
func setDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v, nil) {
		if f.value.Kind() == reflect.Struct && structWithin(f.value.Type()) != nil {
			setDefaults(f.value)
		}
		if f.Default == "" {
			continue
		}
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(f.Default), &n); err != nil {
			panic(fmt.Sprintf("decode: default %q of %s: %v", f.Default, f.Key, err))
		}
		d := New(&Doc{})
		d.value(n.Content[0], f.value, Field{Key: f.Key, Type: f.Type})
		if err := d.Problems.Err(); err != nil {
			panic(fmt.Sprintf("decode: default %q of %s: %v", f.Default, f.Key, err))
		}
	}
}
