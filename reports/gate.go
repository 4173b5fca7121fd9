package reports

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"windtunnel/topologies/def"
)

// Gate is a difference from the reference that must not be:
//
//	p99:+10%            the p99 of all requests, at most 10 % higher
//	checkout.p95:+20%   that of one entry
//	ok:-0.5%            the share of successes, at most half a percentage point lower
//	recovery:+50%       the recovery from each fault, at most half as long again
//
// A gate without a limit lets no real difference for the worse through.
type Gate struct {
	Text   string
	Group  string // an entry, "all" or "system"
	Metric string
	Sign   float64  // +1: it must not rise; -1: fall
	Limit  *float64 // a share, above 0; of the value, or of the whole for shares; nil: none
}

const (
	allGroup    = "all"
	systemGroup = "system"
	// recoveryMetric is a gate's name of the recoveries from all faults.
	recoveryMetric = "recovery"
)

// gateMetrics are the metrics of gates, by the names that they have there.
var gateMetrics = map[string]struct{ group, metric string }{
	"ok": {allGroup, "ok"}, "p50": {allGroup, "p50"}, "p95": {allGroup, "p95"}, "p99": {allGroup, "p99"},
	"recovery": {allGroup, recoveryMetric},
	"cpu":      {systemGroup, "CPU in use"}, "memory": {systemGroup, "memory, peaks added up"}, "attempts": {systemGroup, "attempts a call"},
}

// gateNames are in the order of hints.
var gateNames = []string{"ok", "p50", "p95", "p99", "recovery", "cpu", "memory", "attempts"}

var gateForm = regexp.MustCompile(`^(?:(.+)\.)?([A-Za-z0-9]+):([+-])([0-9]+(?:\.[0-9]+)?)%$`)

// ParseGate reads a gate. Its error says what would fit.
func ParseGate(text string) (Gate, error) {
	m := gateForm.FindStringSubmatch(text)
	if m == nil {
		return Gate{}, fmt.Errorf("%q is no gate: write it as p99:+10%%, checkout.p95:+20%% or ok:-0.5%%", text)
	}
	named, ok := gateMetrics[m[2]]
	if !ok {
		return Gate{}, fmt.Errorf("%q: there is no metric %q%s; there are %s", text, m[2], def.Hint(m[2], gateNames), strings.Join(gateNames, ", "))
	}
	g := Gate{Text: text, Group: named.group, Metric: named.metric, Sign: 1}
	switch {
	case m[1] != "" && named.group == systemGroup:
		return Gate{}, fmt.Errorf("%q: %s is of the whole system and not of an entry", text, m[2])
	case m[1] != "":
		g.Group = groupOf(m[1])
	}
	if m[3] == "-" {
		g.Sign = -1
	}
	limit, err := strconv.ParseFloat(m[4], 64)
	if err != nil {
		return Gate{}, fmt.Errorf("%q: %w", text, err)
	}
	limit /= 100
	g.Limit = &limit
	return g, nil
}

// NoWorse are the gates of a comparison with a baseline that names none.
func NoWorse() []Gate {
	var gates []Gate
	for _, name := range []string{"ok", "p50", "p95", "p99"} {
		g := Gate{Text: name + ": no worse", Group: allGroup, Metric: name, Sign: 1}
		if name == "ok" {
			g.Sign = -1
		}
		gates = append(gates, g)
	}
	return gates
}

// GatesFit says which gate is of an entry that there is not; nil where all fit.
func GatesFit(gates []Gate, entries []string) error {
	for _, g := range gates {
		if g.Group == allGroup || g.Group == systemGroup || slices.Contains(entries, g.Group) {
			continue
		}
		hint := def.Hint(g.Group, entries)
		if hint == "" {
			hint = ": there are " + strings.Join(entries, ", ")
		}
		return fmt.Errorf("%q: there is no entry %q%s", g.Text, g.Group, hint)
	}
	return nil
}

// about says whether a row is what the gate is on.
func (g *Gate) about(r *Row) bool {
	if g.Metric == recoveryMetric {
		return r.Metric == "recovery, "+g.Group
	}
	return r.Group == g.Group && r.Metric == g.Metric
}

// GateResult is a gate with what was found on one side.
type GateResult struct {
	Gate    string  `json:"gate"`
	Column  string  `json:"column"` // the label of the side that is held against the reference
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"` // in words
}

// Gate is the verdict of all gates.
func (c *Comparison) Gate() Verdict { return GateVerdict(c.Gates) }

// GateVerdict is the verdict of several gates: a failed one weighs more than one
// that could not be judged. Pass where there are none.
func GateVerdict(gates []GateResult) Verdict {
	verdict := Pass
	for _, r := range gates {
		switch {
		case r.Verdict == Fail:
			return Fail
		case r.Verdict != Pass:
			verdict = Inconclusive
		}
	}
	return verdict
}

// gateSection shows them; nothing where there are none.
func (c *Comparison) gateSection() Section {
	if len(c.Gates) == 0 {
		return Section{}
	}
	holding := 0
	table := &Table{Columns: []Column{{}, {Title: "gate"}, {Title: "on"}, {Title: "found"}}}
	for _, r := range c.Gates {
		if r.Verdict == Pass {
			holding++
		}
		table.Rows = append(table.Rows, []Cell{r.Verdict.mark(), {Text: r.Gate, Code: true}, text(r.Column), text(r.Found)})
	}
	return Section{Name: "gates", Title: fmt.Sprintf("%d of %s against %s hold", holding, counted(len(c.Gates), "gate"), c.Columns[0].Label),
		Tone: c.Gate().tone(), Blocks: []Block{table}}
}
