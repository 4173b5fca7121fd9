package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// pairing is a scenario on a topology, by what a plan has to know of them.
type pairing struct {
	scenario, topology       string // names
	scenarioFor, topologyFor string // the applications that they are of; empty: unknown, or none
	params                   []string

	docs [2]*decode.Doc // the scenario and the topology
}

// apart says why the two do not belong together; "" where they may.
func (p *pairing) apart() string {
	if p.scenarioFor == "" || p.topologyFor == "" || p.scenarioFor == p.topologyFor {
		return ""
	}
	return fmt.Sprintf("scenario %s is of application %s, and topology %s of %s", p.scenario, p.scenarioFor, p.topology, p.topologyFor)
}

// cell is one combination of a suite: a pairing with values of its parameters.
type cell struct {
	*pairing
	values map[string]string
	of     int // the case that it is, from 0; -1: a combination of the lists
}

// key tells cells apart.
func (c *cell) key() string {
	parts := []string{c.scenario, c.topology}
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		parts = append(parts, name, c.values[name])
	}
	return strings.Join(parts, "\x00")
}

// words are what messages call it.
func (c *cell) words() string {
	words := c.scenario + " on " + c.topology
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		words += " " + name + "=" + c.values[name]
	}
	return words
}

// suitePlan is what a suite comes to.
type suitePlan struct {
	cells    []cell
	leftOut  []string // pairings of the lists that do not belong together
	problems decode.Problems
}

// plan lays out the combinations: those of the lists in their order, the values
// of parameters changing fastest, and then the cases. lists and cases are the
// pairings that the suite names; a case that could not be found is nil.
func (s *Suite) plan(lists []*pairing, cases []*pairing) suitePlan {
	var p suitePlan
	taken := map[string]bool{}
	used := make([]bool, len(s.Exclude))
	for _, pair := range lists {
		if why := pair.apart(); why != "" {
			p.leftOut = append(p.leftOut, why)
			continue
		}
		for _, values := range choices(s.Matrix, pair.params) {
			c := cell{pair, values, -1}
			if excluded := s.excluded(&c, used); !excluded && !taken[c.key()] {
				taken[c.key()] = true
				p.cells = append(p.cells, c)
			}
			if len(p.cells) > MaxRuns {
				p.problems.Addf(s.Pos, "this comes to more than %d combinations", MaxRuns)
				return p
			}
		}
	}
	s.planCases(&p, cases, taken)
	s.unused(&p, lists, used)
	total := 0
	for _, c := range p.cells {
		total += s.runsOf(c)
	}
	switch {
	case total > MaxRuns:
		p.problems.Addf(s.Pos, "%d combinations come to %d runs: at most %d", len(p.cells), total, MaxRuns)
	case total == 0 && len(p.problems) == 0 && len(lists) > 0:
		p.problems.Addf(s.Pos, "nothing is left to run: %s", strings.Join(append(p.leftOut, "see `exclude`"), "; "))
	}
	return p
}

// runsOf says how often a cell is run.
func (s *Suite) runsOf(c cell) int {
	if c.of >= 0 && s.Cases[c.of].Runs > 0 {
		return s.Cases[c.of].Runs
	}
	return s.Runs
}

// choices are the combinations of the values of those parameters that are
// declared, the last by name changing fastest; one empty choice where none is.
func choices(matrix map[string][]string, declared []string) []map[string]string {
	all := []map[string]string{{}}
	for _, name := range slices.Sorted(maps.Keys(matrix)) {
		if !slices.Contains(declared, name) {
			continue
		}
		if all = crossed(all, name, matrix[name]); len(all) > MaxRuns {
			return all[:MaxRuns+1]
		}
	}
	return all
}

// excluded says whether a cell is left out, and notes by which exclusions.
func (s *Suite) excluded(c *cell, used []bool) bool {
	excluded := false
	for i, e := range s.Exclude {
		if e.meets(c) {
			used[i], excluded = true, true
		}
	}
	return excluded
}

func (e *Exclusion) meets(c *cell) bool {
	if e.Scenario != "" && e.Scenario != c.scenario || e.Topology != "" && e.Topology != c.topology {
		return false
	}
	for name, value := range e.Params {
		if c.values[name] != value {
			return false
		}
	}
	return true
}

// planCases adds the cases, and says which of them cannot be or are there already.
func (s *Suite) planCases(p *suitePlan, cases []*pairing, taken map[string]bool) {
	for i, pair := range cases {
		if pair == nil {
			continue
		}
		c := cell{pair, s.Cases[i].Params, i}
		for _, name := range slices.Sorted(maps.Keys(c.values)) {
			if !slices.Contains(pair.params, name) {
				p.problems.Addf(s.at("cases", itoa(i), "params", name), "%s on %s declares no parameter %q%s", pair.scenario, pair.topology, name, orDeclared(name, pair.params))
			}
		}
		switch why := pair.apart(); {
		case why != "":
			p.problems.Addf(s.at("cases", itoa(i)), "%s", why)
		case taken[c.key()] && !s.Cases[i].own():
			p.problems.Addf(s.at("cases", itoa(i)), "%s is run already: leave this case out", c.words())
		default:
			taken[c.key()] = true
			p.cells = append(p.cells, c)
		}
	}
}

// unused says what of the suite has no effect: exclusions that meet nothing,
// and values of parameters that nothing declares.
func (s *Suite) unused(p *suitePlan, lists []*pairing, used []bool) {
	var scenarios, topologies, params []string
	for _, pair := range lists {
		scenarios, topologies, params = append(scenarios, pair.scenario), append(topologies, pair.topology), append(params, pair.params...)
	}
	slices.Sort(params)
	params = slices.Compact(params)
	for _, name := range slices.Sorted(maps.Keys(s.Matrix)) {
		if !slices.Contains(params, name) && len(lists) > 0 {
			p.problems.Addf(s.places.At("matrix", name+"/key"), "no document declares the parameter %q%s", name, orDeclared(name, params))
		}
	}
	for i, e := range s.Exclude {
		if used[i] || len(lists) == 0 && len(p.problems) > 0 {
			continue
		}
		hint := ""
		if !slices.Contains(scenarios, e.Scenario) && e.Scenario != "" {
			hint = def.Hint(e.Scenario, scenarios)
		}
		if !slices.Contains(topologies, e.Topology) && e.Topology != "" && hint == "" {
			hint = def.Hint(e.Topology, topologies)
		}
		p.problems.Addf(s.at("exclude", itoa(i)), "no combination is like this, so nothing is left out by it%s", hint)
	}
}

func itoa(i int) string { return strconv.Itoa(i) }
