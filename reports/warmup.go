package reports

import (
	"fmt"
	"slices"
	"time"

	"windtunnel/reports/stats"
	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

// WarmUpResult holds the declared warm-up against where the latency had settled.
// Nothing is cut by it: MSER-5 has known failing cases.
type WarmUpResult struct {
	DeclaredMS float64 `json:"declared_ms"` // where the first phase begins that is measured
	// SettledMS is where the warm-up ends by MSER-5, of the latencies of the
	// successes from the begin of the run on; null: they never settled, or were too few.
	SettledMS *float64 `json:"settled_ms"`
	WatchedMS float64  `json:"watched_ms"` // up to where that was looked for: the first fault, or the end of that phase

	few bool // successes, for MSER-5 to say anything
}

// warmUp finds it; nil where no phase is measured.
func (a *Analysis) warmUp() *WarmUpResult {
	i := a.timeline.firstMeasured()
	if i < 0 {
		return nil
	}
	p := a.timeline.phases[i]
	to := a.timeline.untilFault(min(p.End(), a.timeline.end))
	w := &WarmUpResult{DeclaredMS: ms(p.Begin.Duration()), WatchedMS: ms(to)}
	if at, ok := a.settled(check.Span{To: to}); ok {
		settled := ms(at)
		w.SettledMS = &settled
	}
	w.few = a.samples.count(anyEntry, spanned(0, to)).ok() < stats.FewestToSettle
	return w
}

// words say it in a line; "" where there is nothing to say.
func (w *WarmUpResult) words() string {
	if w == nil {
		return ""
	}
	declared := "none declared"
	if w.DeclaredMS > 0 {
		declared = inWords(w.DeclaredMS) + " declared"
	}
	switch {
	case w.few:
		return fmt.Sprintf("%s; too few requests succeeded in the first %s for MSER-5 to see the latency settle", declared, inWords(w.WatchedMS))
	case w.SettledMS == nil:
		return fmt.Sprintf("%s; by MSER-5 the latency did not settle in the first %s", declared, inWords(w.WatchedMS))
	}
	return fmt.Sprintf("%s; by MSER-5 the latency had settled after %s, of %s that were watched", declared, inWords(*w.SettledMS), inWords(w.WatchedMS))
}

// firstMeasured is the first phase that is no warm-up; -1: there is none.
func (tl *timeline) firstMeasured() int {
	return slices.IndexFunc(tl.phases, func(p record.Phase) bool { return !p.Warmup })
}

// untilFault is the begin of the first fault, where that comes before to.
func (tl *timeline) untilFault(to time.Duration) time.Duration {
	for _, f := range tl.faults {
		if f.applied() {
			to = min(to, f.during.From)
		}
	}
	return to
}

// settled says by MSER-5 when within a span the latency of the successes had
// settled, from the begin of the run; no where it never did.
func (a *Analysis) settled(span check.Span) (time.Duration, bool) {
	var took []float64
	for q := range a.samples.in(anyEntry, span) {
		if q.cause == 0 {
			took = append(took, ms(q.latency))
		}
	}
	end, ok := stats.WarmUpEnd(took)
	if !ok {
		return 0, false
	}
	if end == 0 {
		return span.From, true // the first one is settled
	}
	for q := range a.samples.in(anyEntry, span) {
		if q.cause != 0 {
			continue
		}
		if end == 0 {
			return q.at, true
		}
		end--
	}
	return 0, false // end is one of them
}
