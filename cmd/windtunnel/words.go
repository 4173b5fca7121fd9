package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"windtunnel/topologies/def"
)

// nameOf returns the name under which a registry makes values of v's type.
func nameOf[T any](r *def.Registry[T], v T) string {
	for _, d := range r.All() {
		if reflect.TypeOf(d.New()) == reflect.TypeOf(v) {
			return d.Name
		}
	}
	return reflect.TypeOf(v).String()
}

// settingsWords says the settings of a tagged struct that are not zero, in the
// order of its fields: "200/s", "from 10/s, to 100/s". Keys in without are left out.
func settingsWords(v any, without ...string) string {
	var words []string
	value := reflect.Indirect(reflect.ValueOf(v))
	for i := range value.NumField() {
		key, option, _ := strings.Cut(value.Type().Field(i).Tag.Get("yaml"), ",")
		field := value.Field(i)
		if field.IsZero() || !value.Type().Field(i).IsExported() || slices.Contains(without, key) {
			continue
		}
		switch {
		case option == "inline" || value.Type().Field(i).Anonymous:
			if inner := settingsWords(field.Interface(), without...); inner != "" {
				words = append(words, inner)
			}
		case option == "value":
			words = append(words, fmt.Sprint(reflect.Indirect(field).Interface()))
		case reflect.Indirect(field).Kind() == reflect.Struct && !hasText(field):
			words = append(words, key+" "+settingsWords(field.Interface()))
		default:
			words = append(words, fmt.Sprintf("%s %v", key, reflect.Indirect(field).Interface()))
		}
	}
	return strings.Join(words, ", ")
}

func hasText(v reflect.Value) bool {
	_, ok := reflect.Indirect(v).Interface().(fmt.Stringer)
	return ok
}

// counted is "1 run", or "3 runs".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
