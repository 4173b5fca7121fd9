package reports

import (
	"embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

// The comments of the types are the descriptions in the schemas: what a reader
// of the code is told, a reader of a schema is too.
//
//go:embed result.go warmup.go compare.go comparechecks.go difference.go gate.go cost.go sweep.go capacity.go twin.go
var typeSources embed.FS

// Schema is the JSON schema (draft 2020-12) of run.json. Fields may be added
// to what it describes, so it allows those that it does not name.
func Schema() ([]byte, error) {
	return schemaFrom("run.json, the result of a windtunnel run", reflect.TypeFor[Result](), "result.go", "warmup.go")
}

// ComparisonSchema is that of what `compare -o x.json` writes.
func ComparisonSchema() ([]byte, error) {
	return schemaFrom("a comparison of topologies by windtunnel", reflect.TypeFor[Comparison](),
		"compare.go", "comparechecks.go", "difference.go", "gate.go", "cost.go")
}

// SweepSchema is that of what `run --param … -o x.json` writes of a sweep.
func SweepSchema() ([]byte, error) {
	return schemaFrom("a sweep of a parameter by windtunnel", reflect.TypeFor[Scaling](), "sweep.go", "compare.go")
}

// CapacitySchema is that of what `capacity -o x.json` writes.
func CapacitySchema() ([]byte, error) {
	return schemaFrom("a search for a capacity by windtunnel", reflect.TypeFor[Capacity](), "capacity.go")
}

// TwinSchema is that of what `twin -o x.json` writes.
func TwinSchema() ([]byte, error) {
	return schemaFrom("windtunnel's simulator against live runs", reflect.TypeFor[TwinReport](), "twin.go", "compare.go")
}

// schemaFrom takes the descriptions from the sources of that name.
func schemaFrom(title string, t reflect.Type, names ...string) ([]byte, error) {
	var sources [][]byte
	for _, name := range names {
		source, err := typeSources.ReadFile(name)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return SchemaOf(title, t, sources...)
}

// SchemaOf is the JSON schema (draft 2020-12) of a struct type that is written as
// JSON. The comments in the sources are the descriptions.
func SchemaOf(title string, t reflect.Type, sources ...[]byte) ([]byte, error) {
	s := schemas{definitions: map[string]any{}, types: map[string]reflect.Type{}, comments: map[string]string{}}
	for _, source := range sources {
		if err := fieldComments(s.comments, source); err != nil {
			return nil, err
		}
	}
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
	types       map[string]reflect.Type // of the definitions
	comments    map[string]string       // by Type.Field
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
	case reflect.Slice, reflect.Array:
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

// define adds a struct's definition, once. Two types of one name would be taken
// for each other.
func (s *schemas) define(t reflect.Type) {
	switch known := s.types[t.Name()]; known {
	case t:
		return
	case nil:
	default:
		panic(fmt.Sprintf("schema: %v and %v have the same name", known, t))
	}
	s.types[t.Name()] = t
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

// fieldComments adds the comments of types and their fields, by "Type" and
// "Type.Field".
func fieldComments(comments map[string]string, source []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ParseComments)
	if err != nil {
		return err
	}
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
	return nil
}

// words is a comment as one line.
func words(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
