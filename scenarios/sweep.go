package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// setting is one --set, and what became of it.
type setting struct {
	decode.Assignment
	applied bool
	err     error
}

// sweep returns every choice of the parameters' values, the last name changing fastest.
func (l *load) sweep() []map[string]string {
	choices := []map[string]string{{}}
	for _, name := range slices.Sorted(maps.Keys(l.query.Params)) {
		values := l.query.Params[name]
		if len(values) == 0 {
			continue
		}
		if len(choices)*len(values) > MaxRuns {
			l.problems.Addf(decode.Pos{File: "--param " + name}, "the parameters have more than %d combinations", MaxRuns)
			return choices[:1]
		}
		choices = crossed(choices, name, values)
	}
	return choices
}

// crossed has every choice with every value of one more parameter.
func crossed(choices []map[string]string, name string, values []string) []map[string]string {
	var all []map[string]string
	for _, choice := range choices {
		for _, value := range values {
			c := maps.Clone(choice)
			c[name] = value
			all = append(all, c)
		}
	}
	return all
}

func orDeclared(name string, declared []string) string {
	if hint := def.Hint(name, declared); hint != "" {
		return hint
	}
	if len(declared) == 0 {
		return " under `params:`"
	}
	return ": there are " + strings.Join(declared, ", ")
}

// newSetting parses one setting. Where it stands in a file, its problems are placed there.
func newSetting(text string, pos decode.Pos) (*setting, error) {
	a, err := decode.ParseSet(text)
	switch {
	case err != nil:
		return nil, err
	case a.Path[0] == "params" && pos.File == "":
		return nil, fmt.Errorf("parameters have an option of their own: --param name=value")
	case a.Path[0] == "params":
		return nil, fmt.Errorf("parameters have keys of their own: `matrix` for values of all, `params` in a case")
	case pos.File != "":
		a.Origin = pos
	}
	return &setting{Assignment: a}, nil
}

// apply changes the document where the setting means it. An explicit
// `topology.` in front says so; else the first key does.
func (s *setting) apply(doc *decode.Doc) {
	a := s.Assignment
	if kind := decode.Kind(a.Path[0]); len(a.Path) > 1 && slices.Contains(decode.Kinds(), kind) {
		if kind != doc.Kind {
			return
		}
		a.Path = a.Path[1:]
	}
	if !doc.Has(a) {
		if !slices.Contains(decode.TopKeys(), a.Path[0]) {
			s.err = fmt.Errorf("no document has %q at its top%s", a.Path[0], def.Hint(a.Path[0], decode.TopKeys()))
		}
		return
	}
	if err := doc.Set(a); err != nil {
		s.err = err
		return
	}
	s.applied = true
}
