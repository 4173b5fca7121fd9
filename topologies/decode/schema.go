package decode

import (
	"fmt"
	"path"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies/def"
)

// Draft is the JSON schema dialect that Schemas writes: the newest that
// yaml-language-server, and so most editors, takes ("JSON Schema 7 and below").
const Draft = "http://json-schema.org/draft-07/schema#"

// Schema is a JSON schema, as encoding/json writes it.
type Schema map[string]any

// Schemas derives schemas from what decoding goes by: the tags of structs, the
// registries, and the types that tags cannot describe. A schema knows the keys
// and the form of each value; what values have to do with each other, and
// whether a name leads anywhere, is found by decoding alone.
type Schemas struct {
	Names map[string]func() []string             // as Decoder.Names
	Types map[reflect.Type]func(*Schemas) Schema // of each type in Decoder.Types

	definitions map[string]any
}

// NewSchemas returns one that knows no names and no types beside decode's own.
func NewSchemas() *Schemas { return &Schemas{definitions: map[string]any{}} }

// Whole makes a schema that stands for itself: with all that it refers to.
func (s *Schemas) Whole(title string, of Schema) Schema {
	return Schema{"$schema": Draft, "title": title, "allOf": []Schema{of}, "definitions": s.definitions}
}

// Define keeps a schema under a name and returns a reference to it, so that it
// may refer to itself and stands in the file once.
func (s *Schemas) Define(name string, of func() Schema) Schema {
	if _, there := s.definitions[name]; !there {
		s.definitions[name] = nil // first: it may refer to itself
		s.definitions[name] = of()
	}
	return Schema{"$ref": "#/definitions/" + name}
}

// Struct is the schema of what Decoder.Struct reads into a tagged struct: a
// mapping, or the short form.
func (s *Schemas) Struct(of any) Schema {
	t := reflect.TypeOf(of)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	build := func() Schema {
		mapping := s.Mapping(nil, of)
		for _, f := range fieldsOf(reflect.New(t).Elem(), nil) {
			if f.Short {
				return anyOf(mapping, s.of(f.Go, f))
			}
		}
		return mapping
	}
	if t.Name() == "" {
		return build()
	}
	return s.Define(path.Base(t.PkgPath())+"."+t.Name(), build)
}

// Mapping is a mapping with the keys of tagged structs, and with more that the
// caller reads itself: those of them are required that are named. No other key may be in it.
func (s *Schemas) Mapping(more map[string]Schema, of any, required ...string) Schema {
	return s.merged(more, []any{of}, required...)
}

// merged is Mapping for several structs that share the keys of one mapping.
func (s *Schemas) merged(more map[string]Schema, of []any, required ...string) Schema {
	properties := map[string]any{}
	for key, schema := range more {
		properties[key] = schema
	}
	for _, target := range of {
		t := reflect.TypeOf(target)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		for _, f := range fieldsOf(reflect.New(t).Elem(), nil) {
			properties[f.Key] = s.field(f)
			if f.Required {
				required = append(required, f.Key)
			}
		}
	}
	mapping := Schema{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		slices.Sort(required)
		mapping["required"] = slices.Compact(required)
	}
	return mapping
}

// Variants is a mapping that says by the value of a key which Def of a registry
// its other keys belong to, besides those of common: `{kind: service, …}`.
func Variants[T any](s *Schemas, key string, registry *def.Registry[T], common any) Schema {
	of := Schema{"type": "object", "required": []string{key}, "properties": Schema{key: Enum(registry.Names()...)}}
	var cases []Schema
	for _, d := range registry.All() {
		name := Schema{"const": d.Name, "description": d.Doc}
		then := s.Define(registry.Noun()+"."+d.Name, func() Schema {
			return s.merged(map[string]Schema{key: name}, []any{common, d.New()}, key)
		})
		cases = append(cases, Schema{
			"if":   Schema{"required": []string{key}, "properties": Schema{key: Schema{"const": d.Name}}},
			"then": then,
		})
	}
	of["allOf"] = cases
	return of
}

// ChoiceSchema is what Choice reads: a mapping whose one key names a Def.
func ChoiceSchema[T any](s *Schemas, registry *def.Registry[T]) Schema {
	return s.Define(registry.Noun(), func() Schema { return oneOf(choices(s, registry)) })
}

// NamedChoiceSchema is ChoiceSchema where the name may stand alone too.
func NamedChoiceSchema[T any](s *Schemas, registry *def.Registry[T]) Schema {
	return anyOf(Enum(registry.Names()...), ChoiceSchema(s, registry))
}

// ChoiceAmongSchema is what ChoiceAmong reads: a mapping with other keys, of
// which those named are required, and one more that names a Def.
func ChoiceAmongSchema[T any](s *Schemas, registry *def.Registry[T], others map[string]Schema, required ...string) Schema {
	of := s.merged(others, nil, required...)
	var one []Schema
	for name, schema := range choices(s, registry) {
		of["properties"].(map[string]any)[name] = schema
	}
	for _, name := range registry.Names() {
		one = append(one, Schema{"required": []string{name}})
	}
	of["oneOf"] = one
	return of
}

// choices are the settings of each Def of a registry.
func choices[T any](s *Schemas, registry *def.Registry[T]) map[string]Schema {
	all := map[string]Schema{}
	for _, d := range registry.All() {
		all[d.Name] = s.Struct(d.New()).Describe(d.Doc)
	}
	return all
}

// oneOf is a mapping with exactly one of some keys.
func oneOf(keys map[string]Schema) Schema {
	return Schema{"type": "object", "properties": keys, "additionalProperties": false, "minProperties": 1, "maxProperties": 1}
}

// Named is what Decoder.Named reads: a mapping whose keys the user chooses.
func (s *Schemas) Named(value Schema) Schema {
	return Schema{
		"type": "object", "minProperties": 1, "additionalProperties": value,
		"propertyNames": Schema{"pattern": goodName.String(), "maxLength": MaxName},
	}
}

// Document is a document of a kind: with its name, its parameters, and the keys
// that are known in it. It panics where keys and what is said of them differ,
// which is a mistake of the program.
func (s *Schemas) Document(kind Kind, known []string, keys map[string]Schema, of any, required ...string) Schema {
	keys[string(kind)] = Schema{"type": []string{"string", "integer"}, "pattern": goodName.String(), "maxLength": MaxName,
		"description": fmt.Sprintf("the %s's name", kind)}
	keys["params"] = Schema{
		"type": "object", "additionalProperties": s.Text(), "propertyNames": Schema{"pattern": goodParam.String()},
		"description": "parameters with their defaults: ${name} stands for one, --param sets it",
	}
	for _, key := range known {
		if keys[key] == nil {
			panic(fmt.Sprintf("decode: the schema of a %s says nothing of %q", kind, key))
		}
	}
	if len(keys) != len(known) {
		panic(fmt.Sprintf("decode: the schema of a %s has %d keys of its own, and %d are known", kind, len(keys), len(known)))
	}
	return s.Define(string(kind), func() Schema { return s.Mapping(keys, of, append(required, string(kind))...) })
}

// field is the schema of a field's value, with what its tags say of it.
func (s *Schemas) field(f Field) Schema {
	of := s.of(f.Go, f)
	if f.Required && f.Go.Kind() == reflect.Slice {
		of["minItems"] = 1
	}
	doc := f.Doc
	if f.Type != doc {
		doc += " (" + f.Type + ")"
	}
	of = of.Describe(doc)
	if f.Default != "" {
		var value any
		if err := yaml.Unmarshal([]byte(f.Default), &value); err != nil {
			panic(fmt.Sprintf("decode: default %q of %s: %v", f.Default, f.Key, err))
		}
		of["default"] = value
	}
	return of
}

// Describe returns the schema with words for whoever points at it. Beside a
// reference nothing else counts, hence the wrapping.
func (of Schema) Describe(doc string) Schema {
	if _, ref := of["$ref"]; ref {
		return Schema{"allOf": []Schema{of}, "description": doc}
	}
	described := Schema{"description": doc}
	for key, value := range of {
		if key != "description" {
			described[key] = value
		}
	}
	return described
}

func anyOf(of ...Schema) Schema { return Schema{"anyOf": of} }
