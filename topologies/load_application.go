package topologies

import (
	"cmp"
	"slices"
	"strings"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// applicationKeys are the keys of an application's document.
var applicationKeys = []string{"application", "components", "entries", "schedules", "params"}

// LoadApplication decodes an application and checks all that it says by itself:
// every call and entry names an operation, and no operation waits for itself.
func LoadApplication(doc decode.Doc) (*Application, decode.Problems) {
	l := applicationLoader{Decoder: newDecoder(&doc), app: &Application{Name: doc.Name}}
	what := "application " + doc.Name
	l.app.Pos = l.Pos(doc.Get("application"))
	shape := decode.Shape{
		What:  what,
		Known: applicationKeys,
		Later: []string{"subscriptions"},
	}
	pairs := l.Struct(doc.Root, shape, &struct{}{})
	l.Require(doc.Root, what, pairs,
		"components", "a mapping of components by name",
		"entries", "what the outside may ask, such as {checkout: checkout.place}")
	for _, p := range pairs {
		if p.Name == "components" {
			l.components(p)
		}
	}
	for _, p := range pairs {
		if p.Name == "entries" {
			l.entries(p)
		}
	}
	for _, p := range pairs {
		if p.Name == "schedules" {
			l.schedules(p)
		}
	}
	for _, ref := range l.calls {
		l.known(ref)
	}
	l.cycles()
	l.Problems.Sort()
	return l.app, l.Problems
}

type applicationLoader struct {
	*decode.Decoder
	app   *Application
	calls []decode.Ref
}

func (l *applicationLoader) components(in decode.Pair) {
	for _, p := range l.Named(in.Value, "component") {
		component := Component{Name: p.Name, Pos: l.Pos(p.Key)}
		what := "component " + p.Name
		pairs := l.Struct(p.Value, decode.Shape{What: what, Known: []string{"operations"}}, &struct{}{})
		l.Require(p.Value, what, pairs, "operations", "a mapping of operations by name")
		for _, q := range pairs {
			if q.Name == "operations" {
				component.Operations = l.operations(p.Name, q)
			}
		}
		l.app.Components = append(l.app.Components, component)
	}
}

func (l *applicationLoader) operations(component string, in decode.Pair) []work.Operation {
	var operations []work.Operation
	for _, p := range l.Named(in.Value, "operation") {
		op, calls := l.Operation(p.Value, component+"."+p.Name)
		operations = append(operations, op)
		l.calls = append(l.calls, calls...)
	}
	return operations
}

func (l *applicationLoader) entries(in decode.Pair) {
	for _, p := range l.Named(in.Value, "entry") {
		reserved(l.Decoder, p, "entry")
		var e Entry
		pairs := l.Struct(p.Value, decode.Shape{What: "entry " + p.Name}, &e)
		if e.Operation == "" {
			continue
		}
		named := p.Value // where its operation stands
		for _, q := range pairs {
			if q.Name == "operation" {
				named = q.Value
			}
		}
		l.known(decode.Ref{To: e.Operation, Node: named})
		if e.Path == "" && !slices.ContainsFunc(pairs, func(q decode.Pair) bool { return q.Name == "method" }) {
			e.Method = "" // the default is that of a path
		}
		fillBody(l.Decoder, pairs, &e.Request)
		e.Name, e.Pos = p.Name, l.Pos(named)
		l.app.Entries = append(l.app.Entries, e.complete())
	}
}

// complete says how an entry is asked for where that is not given: by POST /NAME.
func (e Entry) complete() Entry {
	if e.Path == "" {
		e.Path, e.Method = EntryPath(e.Name), cmp.Or(e.Method, "POST")
	}
	return e
}

// known says where a reference to an operation leads nowhere.
func (l *applicationLoader) known(ref decode.Ref) {
	if _, ok := l.app.Operation(ref.To); ok {
		return
	}
	var all []string
	for _, c := range l.app.Components {
		for _, op := range c.Operations {
			all = append(all, op.Name)
		}
	}
	component, operation, dotted := strings.Cut(ref.To, ".")
	c, ok := l.app.Component(component)
	switch {
	case !dotted:
		l.Addf(ref.Node, "%q is no operation: write component.operation%s", ref.To, l.example(component, all))
	case !ok || def.Nearest(ref.To, all) != "":
		l.Addf(ref.Node, "there is no operation %q%s", ref.To, def.Hint(ref.To, all))
	default:
		l.Addf(ref.Node, "component %s has no operation %q%s", component, operation, operationsOf(c))
	}
}

// example gives one operation of the component that was named alone.
func (l *applicationLoader) example(component string, all []string) string {
	if c, ok := l.app.Component(component); ok && len(c.Operations) > 0 {
		return ", such as " + c.Operations[0].Name
	}
	return def.Hint(component, all)
}

func operationsOf(c Component) string {
	var names []string
	for _, op := range c.Operations {
		_, name, _ := strings.Cut(op.Name, ".")
		names = append(names, name)
	}
	if len(names) == 0 {
		return ""
	}
	return ": it has " + strings.Join(names, ", ")
}

// cycles finds operations that wait for themselves: such a call never ends. Each
// cycle is told once, at the call that closes it, in the order of the file.
func (l *applicationLoader) cycles() {
	calls := map[string][]decode.Ref{}
	for _, ref := range l.calls {
		calls[ref.From] = append(calls[ref.From], ref)
	}
	done := map[string]bool{}
	var path []string
	var visit func(op string)
	visit = func(op string) {
		path = append(path, op)
		for _, ref := range calls[op] {
			if at := slices.Index(path, ref.To); at >= 0 {
				l.Addf(ref.Node, "this call never ends, for it waits for itself: %s → %s", strings.Join(path[at:], " → "), ref.To)
			} else if !done[ref.To] {
				visit(ref.To)
			}
		}
		path = path[:len(path)-1]
		done[op] = true
	}
	for _, c := range l.app.Components {
		for _, op := range c.Operations {
			if !done[op.Name] {
				visit(op.Name)
			}
		}
	}
}
