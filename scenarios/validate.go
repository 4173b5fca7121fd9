package scenarios

import (
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
)

// Validate says everything that is wrong with the files, or shipped documents,
// that the query names as Scenarios, whatever documents they hold: a scenario
// is checked on its topologies, a topology with its application, an
// application by itself. Of a sweep only the first choice of parameters counts.
func Validate(q Query) decode.Problems {
	l := newLoad(q)
	l.choices = l.choices[:1]
	for _, arg := range q.Scenarios {
		f := l.openAny(arg)
		if f == nil {
			continue
		}
		for i := range f.docs {
			l.validate(&f.docs[i], f)
		}
	}
	_, problems := l.done(nil)
	return problems
}

// openAny reads what an argument names, of whatever kind.
func (l *load) openAny(arg string) *file {
	if _, err := l.read(arg); err != nil && decode.BadName(arg) == "" {
		for _, kind := range decode.Kinds() {
			if f := l.shipped(kind, arg); f != nil {
				return f
			}
		}
	}
	return l.open(arg, decode.Scenario)
}

func (l *load) validate(doc *decode.Doc, f *file) {
	choice := l.choices[0]
	switch {
	case doc.Kind == decode.Suite:
		l.suite(doc)
	case doc.Kind == decode.Application:
		_, problems := topologies.LoadApplication(*l.fill(doc, choice))
		l.problems = append(l.problems, problems...)
	case doc.Kind == decode.Topology:
		l.graph(doc, f, choice, &Loaded{})
	case doc.Get("topology") == nil && len(l.query.Topologies) == 0:
		_, problems := LoadScenario(*l.fill(doc, choice))
		l.problems = append(l.problems, problems...)
	default:
		l.scenario(doc)
	}
}
