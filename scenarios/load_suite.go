package scenarios

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// LoadedSuite is a suite with all that it runs.
type LoadedSuite struct {
	*Suite
	Cells   []SuiteCell // those of the lists in their order, then the cases
	LeftOut []string    // combinations of the lists that do not belong together, and why
}

// SuiteCell is one combination of a suite, ready to be run.
type SuiteCell struct {
	Loaded
	On   string // where; "" where neither the suite nor the case says
	Runs int    // how often
}

// NamesSuite says whether an argument of the query means a suite.
func NamesSuite(q Query) bool {
	l := newLoad(q)
	l.quiet = true
	return slices.ContainsFunc(q.Scenarios, func(arg string) bool {
		f, err := l.read(arg)
		if err != nil && decode.BadName(arg) == "" {
			f = l.shipped(decode.Suite, arg)
		}
		return f != nil && len(f.all(decode.Suite)) > 0
	})
}

// LoadSuite loads the suite that a query names, with everything that it runs.
// Parameters of the query fill in those that the suite itself declares; its
// settings and checks are for all runs.
func LoadSuite(q Query) (*LoadedSuite, decode.Problems) {
	l := newLoad(q)
	if len(q.Scenarios) != 1 {
		l.problems.Addf(decode.Pos{}, "a suite is run alone: name one suite, or scenarios")
	}
	if len(q.Topologies) > 0 {
		l.problems.Addf(decode.Pos{File: "-t " + q.Topologies[0]}, "a suite says itself which topologies it runs on: leave -t out")
	}
	var suite *LoadedSuite
	for _, arg := range q.Scenarios {
		f := l.openAny(arg)
		if f == nil {
			continue
		}
		l.tell(f)
		for _, doc := range f.all(decode.Suite) {
			if suite != nil {
				l.problems.Addf(doc.Pos(doc.Get("suite")), "a second suite: put it into a file of its own, since one is run at a time")
				continue
			}
			suite = l.suite(doc)
		}
	}
	if _, problems := l.done(nil); len(problems) > 0 {
		return nil, problems
	}
	return suite, nil
}

// suite loads one suite. What is wrong with it, or with what it names, is among the problems.
func (l *load) suite(doc *decode.Doc) *LoadedSuite {
	if len(l.choices) > 1 {
		l.problems.Addf(decode.Pos{File: "--param"}, "one value of each: the values that a suite runs stand in its `matrix`")
	}
	for _, name := range slices.Sorted(maps.Keys(l.query.Params)) {
		if !slices.Contains(doc.Params(), name) {
			l.problems.Addf(decode.Pos{File: "--param " + name}, "suite %s declares no parameter %q: the values of its runs stand in its `matrix`", doc.Name, name)
			l.declared[name] = true // told
		}
	}
	s, problems := DecodeSuite(*l.fill(doc, l.choices[0]), l.query.Venues)
	l.problems = append(l.problems, problems...)
	if len(problems) > 0 {
		return nil
	}
	sl := suiteLoader{load: l, s: s, file: l.fileOf(doc)}
	plan := s.plan(sl.lists(), sl.cases())
	l.problems = append(l.problems, plan.problems...)
	if len(l.problems) > 0 {
		return nil
	}
	return &LoadedSuite{Suite: s, Cells: sl.cells(plan.cells), LeftOut: plan.leftOut}
}

// suiteLoader finds what a suite names.
type suiteLoader struct {
	*load
	s    *Suite
	file *file
}

// lists pairs the scenarios with the topologies.
func (sl *suiteLoader) lists() []*pairing {
	var topologies []*decode.Doc
	for i, name := range sl.s.Topologies {
		topologies = append(topologies, sl.named(decode.Topology, name, sl.s.at("topologies", itoa(i)))...)
	}
	sl.among = append(sl.among, topologies...)
	var pairs []*pairing
	for i, name := range sl.s.Scenarios {
		pos := sl.s.at("scenarios", itoa(i))
		for _, scenario := range sl.named(decode.Scenario, name, pos) {
			on := topologies
			if len(sl.s.Topologies) == 0 {
				on = sl.defaults(scenario)
			}
			for _, topology := range on {
				pairs = append(pairs, sl.pair(scenario, topology))
			}
		}
	}
	return pairs
}

// cases finds what each case names; nil where it cannot be found.
func (sl *suiteLoader) cases() []*pairing {
	pairs := make([]*pairing, len(sl.s.Cases))
	for i, c := range sl.s.Cases {
		scenario := sl.one(decode.Scenario, c.Scenario, sl.s.at("cases", itoa(i), "scenario"))
		if scenario == nil {
			continue
		}
		topology := sl.ofCase(scenario, c, i)
		if topology != nil {
			pairs[i] = sl.pair(scenario, topology)
		}
	}
	return pairs
}

func (sl *suiteLoader) ofCase(scenario *decode.Doc, c Case, i int) *decode.Doc {
	if c.Topology != "" {
		return sl.one(decode.Topology, c.Topology, sl.s.at("cases", itoa(i), "topology"))
	}
	own := sl.defaults(scenario)
	switch len(own) {
	case 0:
		return nil
	case 1:
		return own[0]
	}
	sl.problems.Addf(sl.s.at("cases", itoa(i)), "scenario %s names %d topologies: say which with `topology`", scenario.Name, len(own))
	return nil
}

// defaults finds the topologies that a scenario itself names.
func (sl *suiteLoader) defaults(scenario *decode.Doc) []*decode.Doc {
	filled := scenario.Fill(nil)
	s, _ := LoadScenario(*filled) // what is wrong with it is told when its runs are loaded
	return sl.topologies(scenario, filled, s, "")
}

// one is named for what must be a single document.
func (sl *suiteLoader) one(kind decode.Kind, name string, pos decode.Pos) *decode.Doc {
	found := sl.named(kind, name, pos)
	switch len(found) {
	case 0:
		return nil
	case 1:
		return found[0]
	}
	sl.problems.Addf(pos, "%s holds %d documents of kind %s: a case is about one, so name it", name, len(found), kind)
	return nil
}

// named finds the documents that a word of the suite means: all of that kind in
// a file, or the one of that name in the suite's own file, beside it, or shipped.
func (sl *suiteLoader) named(kind decode.Kind, name string, pos decode.Pos) []*decode.Doc {
	if !looksLikeFile(name) {
		if doc := sl.find(kind, name, pos, sl.file); doc != nil {
			return []*decode.Doc{doc}
		}
		return nil
	}
	path := (&decode.Doc{File: sl.file.path}).Beside(name)
	f, err := sl.read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		sl.problems.Addf(pos, "there is no file %s%s", path, def.Hint(path, sl.beside(path)))
		return nil
	case err != nil:
		sl.problems.Addf(pos, "read file: %v", err)
		return nil
	}
	sl.tell(f)
	found := f.all(kind)
	if len(found) == 0 && len(f.problems) == 0 {
		sl.problems.Addf(pos, "%s has no %s", path, kind)
	}
	return found
}

// pair finds out what a plan has to know of a scenario and a topology.
func (sl *suiteLoader) pair(scenario, topology *decode.Doc) *pairing {
	quiet := suiteLoader{load: &load{library: sl.library, declared: map[string]bool{}}, s: sl.s, file: sl.file}
	quiet.problems, quiet.quiet = nil, true
	p := &pairing{scenario: scenario.Name, topology: topology.Name, docs: [2]*decode.Doc{scenario, topology}}
	p.params = append(p.params, scenario.Params()...)
	p.params = append(p.params, topology.Params()...)
	if app := quiet.application(topology, scenario); app != nil {
		p.topologyFor = app.Name
		p.params = append(p.params, app.Params()...)
	}
	for _, own := range quiet.defaults(scenario) {
		if app := quiet.application(own, scenario); app != nil {
			p.scenarioFor = app.Name
		}
	}
	slices.Sort(p.params)
	p.params = slices.Compact(p.params)
	return p
}

// application finds the application of a topology; nil where it has none.
func (sl *suiteLoader) application(topology, scenario *decode.Doc) *decode.Doc {
	n := topology.Get("application")
	if n == nil {
		return nil
	}
	return sl.find(decode.Application, n.Value, topology.Pos(n), sl.fileOf(topology), sl.fileOf(scenario))
}

// cells loads every cell with the settings and checks that are meant for it:
// the suite's, the case's, and last those of the command.
func (sl *suiteLoader) cells(planned []cell) []SuiteCell {
	command, further := sl.sets, sl.checks
	base := sl.settings(sl.s.Set, sl.s.Checks)
	loads := map[int]*settled{-1: base}
	for i, c := range sl.s.Cases {
		own := sl.settings(c.Set, c.Checks, "cases", itoa(i))
		loads[i] = &settled{append(slices.Clone(base.sets), own.sets...), append(slices.Clone(base.checks), own.checks...)}
	}
	var cells []SuiteCell
	for _, c := range planned {
		with := loads[c.of]
		l := &load{library: sl.library, declared: map[string]bool{}, among: sl.among,
			sets: append(slices.Clone(with.sets), command...), checks: append(slices.Clone(with.checks), further...)}
		if one, ok := l.cell(c); ok {
			built := SuiteCell{Loaded: one, On: sl.s.On, Runs: sl.s.runsOf(c)}
			if c.of >= 0 {
				own := sl.s.Cases[c.of]
				built.Set, built.On = own.Set, cmp.Or(own.On, sl.s.On)
			}
			cells = append(cells, built)
		}
		sl.problems = l.problems
	}
	return cells
}

// cell loads one combination.
func (l *load) cell(c cell) (Loaded, bool) {
	filled := l.fill(c.docs[0], c.values)
	s, problems := LoadScenario(*filled)
	l.problems = append(l.problems, problems...)
	return l.on(c.docs[0], filled, s, c.docs[1], c.values)
}

// settled are settings and checks of the suite or of a case.
type settled struct {
	sets   []*setting
	checks []placedText
}

// settings reads those of the suite, or of the part of it at a path. The suite's
// load has the settings too, and tells of those that no document took.
func (sl *suiteLoader) settings(sets, checks []string, path ...string) *settled {
	at := func(key string, i int) decode.Pos { return sl.s.at(append(slices.Clone(path), key, itoa(i))...) }
	var all settled
	for i, text := range sets {
		s, err := newSetting(text, at("set", i))
		if err != nil {
			sl.problems.Addf(at("set", i), "%v", err)
			continue
		}
		all.sets, sl.sets = append(all.sets, s), append(sl.sets, s)
	}
	for i, text := range checks {
		all.checks = append(all.checks, placedText{text, at("checks", i)})
	}
	return &all
}
