package reports

import (
	"fmt"
	"math"

	"windtunnel/reports/stats"
)

// gated is what a gate is held against: a metric of one side.
type gated struct {
	gate       *Gate
	row        *Row // nil: no run has a value
	reference  string
	side       string
	difference Difference // its own: judged among gates, and not among all metrics
}

// judgeGates holds every side against the reference.
func (c *Comparison) judgeGates(gates []Gate, strict bool) []GateResult {
	results := []GateResult{}
	if len(c.Columns) < 2 {
		for _, g := range gates {
			results = append(results, GateResult{Gate: g.Text, Verdict: Inconclusive, Found: "there is nothing to hold it against"})
		}
		return results
	}
	var all []*gated
	for i := range gates {
		all = append(all, c.gated(&gates[i])...)
	}
	asked := correct(all)
	for _, g := range all {
		r := GateResult{Gate: g.gate.Text, Column: g.side, Verdict: Inconclusive, Found: "no run has a value"}
		switch {
		case g.row == nil:
		case g.gate.Limit == nil:
			r.Verdict, r.Found = g.noWorse(asked, strict)
		default:
			r.Verdict, r.Found = g.limited(strict)
		}
		results = append(results, r)
	}
	return results
}

// gated finds what a gate is on, on every side.
func (c *Comparison) gated(g *Gate) []*gated {
	var found []*gated
	for i := range c.Rows {
		if r := &c.Rows[i]; g.about(r) {
			for k, d := range r.Differences {
				found = append(found, &gated{g, r, c.Columns[0].Label, c.Columns[k+1].Label, d})
			}
		}
	}
	if len(found) == 0 {
		for _, side := range c.Columns[1:] {
			found = append(found, &gated{gate: g, side: side.Label})
		}
	}
	return found
}

// correct judges the differences that gates without a limit are on, corrected for
// their own number alone: nobody asked of the comparison's other metrics, and with
// the fewest runs nothing would be found among all of those. It returns how many
// there are to test.
func correct(all []*gated) (asked int) {
	var family []*Difference
	for _, g := range all {
		if g.gate.Limit != nil || g.row == nil {
			continue
		}
		d := &g.difference
		if d.P != nil || d.Outcome == TooFew && d.w.varies() {
			asked++
		}
		if d.Outcome != TooFew && d.Outcome != NotThere {
			d.Outcome = ""
		}
		family = append(family, d)
	}
	judge(family)
	return asked
}

// noWorse fails where a difference for the worse is real: beyond the margin and no
// chance among the gates. Where so few runs could show none, it cannot be judged;
// nor, if strict, where the interval reaches past the margin.
func (g *gated) noWorse(asked int, strict bool) (Verdict, string) {
	d := &g.difference
	found := d.sentence(g.row, g.reference, g.side, asked)
	if verdict, why, done := g.unmeasured(d.Outcome == Different); done {
		return verdict, why
	}
	if d.Outcome == TooFew || d.P != nil && d.Outcome != Different && stats.SmallestP(d.Runs[0], d.Runs[1]) > (1-stats.Level)/float64(asked) {
		return Inconclusive, fmt.Sprintf("Nothing can be said of %s: %s, and %s %d each.",
			g.row.title(), d.runsWords(), takes(max(1, asked)), fewestFor(max(1, asked)))
	}
	low, high, _ := d.ends()
	if g.gate.Sign < 0 {
		low, high = -high, -low
	}
	switch {
	case d.Outcome == Different && low > 0:
		return Fail, found
	case strict && high > d.w.margin && d.Outcome != Equivalent:
		return Inconclusive, found + " The interval reaches past the margin."
	}
	return Pass, found
}

// takes says what so many runs are needed for.
func takes(gates int) string {
	if gates == 1 {
		return "one gate takes"
	}
	return fmt.Sprintf("%d gates take", gates)
}

// limited fails where the estimate is over the limit and the interval excludes
// that nothing changed. Where it does not, it cannot be judged. What is within the
// limit passes. If strict, what has the limit within its interval cannot be judged.
func (g *gated) limited(strict bool) (Verdict, string) {
	d := &g.difference
	if d.Outcome == TooFew {
		return Inconclusive, d.Sentence
	}
	if verdict, why, done := g.unmeasured(d.P != nil && *d.P <= 1-stats.Level); done {
		return verdict, why
	}
	limit := *g.gate.Limit
	if d.Scale == Points {
		limit *= 100
	}
	mid, low, high := g.gate.Sign**d.Estimate, g.gate.Sign**d.Low, g.gate.Sign**d.High
	low, high = min(low, high), max(low, high)
	found := d.measured(g.row, g.reference, g.side)
	switch noRatio := d.Scale == Amount && mid != 0; {
	case noRatio && high <= 0: // no worse, by whatever ratio
		return Pass, found + "."
	case noRatio && low > 0 && stats.Median(d.w.reference) == 0:
		return Fail, found + ": more than any share of 0."
	case noRatio:
		return Inconclusive, fmt.Sprintf("%s has no ratio: it is 0 in some run", g.row.title())
	case strict && low <= limit && high > limit:
		return Inconclusive, found + ": the limit lies within the interval."
	case mid > limit && low > 0:
		return Fail, found + "."
	case mid > limit:
		return Inconclusive, found + ": over the limit, and yet it may be no change."
	case high > limit:
		return Pass, found + ": within the limit, though the interval reaches past it."
	}
	return Pass, found + "."
}

// unmeasured judges a difference that has no size. Where most runs of a side have
// a value beyond their end, and those of the reference have not, it is over any
// limit; certain says whether that is no chance.
func (g *gated) unmeasured(certain bool) (verdict Verdict, why string, done bool) {
	d := &g.difference
	switch {
	case d.Outcome == NotThere:
		return Inconclusive, d.Sentence, true
	case !d.w.beyond || d.Outcome == TooFew:
		return "", "", false
	case d.Outcome == Equivalent: // the same in every run
		return Pass, d.Sentence, true
	case certain && g.gate.Sign > 0 && endless(d.w.reference) && !endless(d.w.other):
		return Pass, fmt.Sprintf("%s lies beyond the end of most runs on %s, and of fewer on %s, %s.", g.row.title(), g.reference, g.side, d.runsWords()), true
	case certain && g.gate.Sign > 0 && endless(d.w.other) && !endless(d.w.reference):
		return Fail, fmt.Sprintf("%s lies beyond the end of most runs on %s, and of fewer on %s, %s.", g.row.title(), g.side, g.reference, d.runsWords()), true
	}
	return Inconclusive, d.Sentence, true
}

// endless says whether most of a side's values lie beyond their end.
func endless(values []float64) bool { return math.IsInf(stats.Median(values), 1) }
