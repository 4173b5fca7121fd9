// Package def is the register behind "one file to add one thing": each
// balancer, arrival process, fault, node kind or report format registers one
// Def, and `list`, `explain`, the hints and the decoder all read it from there.
package def

import (
	"fmt"
	"slices"
	"strings"
)

// Def describes one thing that a file may name. T is what it makes.
type Def[T any] struct {
	Name string // as written in files: lower case, words joined by hyphens
	Doc  string // the first line is a summary; all of it is what `explain` prints
	New  func() T
}

// Summary returns the first line of the Doc.
func (d Def[T]) Summary() string {
	line, _, _ := strings.Cut(d.Doc, "\n")
	return line
}

// Registry holds the Defs of one sort, such as balancers. The zero value is
// not usable: New gives it the noun that its messages and `list` use.
type Registry[T any] struct {
	noun string
	defs map[string]Def[T]
}

// NewRegistry makes an empty registry; noun is singular, such as "balancer".
func NewRegistry[T any](noun string) *Registry[T] {
	return &Registry[T]{noun: noun, defs: map[string]Def[T]{}}
}

// Register adds a Def. It panics where the name is taken or the Def is not
// complete: both are mistakes of the program, and show at its start.
func (r *Registry[T]) Register(d Def[T]) {
	if d.Name == "" || d.Doc == "" || d.New == nil {
		panic(fmt.Sprintf("%s %q registers without name, doc or constructor", r.noun, d.Name))
	}
	if _, taken := r.defs[d.Name]; taken {
		panic(fmt.Sprintf("%s %q is registered twice", r.noun, d.Name))
	}
	r.defs[d.Name] = d
}

// Noun returns what the registry holds, such as "balancer".
func (r *Registry[T]) Noun() string { return r.noun }

// Lookup finds a Def by its name.
func (r *Registry[T]) Lookup(name string) (Def[T], bool) {
	d, ok := r.defs[name]
	return d, ok
}

// Names returns the names in order.
func (r *Registry[T]) Names() []string {
	names := make([]string, 0, len(r.defs))
	for name := range r.defs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// All returns the Defs in order of their names.
func (r *Registry[T]) All() []Def[T] {
	all := make([]Def[T], 0, len(r.defs))
	for _, name := range r.Names() {
		all = append(all, r.defs[name])
	}
	return all
}
