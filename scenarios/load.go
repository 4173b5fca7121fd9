package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/topologies"
	"windtunnel/topologies/decode"
)

// Load loads what a query asks for: each scenario on each topology with each
// choice of parameters, in that order. Every problem of every file that takes
// part is returned at once; nothing is loaded where there is any.
func Load(q Query) ([]Loaded, decode.Problems) {
	l := newLoad(q)
	var loaded []Loaded
	for _, arg := range q.Scenarios {
		f := l.open(arg, decode.Scenario)
		if f == nil {
			continue
		}
		docs := f.all(decode.Scenario)
		switch suites := f.all(decode.Suite); {
		case len(docs) > 0 || len(f.problems) > 0:
		case len(suites) > 0:
			l.problems.Addf(f.docs[0].Pos(suites[0].Get("suite")), "%s", aSuite)
		default:
			l.problems.Addf(decode.Pos{File: f.path, Line: 1, Column: 1}, "the file has no scenario: add a document that begins with `scenario: name`")
		}
		for _, doc := range docs {
			loaded = append(loaded, l.scenario(doc)...)
		}
	}
	if len(q.Scenarios) == 0 {
		shown, _ := l.shippedNames(decode.Scenario)
		l.problems.Addf(decode.Pos{}, "no scenario is named: give a file, or one of %s, or an experiment of `windtunnel list`", strings.Join(shown, ", "))
	}
	return l.done(loaded)
}

// load is one call of Load.
type load struct {
	library
	sets     []*setting
	choices  []map[string]string // of the parameters: the cross product
	declared map[string]bool     // parameters that some document declares
	checks   []placedText        // further checks of each scenario
	among    []*decode.Doc       // topologies that are asked for beside those of the query
}

// placedText is a text of the user's with where it stands.
type placedText struct {
	text string
	pos  decode.Pos
}

func newLoad(q Query) *load {
	l := &load{library: library{query: q, files: map[string]*file{}}, declared: map[string]bool{}}
	for _, text := range q.Set {
		if s, err := newSetting(text, decode.Pos{}); err != nil {
			l.problems.Addf(decode.Pos{File: "--set " + text}, "%v", err)
		} else {
			l.sets = append(l.sets, s)
		}
	}
	for _, text := range q.Checks {
		l.checks = append(l.checks, placedText{text, decode.Pos{File: "--check " + text}})
	}
	l.choices = l.sweep()
	return l
}

// done adds what is wrong with the query as a whole.
func (l *load) done(loaded []Loaded) ([]Loaded, decode.Problems) {
	for _, s := range l.sets {
		switch pos := s.Origin; {
		case s.applied:
		case s.err != nil:
			l.problems.Addf(pos, "%v", s.err)
		case len(l.problems) == 0:
			l.problems.Addf(pos, "no document that takes part has %q", s.Path[0])
		}
	}
	declared := slices.Sorted(maps.Keys(l.declared))
	for name := range l.query.Params {
		if !l.declared[name] && len(l.declared)+len(loaded) > 0 {
			l.problems.Addf(decode.Pos{File: "--param " + name}, "no document declares the parameter %q%s", name, orDeclared(name, declared))
		}
	}
	if len(loaded) > MaxRuns {
		l.problems.Addf(decode.Pos{}, "this comes to %d runs: at most %d", len(loaded), MaxRuns)
	}
	l.problems.Sort()
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return loaded, nil
}

// scenario loads one scenario on its topologies.
func (l *load) scenario(doc *decode.Doc) []Loaded {
	names := l.query.Topologies
	if len(names) == 0 {
		names = []string{""}
	}
	var loaded []Loaded
	seen := map[string]bool{}
	for _, name := range names {
		for _, choice := range l.choices {
			for _, one := range l.combine(doc, name, choice) {
				if id := one.Graph.Topology.Name + one.Digest; !seen[id] {
					seen[id] = true
					loaded = append(loaded, one)
				}
			}
		}
	}
	return loaded
}

// combine loads a scenario on what one -t names ("": its default) with one choice of parameters.
func (l *load) combine(doc *decode.Doc, name string, choice map[string]string) []Loaded {
	filled := l.fill(doc, choice)
	s, problems := LoadScenario(*filled)
	l.problems = append(l.problems, problems...)
	var loaded []Loaded
	for _, topology := range l.topologies(doc, filled, s, name) {
		if one, ok := l.on(doc, filled, s, topology, choice); ok {
			loaded = append(loaded, one)
		}
	}
	return loaded
}

// on loads a scenario on a topology. filled is the scenario's document with
// the choice of parameters, and s what it says.
func (l *load) on(doc, filled *decode.Doc, s *Scenario, topology *decode.Doc, choice map[string]string) (Loaded, bool) {
	one := Loaded{Scenario: s.on(topology.Name), Secrets: map[string]string{}, Params: map[string]string{}}
	docs := []*decode.Doc{filled.Copy()}
	s.keepChecks(docs[0], topology.Name)
	more := l.graph(topology, l.fileOf(doc), choice, &one)
	if one.Graph == nil {
		return one, false
	}
	l.fit(doc, &one, topology, choice)
	docs[0].Put("topology", topology.Name)
	l.finish(&one, append(docs, more...), doc, choice)
	return one, true
}

// fit checks that the scenario's words mean something: on the topology that it
// runs on, or else on another that it may run on.
func (l *load) fit(doc *decode.Doc, one *Loaded, running *decode.Doc, choice map[string]string) {
	graphs := []*topologies.Graph{one.Graph}
	problems := Fit(one.Scenario, graphs, nil)
	if len(problems) > 0 {
		problems = Fit(one.Scenario, graphs, l.others(doc, one.Scenario, running, choice))
	}
	l.problems = append(l.problems, problems...)
}

// fill applies settings, further checks and parameters to a copy of a document.
func (l *load) fill(doc *decode.Doc, choice map[string]string) *decode.Doc {
	c := doc.Copy()
	if c.Kind == decode.Scenario {
		for _, further := range l.checks {
			if !promised(c, further.text) {
				c.Append("checks", further.text, further.pos)
			}
		}
	}
	for i := range l.sets {
		l.sets[i].apply(c)
	}
	for _, name := range c.Params() {
		l.declared[name] = true
	}
	return c.Fill(choice)
}

// promised says whether a scenario has a check already, on every topology: to judge
// it twice would say nothing more.
func promised(scenario *decode.Doc, check string) bool {
	list := scenario.Get("checks")
	return list != nil && slices.ContainsFunc(list.Content, func(item *yaml.Node) bool {
		return item.Kind == yaml.ScalarNode && item.Value == check
	})
}

// topologies finds the documents that a -t names, or the scenario's own.
func (l *load) topologies(doc, filled *decode.Doc, s *Scenario, name string) []*decode.Doc {
	if name == "" {
		return l.own(doc, filled, s)
	}
	pos := decode.Pos{File: "-t " + name}
	if f, err := l.read(name); err == nil {
		return l.topologiesOf(f, pos)
	} else if looksLikeFile(name) {
		l.open(name, decode.Topology)
		return nil
	}
	if found := l.find(decode.Topology, name, pos, l.fileOf(doc)); found != nil {
		return []*decode.Doc{found}
	}
	return nil
}

// own finds the topologies that a scenario names itself.
func (l *load) own(doc, filled *decode.Doc, s *Scenario) []*decode.Doc {
	named := filled.Get("topology")
	if named == nil {
		return l.only(doc)
	}
	var all []*decode.Doc
	for _, name := range s.Topologies {
		place := named
		for _, item := range topologyNodes(named) {
			if item.Value == name {
				place = item
			}
		}
		if found := l.find(decode.Topology, name, filled.Pos(place), l.fileOf(doc)); found != nil {
			all = append(all, found)
		}
	}
	return all
}

func (l *load) topologiesOf(f *file, pos decode.Pos) []*decode.Doc {
	l.tell(f)
	found := f.all(decode.Topology)
	if len(found) == 0 && len(f.problems) == 0 {
		l.problems.Addf(pos, "the file has no topology: add a document that begins with `topology: name`")
	}
	return found
}

// only returns the one topology that stands in the scenario's own file.
func (l *load) only(doc *decode.Doc) []*decode.Doc {
	found := l.fileOf(doc).all(decode.Topology)
	if len(found) == 1 {
		return found
	}
	l.problems.Addf(doc.Pos(doc.Get("scenario")), "scenario %s names no topology: add `topology: name`, or say -t NAME", doc.Name)
	return nil
}

// graph loads a topology with its application and resolves them. It returns their documents.
func (l *load) graph(doc *decode.Doc, from *file, choice map[string]string, one *Loaded) []*decode.Doc {
	topologyDoc := l.fill(doc, choice)
	t, problems := topologies.LoadTopology(*topologyDoc)
	l.problems = append(l.problems, problems...)
	docs := []*decode.Doc{topologyDoc}
	var app *topologies.Application
	if t.Application != "" {
		pos := topologyDoc.Pos(topologyDoc.Get("application"))
		found := l.find(decode.Application, t.Application, pos, l.fileOf(doc), from)
		if found == nil {
			return nil
		}
		appDoc := l.fill(found, choice)
		app, problems = topologies.LoadApplication(*appDoc)
		l.problems = append(l.problems, problems...)
		docs = append(docs, appDoc)
	}
	if t.Application == "" && topologyDoc.Get("application") != nil {
		return nil // told by LoadTopology
	}
	one.Graph, problems = topologies.Resolve(app, t)
	l.problems = append(l.problems, problems...)
	return docs
}

// others are the graphs that a scenario's words may mean besides the one it
// runs on: those of its default and of all that are asked for.
func (l *load) others(doc *decode.Doc, s *Scenario, running *decode.Doc, choice map[string]string) []*topologies.Graph {
	quiet := load{library: l.library, declared: map[string]bool{}}
	quiet.problems, quiet.quiet = nil, true
	meant := slices.Clone(l.among)
	for _, name := range slices.Concat(s.Topologies, l.query.Topologies) {
		meant = append(meant, quiet.topologies(doc, doc, s, name)...)
	}
	var graphs []*topologies.Graph
	for _, t := range meant {
		var one Loaded
		if t == running {
			continue
		}
		if quiet.graph(t, quiet.fileOf(doc), choice, &one); one.Graph != nil {
			graphs = append(graphs, one.Graph)
		}
	}
	return graphs
}

// finish writes down what was loaded.
func (l *load) finish(one *Loaded, docs []*decode.Doc, scenario *decode.Doc, choice map[string]string) {
	for _, doc := range docs {
		maps.Copy(one.Secrets, doc.Secrets)
		for _, name := range doc.Params() {
			if value, ok := choice[name]; ok {
				one.Params[name] = value
			}
		}
	}
	text, err := decode.Marshal(docs...)
	if err != nil {
		l.problems.Addf(scenario.Pos(scenario.Root), "%v", err)
	}
	one.Resolved, one.Digest = text, digest(text)
	for _, doc := range docs {
		if text, err := decode.Marshal(doc); err == nil && doc.Kind == decode.Application {
			one.Work = digest(text)
		}
	}
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
