package reports

import (
	_ "embed"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

// The comments of the types are the descriptions in the schema: what a reader
// of the code is told, a reader of the schema is too.
//
//go:embed result.go
var resultSource []byte

// Schema is the JSON schema (draft 2020-12) of run.json. Fields may be added
// to what it describes, so it allows those that it does not name.
func Schema() ([]byte, error) {
	return SchemaOf("run.json, the result of a windtunnel run", reflect.TypeFor[Result](), resultSource)
}

// SchemaOf is the JSON schema (draft 2020-12) of a struct type that is written as
// JSON. The comments in source are the descriptions.
func SchemaOf(title string, t reflect.Type, source []byte) ([]byte, error) {
	comments, err := fieldComments(source)
	if err != nil {
		return nil, err
	}
	s := schemas{definitions: map[string]any{}, comments: comments}
	s.of(t)
	return json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   title,
		"$ref":    "#/$defs/" + t.Name(), "$defs": s.definitions,
	}, "", "  ")
}

// schemas collects the definitions of struct types.
type schemas struct {
	definitions map[string]any
	comments    map[string]string // by Type.Field
}

// of returns the schema of a type as encoding/json writes it.
func (s *schemas) of(t reflect.Type) map[string]any {
	switch {
	case t.Kind() != reflect.Pointer && t.Implements(reflect.TypeFor[json.Marshaler]()): // durations and amounts, which write themselves as numbers
		return map[string]any{"type": "number"}
	case t == reflect.TypeFor[Verdict]():
		return map[string]any{"enum": []Verdict{Pass, Fail, Inconclusive, Partial}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{s.of(t.Elem()), map[string]any{"type": "null"}}}
	case reflect.Struct:
		s.define(t)
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

// define adds a struct's definition, once.
func (s *schemas) define(t reflect.Type) {
	if s.definitions[t.Name()] != nil {
		return
	}
	properties, required := map[string]any{}, []string{}
	definition := map[string]any{"type": "object", "properties": properties}
	s.definitions[t.Name()] = definition // first: a type may hold itself
	if comment := s.comments[t.Name()]; comment != "" {
		definition["description"] = comment
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" {
			continue
		}
		property := s.of(f.Type)
		if comment := s.comments[t.Name()+"."+f.Name]; comment != "" {
			property["description"] = comment
		}
		properties[name] = property
		if options == "" {
			required = append(required, name)
		}
	}
	definition["required"] = required
}

// fieldComments reads the comments of types and their fields, by "Type" and
// "Type.Field".
func fieldComments(source []byte) (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		declared, ok := n.(*ast.GenDecl)
		if !ok || declared.Tok != token.TYPE {
			return true
		}
		for _, spec := range declared.Specs {
			named := spec.(*ast.TypeSpec)
			comments[named.Name.Name] = words(declared.Doc)
			fields, ok := named.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range fields.Fields.List {
				for _, name := range f.Names {
					comments[named.Name.Name+"."+name.Name] = strings.TrimSpace(words(f.Doc) + " " + words(f.Comment))
				}
			}
		}
		return true
	})
	return comments, nil
}

// words is a comment as one line.
func words(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
