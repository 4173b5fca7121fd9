package reports

import (
	"strings"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// The state of a breaker that lets nothing through.
const openState = "open"

// opening is one stretch in which one breaker was open.
type opening struct {
	edge     string // "checkout>payments"
	from, to time.Duration
}

// openings reads the breakers' transitions. Each caller's instance has its own
// breaker on an edge, and one for each callee where they are kept apart: then
// those of one caller share a name, and the first to open is taken for the
// first to close, which leaves the sum of their times as it is.
func openings(events []record.Event, end time.Duration) []opening {
	type breaker struct{ instance, edge, name string }
	var all []opening
	open := map[breaker][]int{}
	for _, e := range events {
		if e.Kind != record.BreakerState {
			continue
		}
		b := breaker{e.Instance, e.Edge, e.Name}
		switch {
		case e.To == openState && e.From != openState:
			open[b] = append(open[b], len(all))
			all = append(all, opening{edge: e.Edge, from: e.At, to: end})
		case e.From == openState && len(open[b]) > 0:
			all[open[b][0]].to = e.At
			open[b] = open[b][1:]
		}
	}
	for i := range all {
		all[i].to = max(all[i].to, all[i].from)
	}
	return all
}

// within returns how long an opening lasted inside a scope, and whether it began there.
func (o opening) within(sc scope) (time.Duration, bool) {
	inside := time.Duration(0)
	for _, span := range sc.spans {
		inside += max(0, min(o.to, span.To)-max(o.from, span.From))
	}
	return inside, sc.holds(o.from)
}

// ejections counts how often a caller left an instance out that did worse than others.
func ejections(events []record.Event, edge string) int {
	n := 0
	for _, e := range events {
		machine, _, _ := strings.Cut(e.Name, " ")
		if e.Kind == record.PolicyState && e.Edge == edge && machine == "ejection" && e.To == policy.Ejected {
			n++
		}
	}
	return n
}
