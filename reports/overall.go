package reports

import (
	"fmt"
	"slices"
	"strings"
)

// Overall is what the runs of a document are judged by together, beside the
// checks of each: gates against a baseline, the promise of a capacity.
type Overall struct {
	Name  string // the same each time that it is judged
	Began string // UTC, RFC 3339
	Gates []GateResult
}

// overall are the gates, and the doubts about all of them; nil where there are none.
func (c *Comparison) overall() *Overall {
	gates := slices.Clone(c.Gates)
	if len(c.Doubts) > 0 {
		gates = append(gates, GateResult{Gate: "the runs can be compared", Verdict: Inconclusive, Found: strings.Join(c.Doubts, "; ")})
	}
	if len(gates) == 0 {
		return nil
	}
	return &Overall{Name: "gates of " + orUnknown(c.Scenario), Began: c.results()[0].Began, Gates: gates}
}

// overall are the gates of a suite; nil where there are none.
func (x *Index) overall() *Overall {
	if len(x.Gates) == 0 {
		return nil
	}
	return &Overall{Name: "gates of " + orUnknown(x.Suite), Began: x.Began, Gates: x.Gates}
}

// overall is the promise of a capacity.
func (c *Capacity) overall() *Overall {
	name := fmt.Sprintf("capacity of %s on %s", orUnknown(c.Scenario), orUnknown(c.Topology))
	return &Overall{Name: name, Began: c.Began, Gates: []GateResult{
		{Gate: strings.Join(c.Objectives, " and "), Verdict: c.Verdict(), Found: strings.Join(append([]string{c.finding()}, c.Doubts...), " ")},
	}}
}
