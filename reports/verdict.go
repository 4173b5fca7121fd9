package reports

import (
	"fmt"
	"math"

	"windtunnel/scenarios/check"
)

// judgeChecks evaluates the checks of the scenario over the record.
func (a *Analysis) judgeChecks(texts []string, strict bool) []CheckResult {
	results := make([]CheckResult, 0, len(texts))
	for _, text := range texts {
		c, err := check.Parse(text)
		if err != nil {
			results = append(results, CheckResult{That: text, Verdict: Fail, Reason: err.Error()})
			continue
		}
		results = append(results, a.judge(c, strict))
	}
	return results
}

func (a *Analysis) judge(c check.Check, strict bool) CheckResult {
	r := check.Evaluate(c, a, strict)
	result := CheckResult{
		That: c.Text, Unit: string(c.Metric.Unit), Samples: r.Value.Samples,
		Verdict: Verdict(r.Verdict), Reason: r.Reason,
	}
	if r.Value.Samples > 0 {
		result.Observed, result.Low, result.High = finite(r.Value.Observed), finite(r.Value.Low), finite(r.Value.High)
	}
	if result.Observed == nil && r.Value.Samples > 0 && r.Verdict == check.Fails {
		result.Reason = fmt.Sprintf("not well for %s within the %s that were watched after the heal",
			inWords(ms(recoveryWindow)), inWords(r.Value.Low+ms(recoveryWindow)))
	}
	return result
}

// finite returns nil for what JSON cannot hold.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// judgeRun gives the verdict of the run and why it is not pass. What cannot be
// trusted is not judged: a doubt about the measurement comes before the checks.
func (a *Analysis) judgeRun() (Verdict, []string) {
	if len(a.partial) > 0 {
		return Partial, a.partial
	}
	if doubts := a.Generator.doubts(a.asked.offered(), a.Environment.Cores); len(doubts) > 0 {
		return Inconclusive, doubts
	}
	all := a.Results[Total][All]
	if all.Sent == 0 {
		return Inconclusive, []string{"nothing was sent outside the warm-up: there is nothing to judge"}
	}
	failed := a.checksThat(Fail)
	if all.OK == 0 {
		return verdictOr(Fail, len(failed) > 0), append([]string{"every request failed"}, failed...)
	}
	if len(failed) > 0 {
		return Fail, failed
	}
	if open := a.checksThat(Inconclusive); len(open) > 0 {
		return Inconclusive, open
	}
	return Pass, []string{}
}

// verdictOr returns v where it holds, and Inconclusive where not.
func verdictOr(v Verdict, holds bool) Verdict {
	if holds {
		return v
	}
	return Inconclusive
}

// checksThat names the checks with a verdict, and why.
func (a *Analysis) checksThat(v Verdict) []string {
	var reasons []string
	for _, c := range a.Checks {
		if c.Verdict == v {
			reasons = append(reasons, fmt.Sprintf("%s: %s", c.That, c.Reason))
		}
	}
	return reasons
}
