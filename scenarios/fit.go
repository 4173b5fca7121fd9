package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// Fit says what a scenario names that the topologies do not have: entries of
// the mix, or of a load, that one of them lacks, targets of faults and subjects of checks that
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
	f.routes()
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
			switch {
			case slices.Contains(entries, share.Entry):
			case slices.Contains(timerNames(g), share.Entry):
				f.problems.Addf(share.Pos, "%s is a schedule of %s: the platform asks it by itself, and no visitor does", share.Entry, owner(g))
			default:
				f.problems.Addf(share.Pos, "%s has no entry %q%s", owner(g), share.Entry, orAll(share.Entry, entries, "entries"))
			}
		}
	}
}

// manyMissing is how many entries that are missing are named of one load.
const manyMissing = 10

// routes: a load that says itself what its arrivals ask must ask for what is there.
func (f *fitter) routes() {
	for _, p := range f.s.Phases {
		for _, g := range f.graphs {
			f.route(p, g)
		}
	}
}

func (f *fitter) route(p Phase, g *topologies.Graph) {
	var missing []string
	entries := entryNames(g)
	for _, entry := range arrival.EntriesOf(p.Load) {
		switch near := def.Nearest(entry, entries); {
		case slices.Contains(entries, entry):
		case near != "":
			missing = append(missing, fmt.Sprintf("%q (did you mean %q?)", entry, near))
		default:
			missing = append(missing, fmt.Sprintf("%q", entry))
		}
	}
	if len(missing) == 0 {
		return
	}
	if more := len(missing) - manyMissing; more > 0 {
		missing = append(missing[:manyMissing], fmt.Sprintf("%d more", more))
	}
	f.problems.Addf(p.loadPlace, "%s has no entry %s, which the load asks%s. A function of a trace stands for another one with `entries: {FUNCTION: entry}`",
		owner(g), strings.Join(missing, ", "), orAll("", entries, "entries"))
}

// owner names what the entries belong to.
func owner(g *topologies.Graph) string {
	if g.Application != nil {
		return "application " + g.Application.Name
	}
	return "topology " + g.Topology.Name
}

func timerNames(g *topologies.Graph) []string {
	var names []string
	for _, t := range g.Timers {
		names = append(names, t.Name)
	}
	return names
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

// checks: a subject must be an entry, a schedule, a node or a component of some topology.
func (f *fitter) checks() {
	entries, nodes := []string{topologies.Total}, []string{}
	for _, g := range f.graphs {
		entries = append(append(entries, entryNames(g)...), timerNames(g)...)
		for _, n := range g.Topology.Nodes {
			nodes = append(nodes, n.Name)
		}
		for component := range g.HostOf {
			nodes = append(nodes, component)
		}
	}
	slices.Sort(nodes)
	for i, c := range f.s.Checks {
		f.subject(f.s.CheckPlace(i), c, entries, nodes)
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

// CheckPlace is where check i is written.
func (s *Scenario) CheckPlace(i int) decode.Pos {
	if i < len(s.checkPlaces) {
		return s.checkPlaces[i]
	}
	return s.Pos
}
