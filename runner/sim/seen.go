package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
)

// seen is what a run did: the operations that were asked for, the edges that
// were called along, and how much users asked, whose rate no scenario declares.
type seen struct {
	operations, edges map[string]bool
	asked             map[string]uint64 // by phase, of those with users
}

func newSeen() *seen { return &seen{operations: map[string]bool{}, edges: map[string]bool{}} }

// watchUsers counts the requests of the plan's users, too.
func (s *seen) watchUsers(p *runner.Plan) {
	for _, phase := range p.Scenario.Phases {
		if _, closed := phase.Load.(*arrival.Closed); closed {
			if s.asked == nil {
				s.asked = map[string]uint64{}
			}
			s.asked[phase.Name] = 0
		}
	}
}

func (s *seen) node(n record.NodeSample) {
	for i := range n.Operations {
		if n.Operations[i].Count > 0 {
			s.operations[n.Operations[i].Name] = true
		}
	}
}

func (s *seen) edge(e record.EdgeSample) {
	if e.Calls > 0 {
		s.edges[e.From+" > "+e.To] = true
	}
}

func (s *seen) request(q record.Request) {
	if s.asked == nil {
		return
	}
	if n, users := s.asked[q.Phase]; users {
		s.asked[q.Phase] = n + 1
	}
}

// unseen says in plain words what a run did that those that the calibration was
// fitted on did not.
func (c *Calibration) unseen(s *seen, p *runner.Plan) []string {
	f := &c.FittedOn
	var out []string
	say := func(format string, args ...any) {
		out = append(out, "outside the calibration: "+fmt.Sprintf(format, args...))
	}
	if new := beside(s.operations, f.Operations); len(new) > 0 {
		say("it has not seen the operation %s", someOf(new))
	}
	if new := beside(s.edges, f.Edges); len(new) > 0 {
		say("it has not seen a call along %s", someOf(new))
	}
	for _, phase := range p.Scenario.Phases {
		asked := float64(s.asked[phase.Name]) / phase.For.Seconds()
		switch {
		case asked > f.Rate.High*rateSlack:
			say("its highest rate was %.4g/s, and the users of phase %s asked %.4g/s", f.Rate.High, phase.Name, asked)
		case asked > 0 && !phase.Warmup && asked*farBelow < f.Rate.Low:
			say("its lowest rate was %.4g/s, and the users of phase %s asked %.4g/s", f.Rate.Low, phase.Name, asked)
		}
	}
	return out
}

// beside are the names that are not among those known, sorted.
func beside(names map[string]bool, known []string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(names)), func(name string) bool { return slices.Contains(known, name) })
}

// someOf lists names, the first few where there are many.
func someOf(names []string) string {
	const few = 3
	if len(names) > few+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
	}
	return strings.Join(names, ", ")
}
