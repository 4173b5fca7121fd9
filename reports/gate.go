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
//
// A gate without a limit lets no real difference for the worse through.
type Gate struct {
	Text   string
	Group  string // an entry, "all" or "system"
	Metric string
	Sign   float64  // +1: it must not rise; -1: fall
	Limit  *float64 // a share, above 0; of the value, or of the whole for shares; nil: none
}

// gateMetrics are the metrics of gates, by the names that they have there.
var gateMetrics = map[string]struct{ group, metric string }{
	"ok": {"all", "ok"}, "p50": {"all", "p50"}, "p95": {"all", "p95"}, "p99": {"all", "p99"},
	"cpu": {"system", "CPU in use"}, "memory": {"system", "memory, peaks added up"}, "attempts": {"system", "attempts a call"},
}

// gateNames are in the order of hints.
var gateNames = []string{"ok", "p50", "p95", "p99", "cpu", "memory", "attempts"}

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
	case m[1] != "" && named.group == "system":
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
		g := Gate{Text: name + ": no worse", Group: "all", Metric: name, Sign: 1}
		if name == "ok" {
			g.Sign = -1
		}
		gates = append(gates, g)
	}
	return gates
}

// GateResult is a gate with what was found on one side.
type GateResult struct {
	Gate    string  `json:"gate"`
	Column  string  `json:"column"` // the label of the side that is held against the reference
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"` // in words
}

// judgeGates holds every side against the reference.
func (c *Comparison) judgeGates(gates []Gate, strict bool) []GateResult {
	results := []GateResult{}
	for _, g := range gates {
		if len(c.Columns) < 2 {
			results = append(results, GateResult{Gate: g.Text, Verdict: Inconclusive, Found: "there is nothing to hold it against"})
			continue
		}
		at := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Group == g.Group && r.Metric == g.Metric })
		for i, side := range c.Columns[1:] {
			r := GateResult{Gate: g.Text, Column: side.Label, Verdict: Inconclusive, Found: "no run has a value"}
			if at >= 0 {
				r.Verdict, r.Found = g.judge(&c.Rows[at], &c.Rows[at].Differences[i], strict)
			}
			results = append(results, r)
		}
	}
	return results
}

// judge fails a gate where the difference is real and its estimate beyond the
// limit. What the runs cannot tell passes, unless strict; what they are too few
// for does not.
func (g *Gate) judge(row *Row, d *Difference, strict bool) (Verdict, string) {
	if d.Outcome == TooFew || d.Outcome == NotThere || d.w.beyond && d.Outcome != Equivalent {
		return Inconclusive, d.Sentence
	}
	if g.Limit == nil {
		worse := d.Estimate != nil && g.Sign**d.Estimate > 0
		return verdictIf(!(worse && d.Outcome == Different)), d.Sentence
	}
	if d.Estimate == nil { // the same in every run, beyond its end
		return Pass, d.Sentence
	}
	limit := *g.Limit
	if d.Scale == Points {
		limit *= 100
	}
	if d.Scale == Amount && *d.Estimate != 0 {
		return Inconclusive, fmt.Sprintf("%s has no ratio: it is 0 in some run", row.title())
	}
	low, mid, high := g.Sign**d.Low, g.Sign**d.Estimate, g.Sign**d.High
	low, high = min(low, high), max(low, high)
	if strict && low < limit && limit < high {
		return Inconclusive, "the limit lies inside the interval: " + d.Sentence
	}
	return verdictIf(!(mid > limit && low > 0)), d.Sentence
}

func verdictIf(holds bool) Verdict {
	if holds {
		return Pass
	}
	return Fail
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
