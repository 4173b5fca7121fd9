package scenarios

import (
	"errors"
	"slices"
	"strings"

	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// Fit says what a scenario names that the topologies do not have: entries of
// the mix that one of them lacks, targets of faults and subjects of checks that
// none has. A node of one alone is no problem: there the fault applies, and
// elsewhere it is reported as not applicable. The topologies of also are not
// run, but what they have is known: the scenario's default where others are asked for.
func Fit(s *Scenario, graphs, also []*topologies.Graph) decode.Problems {
	var problems decode.Problems
	if len(graphs) == 0 {
		return nil
	}
	f := fitter{s: s, graphs: graphs, problems: &problems}
	f.mix()
	f.graphs = slices.Concat(graphs, also)
	f.faults()
	f.checks()
	problems.Sort()
	return problems
}

type fitter struct {
	s        *Scenario
	graphs   []*topologies.Graph
	problems *decode.Problems
}

// mix: a run sends to every entry of it, so each topology must have them all.
func (f *fitter) mix() {
	for _, share := range f.s.Mix {
		for _, g := range f.graphs {
			entries := entryNames(g)
			if !slices.Contains(entries, share.Entry) {
				f.problems.Addf(share.Pos, "%s has no entry %q%s", owner(g), share.Entry, orAll(share.Entry, entries, "entries"))
			}
		}
	}
}

// owner names what the entries belong to.
func owner(g *topologies.Graph) string {
	if g.Application != nil {
		return "application " + g.Application.Name
	}
	return "topology " + g.Topology.Name
}

func entryNames(g *topologies.Graph) []string {
	var names []string
	for _, e := range g.Entries {
		names = append(names, e.Name)
	}
	return names
}

// orAll ends a message with the nearest name, or else with all there are, if those are few.
func orAll(name string, known []string, what string) string {
	if hint := def.Hint(name, known); hint != "" || len(known) == 0 || len(known) > 16 {
		return hint
	}
	return ": its " + what + " are " + strings.Join(known, ", ")
}

// faults: a target must exist somewhere.
func (f *fitter) faults() {
	for i, plan := range f.s.Faults {
		var unknown *fault.UnknownError
		found := false
		for _, g := range f.graphs {
			_, err := plan.Fault.Effects(plan.Name, g)
			found = found || !errors.As(err, &unknown)
		}
		if !found {
			f.problems.Addf(f.targetPlace(i, unknown.Name), "fault %s: %v", plan.Name, unknown)
		}
	}
}

// targetPlace finds where the i-th fault names its target.
func (f *fitter) targetPlace(i int, name string) decode.Pos {
	plan := f.s.Faults[i]
	for _, p := range f.s.targets {
		if p.fault == plan.Name && p.name == name {
			return p.pos
		}
	}
	return plan.Pos
}

// checks: a subject must be an entry, a node or a component of some topology.
func (f *fitter) checks() {
	entries, nodes := []string{topologies.Total}, []string{}
	for _, g := range f.graphs {
		entries = append(entries, entryNames(g)...)
		for _, n := range g.Topology.Nodes {
			nodes = append(nodes, n.Name)
		}
		for component := range g.HostOf {
			nodes = append(nodes, component)
		}
	}
	slices.Sort(nodes)
	for i, c := range f.s.Checks {
		f.subject(f.s.checkPlace(i), c, entries, nodes)
	}
}

func (f *fitter) subject(pos decode.Pos, c check.Check, entries, nodes []string) {
	subject, of := c.Metric.Subject, subjectsOf(c.Metric.Name)
	isEntry, isNode := slices.Contains(entries, subject), slices.Contains(nodes, subject)
	switch {
	case of == check.OfGenerator:
	case of == check.OfEntry && !isEntry && isNode:
		f.problems.Addf(pos, "%s is a node, and %s is measured of an entry: %s", subject, c.Metric.Name, strings.Join(slices.Compact(entries), ", "))
	case of == check.OfNode && !isNode && isEntry:
		f.problems.Addf(pos, "%s is an entry, and %s is measured of a node: %s", subject, c.Metric.Name, strings.Join(slices.Compact(nodes), ", "))
	case !isEntry && !isNode:
		known := slices.Concat(entries, nodes)
		f.problems.Addf(pos, "there is neither an entry nor a node %q%s", subject, def.Hint(subject, known))
	}
}

// subjectsOf says what a metric is measured of.
func subjectsOf(metric string) check.Subjects {
	for _, known := range check.Metrics() {
		if known.Name == metric {
			return known.Of
		}
	}
	return check.OfEither
}

func (s *Scenario) checkPlace(i int) decode.Pos {
	if i < len(s.checkPlaces) {
		return s.checkPlaces[i]
	}
	return s.Pos
}
