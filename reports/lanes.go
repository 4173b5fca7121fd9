package reports

import (
	"cmp"
	"fmt"
	"slices"

	"windtunnel/runner/record"
)

// mostLanes bounds a drawing, and mostMarks what happens in one of its lanes.
const (
	mostLanes = 24
	mostMarks = 200
)

// lanes has a row for each edge whose breaker opened, and for each node whose
// instances came or went after the run had begun.
func (a *Analysis) lanes() []Lane {
	lanes := append(a.breakerLanes(), a.instanceLanes()...)
	return lanes[:min(len(lanes), mostLanes)]
}

func (a *Analysis) breakerLanes() []Lane {
	var lanes []Lane
	for _, o := range a.openings {
		name := "breaker " + o.edge
		i := slices.IndexFunc(lanes, func(l Lane) bool { return l.Name == name })
		if i < 0 {
			i = len(lanes)
			lanes = append(lanes, Lane{Name: name})
		}
		if len(lanes[i].States) < mostMarks {
			lanes[i].States = append(lanes[i].States, Band{From: o.from.Seconds(), To: o.to.Seconds(), Tone: Bad,
				Name: fmt.Sprintf("%s open for %s", o.edge, inWords(ms(o.to-o.from)))})
		}
	}
	return lanes
}

// instanceLanes marks what came, what went and what a scaler decided.
func (a *Analysis) instanceLanes() []Lane {
	marks := map[string][]Mark{}
	for _, e := range a.run.Events {
		if m, ok := markOf(e); ok && e.At > settled && e.At < a.timeline.end && len(marks[e.Node]) < mostMarks {
			marks[e.Node] = append(marks[e.Node], m)
		}
	}
	var lanes []Lane
	for _, n := range a.Nodes {
		if len(marks[n.Name]) > 0 {
			lanes = append(lanes, Lane{Name: n.Name, Marks: marks[n.Name]})
		}
	}
	return lanes
}

// markOf says what an event is to the instances of its node.
func markOf(e record.Event) (Mark, bool) {
	m := Mark{At: e.At.Seconds()}
	at := inWords(ms(e.At))
	switch e.Kind {
	case record.InstanceReady:
		m.Name, m.Tone = fmt.Sprintf("%s ready at %s", e.Instance, at), Good
		total := 0.0
		for _, part := range e.PhasesMS {
			total += part
		}
		if total > 0 {
			m.Name += ", after a cold start of " + inWords(total)
		}
	case record.InstanceStop:
		m.Name, m.Tone = fmt.Sprintf("%s stopped at %s", e.Instance, at), Bad
		if e.Reason == record.Retired {
			m.Tone = Muted // as its scaler wanted
		}
	case record.InstancePaused:
		m.Name, m.Tone = fmt.Sprintf("%s paused at %s", e.Instance, at), Doubt
	case record.Scale:
		m.Name, m.Tone = fmt.Sprintf("%s to %s instances at %s", cmp.Or(e.From, "?"), cmp.Or(e.To, "?"), at), Doubt
	default:
		return m, false
	}
	if e.Reason != "" {
		m.Name += ": " + e.Reason
	}
	return m, true
}
