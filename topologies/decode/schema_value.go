package decode

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"

	"windtunnel/topologies/unit"
)

// parameter matches a text that refers to a parameter, which may stand for any scalar.
const parameter = `\$\{`

// How numbers and times are written.
const (
	numberText   = `\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?`
	wholeText    = `[+-]?[0-9]+`
	durationText = `\+?0|\+?(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+`
)

// unitSchemas are the types that parse themselves from one word: what they
// take as text, and as a YAML number, nil where that lacks its unit.
var unitSchemas = map[reflect.Type]struct {
	text   string
	number Schema
}{
	durationType:                         {durationText, Schema{"const": 0}},
	reflect.TypeFor[unit.Rate]():         {numberText + ` */ *[smh]`, nil},
	reflect.TypeFor[unit.Bytes]():        {numberText + ` *([KMGT]i|[kMGT])?B?`, Schema{"type": "number", "minimum": 0}},
	reflect.TypeFor[unit.CPU]():          {numberText + ` *m?`, Schema{"type": "number", "minimum": 0, "maximum": 4096}},
	reflect.TypeFor[unit.Share]():        {numberText + ` *%`, nil},
	reflect.TypeFor[unit.CountOrShare](): {wholeText + `|` + numberText + ` *%`, Schema{"type": "integer", "minimum": 1}},
	reflect.TypeFor[unit.CountOrTime]():  {wholeText + `|` + durationText, Schema{"type": "integer", "minimum": 1, "maximum": unit.MaxCount}},
}

// of is the schema of what Decoder.value reads into a type; f says what the field's tags ask for.
func (s *Schemas) of(t reflect.Type, f Field) Schema {
	switch {
	case s.Types[t] != nil:
		return s.Types[t](s)
	case t == distType:
		return s.Distribution()
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem(), f)
	case t.Kind() == reflect.Struct && structWithin(t) != nil:
		return s.Struct(reflect.Zero(t).Interface())
	case t.Kind() == reflect.Slice:
		return s.List(s.of(t.Elem(), f))
	case t.Kind() == reflect.Map:
		return Schema{"type": "object", "additionalProperties": s.of(t.Elem(), f)}
	}
	return s.scalar(t, f)
}

// scalar is the schema of one word.
func (s *Schemas) scalar(t reflect.Type, f Field) Schema {
	allowed := f.OneOf
	if names, ok := s.Names[f.Registry]; ok && f.Registry != "" {
		allowed = names()
	}
	if len(allowed) > 0 {
		return Enum(allowed...)
	}
	if u, ok := unitSchemas[t]; ok {
		return word(u.text, u.number)
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return s.Text()
	}
	switch t.Kind() {
	case reflect.String:
		return s.Text()
	case reflect.Bool:
		return word("true|false", Schema{"type": "boolean"})
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return word(wholeText, bounded("integer", f))
	case reflect.Float64:
		return word("-?"+numberText, bounded("number", f))
	}
	panic(fmt.Sprintf("decode: no schema of a %s", t))
}

// bounded is a number within the bounds of a field.
func bounded(kind string, f Field) Schema {
	of := Schema{"type": kind}
	for key, text := range map[string]string{"minimum": f.Min, "maximum": f.Max} {
		if bound, err := strconv.ParseFloat(text, 64); err == nil {
			of[key] = bound
		}
	}
	return of
}

// word is a text of a form, a parameter, or another form where there is one.
func word(form string, or Schema) Schema {
	text := Schema{"type": "string", "pattern": "^\\s*(" + form + ")\\s*$|" + parameter}
	if or == nil {
		return text
	}
	return anyOf(or, text)
}

// Text is one word or more, which YAML may take for a number.
func (s *Schemas) Text() Schema { return Schema{"type": []string{"string", "number", "boolean"}} }

// Number is what Decoder.Value reads into a number.
func (s *Schemas) Number() Schema { return s.scalar(reflect.TypeFor[float64](), Field{}) }

// Enum is one of some words, or a parameter.
func Enum(words ...string) Schema {
	return anyOf(Schema{"enum": words}, Schema{"type": "string", "pattern": parameter})
}

// List is a list with items of one sort.
func (s *Schemas) List(items Schema) Schema { return Schema{"type": "array", "items": items} }
