package decode

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Field is what the tags of a struct's field say, for decoding, `explain` and the schema.
type Field struct {
	Key      string
	Type     string // in words: "a duration such as 250ms"
	Default  string // as written in a file; "" where there is none
	Min, Max string // as written in a file; "" where there is no bound
	OneOf    []string
	Registry string // the noun of the registry that holds the names allowed
	Env      string // "fill", "keep" or ""
	Doc      string
	Required bool
	Short    bool // what a bare value sets
	Path     bool
	Go       reflect.Type
	Fields   []Field // of the struct that it holds or points to, or that its items are

	value reflect.Value
}

// Fields lists what a tagged struct accepts, in the order of its fields; the
// fields of inline structs stand among them. It takes a struct or a pointer to one.
func Fields(of any) []Field {
	t := reflect.TypeOf(of)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return fieldsOf(reflect.New(t).Elem(), map[reflect.Type]bool{t: true})
}

// fieldsOf lists the fields of a struct. Where within is not nil it lists those of their
// structs too, but none inside itself.
func fieldsOf(v reflect.Value, within map[reflect.Type]bool) []Field {
	var fields []Field
	for i := range v.NumField() {
		sf := v.Type().Field(i)
		tag, ok := sf.Tag.Lookup("yaml")
		if tag == "-" || !sf.IsExported() || !ok && nothingToRead(sf.Type) {
			continue
		}
		if !ok {
			panic(fmt.Sprintf("decode: %s.%s has no yaml tag", v.Type(), sf.Name))
		}
		key, option, _ := strings.Cut(tag, ",")
		if option == "inline" {
			fields = append(fields, fieldsOf(v.Field(i), within)...)
			continue
		}
		f := fieldOf(key, option == "value", sf)
		f.value = v.Field(i)
		if inner := structWithin(sf.Type); within != nil && inner != nil && !within[inner] {
			within[inner] = true
			f.Fields = fieldsOf(reflect.New(inner).Elem(), within)
			delete(within, inner)
		}
		fields = append(fields, f)
	}
	return fields
}

// nothingToRead says whether a field without tag is left to the program.
func nothingToRead(t reflect.Type) bool { return t == reflect.TypeFor[Pos]() }

func fieldOf(key string, isShort bool, sf reflect.StructField) Field {
	f := Field{
		Key: key, Short: isShort, Go: sf.Type,
		Default: sf.Tag.Get("default"), Min: sf.Tag.Get("min"), Max: sf.Tag.Get("max"),
		Registry: sf.Tag.Get("registry"), Env: sf.Tag.Get("env"), Doc: sf.Tag.Get("doc"),
		Required: sf.Tag.Get("required") == "true", Path: sf.Tag.Get("path") == "true",
	}
	if words := sf.Tag.Get("oneof"); words != "" {
		f.OneOf = strings.Split(words, ",")
	}
	f.Type = words(sf.Type, f)
	return f
}

// structWithin returns the tagged struct that a field of type t is made of, nil where there is none.
func structWithin(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == distType {
		return nil
	}
	for i := range t.NumField() {
		if _, ok := t.Field(i).Tag.Lookup("yaml"); ok {
			return t
		}
	}
	return nil
}

// typeWords says what the types with a unit look like.
var typeWords = map[reflect.Type]string{
	durationType:                         "a duration such as 250ms",
	distType:                             "a duration such as 5ms, or a distribution such as {exponential: 20ms}",
	reflect.TypeFor[unit.Rate]():         "a rate such as 200/s",
	reflect.TypeFor[unit.Bytes]():        "a size such as 64Mi",
	reflect.TypeFor[unit.CPU]():          "an amount of CPU such as 0.5",
	reflect.TypeFor[unit.Share]():        "a share such as 0.1%",
	reflect.TypeFor[unit.CountOrShare](): "a count such as 5, or a share such as 50%",
	reflect.TypeFor[unit.CountOrTime]():  "a count such as 100, or a time such as 10s",
	reflect.TypeFor[time.Time]():         "a time",
	reflect.TypeFor[[]work.Step]():       "a list of steps",
}

// Worded is implemented by types of other packages that parse themselves from
// one word: it says in words what they take.
type Worded interface{ Words() string }

// words says in words what a field of type t takes.
func words(t reflect.Type, f Field) string {
	if w, ok := typeWords[t]; ok {
		return w
	}
	if w, ok := reflect.Zero(t).Interface().(Worded); ok && t.Kind() != reflect.Pointer {
		return w.Words()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return words(t.Elem(), f)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return "a list such as [a, b]"
		}
		return "a list, each item " + words(t.Elem(), f)
	case reflect.Map:
		return "a mapping from names to " + strings.TrimPrefix(words(t.Elem(), f), "a ")
	case reflect.Struct:
		return "a mapping"
	case reflect.Interface:
		return f.Doc
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	switch {
	case f.Registry != "":
		return "the name of a " + f.Registry
	case len(f.OneOf) > 0:
		return "one of " + strings.Join(f.OneOf, ", ")
	case f.Path:
		return "the name of a file"
	}
	return "text"
}
