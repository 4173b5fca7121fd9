package scenarios

import (
	"maps"
	"slices"
	"strings"

	"windtunnel/topologies/decode"
)

// Suite is scenarios × topologies × parameters × repetitions, and what else
// belongs to one verdict.
type Suite struct {
	Name       string              `yaml:"-"`
	On         string              `yaml:"on" registry:"venue" doc:"where its runs go, as --on says it; the command's --on counts more"`
	Runs       int                 `yaml:"runs" default:"1" min:"1" max:"1000" doc:"repetitions of each combination; the command's --runs counts more"`
	Seed       uint64              `yaml:"seed" default:"1" doc:"of the first repetition; the k-th, from 0, has the seed seed+k; the command's --seed counts more"`
	Scenarios  []string            `yaml:"scenarios" doc:"names, or files relative to this one"`
	Topologies []string            `yaml:"topologies" doc:"names, or files relative to this one; none: each scenario's own"`
	Matrix     map[string][]string `yaml:"matrix" doc:"values by parameter: every combination of them is run; a parameter that a combination does not declare leaves it alone"`
	Set        []string            `yaml:"set" doc:"settings of all runs, written as after --set: phases.steady.for=2s"`
	Checks     []string            `yaml:"checks" doc:"further checks of all runs"`
	Exclude    []Exclusion         `yaml:"exclude" doc:"combinations that are left out"`
	Cases      []Case              `yaml:"cases" doc:"combinations beside those of the lists, one by one"`
	Pos        decode.Pos          `yaml:"-"`

	places decode.Places
}

// Exclusion leaves out the combinations that have all that it names.
type Exclusion struct {
	Scenario string            `yaml:"scenario" doc:"the scenario's name; empty: every one"`
	Topology string            `yaml:"topology" doc:"the topology's name; empty: every one"`
	Params   map[string]string `yaml:"params" doc:"values of parameters, as in the matrix"`
}

// Vet refuses one that would leave out everything.
func (e *Exclusion) Vet(add func(key, message string)) {
	if e.Scenario == "" && e.Topology == "" && len(e.Params) == 0 {
		add("", "this would leave out every combination: name a scenario, a topology or params")
	}
}

// Case is one combination with settings of its own.
type Case struct {
	Scenario string            `yaml:"scenario" required:"true" doc:"a name, or a file relative to this one"`
	Topology string            `yaml:"topology" doc:"a name, or a file relative to this one; empty: the scenario's own"`
	Params   map[string]string `yaml:"params" doc:"values of parameters"`
	Set      []string          `yaml:"set" doc:"further settings, written as after --set"`
	Checks   []string          `yaml:"checks" doc:"further checks"`
	On       string            `yaml:"on" registry:"venue" doc:"where its runs go; empty: as the suite says"`
	Runs     int               `yaml:"runs" min:"1" max:"1000" doc:"repetitions; default: the suite's"`
}

// own says whether a case differs from a combination of the lists in more than its name.
func (c *Case) own() bool {
	return len(c.Set) > 0 || len(c.Checks) > 0 || c.On != "" || c.Runs > 0
}

// suiteKeys are the keys of a suite's document besides those of Suite.
var suiteKeys = []string{"suite", "params"}

// DecodeSuite decodes a suite and checks all that it says by itself. venues are
// the words that `on` takes; none: any.
func DecodeSuite(doc decode.Doc, venues []string) (*Suite, decode.Problems) {
	d := decode.New(&doc)
	if len(venues) > 0 {
		d.Names = map[string]func() []string{"venue": func() []string { return venues }}
	}
	s := &Suite{Name: doc.Name, Pos: d.Pos(doc.Get("suite")), places: doc.Places()}
	what := "suite " + doc.Name
	d.Struct(doc.Root, decode.Shape{What: what, Known: suiteKeys}, s)
	if doc.Get("scenarios") == nil && doc.Get("cases") == nil && len(d.Problems) == 0 {
		d.Addf(doc.Root, "%s has nothing to run: add `scenarios`, a list of names or files, or `cases`", what)
	}
	for _, list := range []struct {
		key   string
		items []string
	}{{"scenarios", s.Scenarios}, {"topologies", s.Topologies}} {
		s.twice(d, list.key, list.items)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Matrix)) {
		s.twice(d, "matrix."+name, s.Matrix[name])
		told := slices.ContainsFunc(d.Problems, func(p decode.Problem) bool { return p.Pos == s.at("matrix", name) })
		if len(s.Matrix[name]) == 0 && !told {
			d.Problems.Addf(s.at("matrix", name), "%s has no value: write at least one, or leave it out", name)
		}
	}
	d.Problems.Sort()
	return s, d.Problems
}

// twice says which items of a list are there before.
func (s *Suite) twice(d *decode.Decoder, path string, items []string) {
	for i, item := range items {
		if slices.Contains(items[:i], item) {
			place := append(strings.Split(path, "."), itoa(i))
			d.Problems.Addf(s.at(place...), "%q is in this list already", item)
		}
	}
}

// at returns the place of a value, such as ("cases", "0", "topology").
func (s *Suite) at(path ...string) decode.Pos { return s.places.At(path...) }
