package reports

import (
	"cmp"
	"math"
	"slices"

	"windtunnel/scenarios/check"
)

// Index holds the runs of one command together: those of a suite, with those
// that were planned and did not come to be, or those of one scenario.
type Index struct {
	Format  int        `json:"format"`          // record.Format
	Suite   string     `json:"suite,omitempty"` // its name; empty: the runs are of no suite
	Began   string     `json:"began,omitempty"` // UTC, RFC 3339
	Verdict Verdict    `json:"verdict,omitempty"`
	Command []string   `json:"command"`
	Runs    []IndexRun `json:"runs"`
	LeftOut []string   `json:"left_out,omitempty"` // combinations that do not belong together, and why
	// Gates hold each combination against its baseline.
	Gates []GateResult `json:"gates,omitempty"`
}

// IndexRun is one run of an index.
type IndexRun struct {
	Dir      string            `json:"dir,omitempty"` // beside the index; empty: there is none
	Scenario string            `json:"scenario"`
	Topology string            `json:"topology"`
	Params   map[string]string `json:"params,omitempty"`
	Set      []string          `json:"set,omitempty"`
	On       string            `json:"on,omitempty"` // where, as --on says it
	Seed     uint64            `json:"seed"`
	Verdict  Verdict           `json:"verdict"`
	Reasons  []string          `json:"reasons,omitempty"` // why the verdict is not pass
	Checks   []CheckResult     `json:"checks,omitempty"`

	Result *Result `json:"-"` // of the run; nil: there is none
}

// NotRun is the verdict of a run that a suite planned and that did not begin.
const NotRun Verdict = "not run"

// Tell fills in what became of a run, whose directory is dir.
func (r *IndexRun) Tell(dir string, result *Result) {
	r.Dir, r.Result = dir, result
	r.Verdict, r.Reasons, r.Checks = result.Verdict, result.Reasons, result.Checks
}

// Setting names the parameters and settings in one line.
func (r *IndexRun) Setting() string {
	return (&Result{Params: r.Params, Set: r.Set}).Setting()
}

// result is that of the run, or stands for one that there is none of.
func (x *Index) result(r *IndexRun) *Result {
	if r.Result != nil {
		return r.Result
	}
	return &Result{Began: x.Began, Scenario: r.Scenario, Topology: r.Topology, Params: r.Params, Set: r.Set, Seed: r.Seed, Verdict: r.Verdict, Reasons: r.Reasons}
}

// severity orders verdicts: what weighs more in the verdict of all comes last.
func (v Verdict) severity() int {
	return slices.Index([]Verdict{Pass, Inconclusive, NotRun, Partial, Fail}, v)
}

// Conclude sets the verdict of all: the worst of the runs and gates. Where some
// did not run and none failed, it is partial.
func (x *Index) Conclude() {
	x.Verdict = Pass
	worst := func(v Verdict) {
		if v.severity() > x.Verdict.severity() {
			x.Verdict = v
		}
	}
	for _, r := range x.Runs {
		worst(r.Verdict)
	}
	for _, g := range x.Gates {
		worst(g.Verdict)
	}
	if x.Verdict == NotRun {
		x.Verdict = Partial
	}
}

// margin is how far a check's value keeps from its limit, as a share of the
// limit: below 0 it is beyond it. There is none where nothing was observed, or
// where the limit is nothing or the only value that holds.
func (c *CheckResult) margin() (share float64, ok bool) {
	parsed, err := check.Parse(c.That)
	if err != nil || c.Observed == nil || parsed.Limit == 0 {
		return 0, false
	}
	share = (*c.Observed - parsed.Limit) / math.Abs(parsed.Limit)
	switch parsed.Op {
	case "<", "<=":
		return -share, true
	case ">", ">=":
		return share, true
	}
	return 0, false
}

// marginWords are the margin as a reader says it.
func (c *CheckResult) marginWords() string {
	share, ok := c.margin()
	switch {
	case !ok:
		return ""
	case share < -10:
		return number(1-share) + "× the limit"
	case share < 0:
		return percent(-share) + " beyond"
	}
	return percent(share)
}

// worstCheck is the one that a reader should look at: one that failed, then one
// that cannot be judged, then the one that is nearest to its limit.
func worstCheck(checks []CheckResult) *CheckResult {
	if len(checks) == 0 {
		return nil
	}
	worst := slices.MinFunc(checks, func(a, b CheckResult) int {
		near := func(c *CheckResult) float64 {
			if share, ok := c.margin(); ok {
				return share
			}
			return math.Inf(1)
		}
		return cmp.Or(cmp.Compare(b.Verdict.severity(), a.Verdict.severity()), cmp.Compare(near(&a), near(&b)))
	})
	return &worst
}
