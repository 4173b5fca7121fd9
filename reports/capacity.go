package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Capacity is the highest load at which a topology keeps its promises, with all
// that was tried. Its JSON is what `capacity -o x.json` writes.
type Capacity struct {
	Format     int      `json:"format"`
	Began      string   `json:"began"` // of the first run; UTC, RFC 3339
	Scenario   string   `json:"scenario"`
	Topology   string   `json:"topology"`
	Engine     string   `json:"engine"`
	Backend    string   `json:"backend"`
	Param      string   `json:"param"`
	Unit       string   `json:"unit"` // behind the figures: "/s", or nothing
	Objectives []string `json:"objectives"`
	Precision  float64  `json:"precision"` // relative
	// Load is the median over the repetitions of the highest load that kept all
	// objectives; Low to High is the 95 % interval of the boundary. null: none
	// did, and no interval with fewer than six.
	Load   *float64  `json:"load"`
	Low    *float64  `json:"low"`
	High   *float64  `json:"high"`
	AtMost bool      `json:"up_to_the_most"` // the highest load that was allowed kept them: it may be more
	Edges  []float64 `json:"edges"`          // by repetition
	Trials []Trial   `json:"trials"`         // in their order
	// Doubts say why the search could not go on or cannot be trusted.
	Doubts []string `json:"doubts"`

	results []*Result // of all runs
	runs    []*Analysis
	broke   float64 // the lowest load above Load at which a repetition ended
}

// Take takes what there is to say of all runs from one more of them.
func (c *Capacity) Take(a *Analysis) {
	if len(c.results) == 0 {
		c.Format, c.Began, c.Scenario, c.Topology, c.Engine, c.Backend = a.Format, a.Began, a.Scenario, a.Topology, a.Engine, a.Backend
		c.Doubts, c.Trials = []string{}, append([]Trial{}, c.Trials...)
	}
	c.results, c.runs = append(c.results, &a.Result), append(c.runs, a)
}

// Trial is one run of the search.
type Trial struct {
	Load       float64  `json:"load"`
	Repetition int      `json:"repetition"` // from 0
	Again      int      `json:"again"`      // looks at this load that came before, in this repetition
	Seed       uint64   `json:"seed"`
	Run        string   `json:"run"` // directory
	Kept       bool     `json:"kept"`
	Broken     []string `json:"broken"`   // the objectives that were not kept, and why
	Observed   *float64 `json:"observed"` // of the first objective
	Unit       string   `json:"unit"`     // of Observed
}

// TrialOf judges a run by the objectives, which are among its checks. Doubts say
// why the run cannot be judged.
func TrialOf(a *Analysis, p Probe, objectives []string) (t Trial, doubts []string) {
	t = Trial{Load: p.Load, Repetition: p.Repetition, Again: p.Again, Seed: a.Seed, Run: a.Dir, Kept: true, Broken: []string{}}
	if a.Verdict == Partial || a.Generator.Saturated || a.Results[Total][All].Sent == 0 {
		return t, a.Reasons
	}
	for i, that := range objectives {
		at := slices.IndexFunc(a.Checks, func(c CheckResult) bool { return c.That == that })
		if at < 0 {
			return t, []string{fmt.Sprintf("%s was not judged", that)}
		}
		c := a.Checks[at]
		if i == 0 {
			t.Observed, t.Unit = c.Observed, c.Unit
		}
		if c.Verdict != Pass {
			t.Kept = false
			t.Broken = append(t.Broken, fmt.Sprintf("%s: %s", that, c.Reason))
		}
	}
	return t, nil
}

// Conclude fills in what the search has found.
func (c *Capacity) Conclude(s *Search) {
	median, low, high, open := s.Edge()
	c.Edges, c.AtMost, c.Precision = append([]float64{}, s.Edges()...), open, s.Precision
	if len(c.Edges) == 0 {
		return
	}
	if median > 0 {
		c.Load = &median
	}
	c.Low, c.High, c.broke = finite(low), finite(high), s.above(median)
	c.agree()
}

// farApart is the factor between the ends of two repetitions beyond which they
// have not found the same boundary.
const farApart = 2

// agree doubts a capacity that the repetitions do not agree about: a median of
// them and its interval would look like an answer.
func (c *Capacity) agree() {
	if c.agreed() {
		return
	}
	c.Doubts = append(c.Doubts, fmt.Sprintf("the repetitions end more than a factor of %d apart, so that loads were kept above others that broke: "+
		"either the objective lies within what a run varies by, or a run is too short to tell it", farApart))
}

func (c *Capacity) agreed() bool {
	return len(c.Edges) == 0 || slices.Max(c.Edges) <= farApart*slices.Min(c.Edges)*(1+c.Precision)
}

// Verdict is Fail where no load keeps the objectives, and Inconclusive where the
// search was cut short or ended at its own limit.
func (c *Capacity) Verdict() Verdict {
	switch {
	case len(c.Doubts) > 0 || len(c.Edges) == 0 || c.AtMost:
		return Inconclusive
	case c.Load == nil:
		return Fail
	}
	return Pass
}

// finding says the capacity in a sentence.
func (c *Capacity) finding() string {
	promise := strings.Join(c.Objectives, " and ")
	runs := counted(len(c.Edges), "repetition")
	switch {
	case len(c.Edges) == 0 && c.most() > 0:
		return fmt.Sprintf("The search came to no end: %s holds at %s, and how much further is not known.", promise, c.figure(c.most()))
	case len(c.Edges) == 0:
		return "The search came to no end: nothing can be said of the capacity."
	case !c.agreed():
		return fmt.Sprintf("How much load keeps %s is not known: %s end anywhere from %s to %s.", promise, runs, c.figure(slices.Min(c.Edges)), c.figure(slices.Max(c.Edges)))
	case c.Load == nil:
		return fmt.Sprintf("No load keeps %s: it is broken at %s too, %s.", promise, c.figure(c.least()), runs)
	case c.AtMost:
		return fmt.Sprintf("At %s, the most that was to be tried, %s still holds, %s: the capacity is beyond. Try more with --to.", c.figure(*c.Load), promise, runs)
	case c.Low != nil && c.High != nil:
		return fmt.Sprintf("%s keeps %s up to %s, between %s and %s, %s.", c.Topology, promise, c.figure(*c.Load), c.figure(*c.Low), c.figure(*c.High), runs)
	}
	return fmt.Sprintf("%s keeps %s up to %s and breaks it at %s. An interval needs %d repetitions, and there %s %d.",
		c.Topology, promise, c.figure(*c.Load), c.figure(c.broke), fewestRuns, plural(len(c.Edges), "is", "are"), len(c.Edges))
}

func (c *Capacity) least() float64 {
	least := math.Inf(1)
	for _, t := range c.Trials {
		least = min(least, t.Load)
	}
	return least
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// most is the highest load that was kept, 0 where none was.
func (c *Capacity) most() float64 {
	most := 0.0
	for _, t := range c.Trials {
		if t.Kept {
			most = max(most, t.Load)
		}
	}
	return most
}

func (c *Capacity) figure(load float64) string { return setting(load) + c.Unit }
