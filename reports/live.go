package reports

import (
	"math"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

// Live judges the checks of a run while it goes: by what has been recorded so
// far, and else as the report will.
type Live struct {
	a      Analysis
	checks []check.Check
	holds  map[string]bool // by fault: true since its begin, false since its heal
	ended  map[string]bool // faults that were healed
}

// LiveCheck is a check at one instant of its run.
type LiveCheck struct {
	That     string   `json:"that"`              // as written
	Verdict  Verdict  `json:"verdict,omitempty"` // as the report would give it now; missing: there is nothing to judge yet
	Final    bool     `json:"final"`             // its window is over
	Unit     string   `json:"unit"`              // of observed and margin
	Observed *float64 `json:"observed"`          // null: nothing was
	Margin   *float64 `json:"margin"`            // from what was observed to the limit, below 0 where it is broken; null: the check has no such distance
	Reason   string   `json:"reason,omitempty"`  // why it is not judged, or does not pass
	Now      string   `json:"-"`                 // observed, in words
	Spare    string   `json:"-"`                 // margin, in words
}

// NewLive begins with nothing recorded. The checks are those of the identity.
func NewLive(id record.Identity) *Live {
	l := &Live{holds: map[string]bool{}, ended: map[string]bool{}}
	l.a = Analysis{run: &record.Run{Identity: id}, samples: newSamples(&id)}
	l.a.Topology = id.Topology
	for _, n := range id.Nodes {
		l.a.Nodes = append(l.a.Nodes, NodeResult{Name: n.Name, Hosts: n.Hosts})
	}
	for _, text := range id.Checks {
		if c, err := check.Parse(text); err == nil { // a broken one never got here
			l.checks = append(l.checks, c)
		}
	}
	return l
}

// Request takes in what became of an arrival. It judges by as many as a record
// keeps, and of a run with more of them by a part.
func (l *Live) Request(q record.Request) {
	s := l.a.samples
	if q.Seq%uint64(s.oneIn) != 0 {
		return
	}
	if entry, err := s.known(q.Entry); err == nil {
		s.add(q, entry)
	}
	if len(s.list) == record.KeepAll {
		s.halve()
	}
}

// Event takes in something that happened.
func (l *Live) Event(e record.Event) {
	l.a.run.Events = append(l.a.run.Events, e)
	switch e.Kind {
	case record.FaultBegan:
		l.holds[e.Name] = true
	case record.FaultHealed:
		l.holds[e.Name] = false
		l.ended[e.Name] = true
	}
}

// Node takes in a second of an instance.
func (l *Live) Node(s record.NodeSample) { l.a.run.Nodes = append(l.a.run.Nodes, s) }

// Judge returns every check as it stands, at a time since the run's begin.
func (l *Live) Judge(now time.Duration) []LiveCheck {
	a := &l.a
	a.samples.sort()
	a.timeline = newTimeline(a.run, a.samples, false)
	for _, f := range a.timeline.faults {
		if !f.begun && f.skipped == "" { // what comes before it has begun, all the same
			from := max(f.At.Duration(), a.timeline.end)
			f.begun, f.during = true, check.Span{From: from, To: from}
		}
	}
	a.timeline.windows(a.wellAgain)
	a.openings = openings(a.run.Events, a.timeline.end)
	a.Faults = l.recoveries()
	all := make([]LiveCheck, 0, len(l.checks))
	for _, c := range l.checks {
		all = append(all, l.judge(c, now))
	}
	return all
}

// recoveries are what checks ask of them, and no more: they cost most.
func (l *Live) recoveries() []FaultResult {
	var all []FaultResult
	for _, c := range l.checks {
		f := l.a.timeline.fault(c.Window.Name)
		entry, known := l.a.entry(c.Metric.Subject)
		if c.Metric.Name != "recovery.time" || f == nil || !known || !l.ended[f.Name] {
			continue
		}
		all = append(all, FaultResult{Name: f.Name,
			Recovery: map[string]Recovery{c.Metric.Subject: l.a.samples.recovery(entry, f)},
			After:    map[string]*Measured{c.Metric.Subject: {Offered: l.a.samples.count(entry, spanned(f.after.From, f.after.To)).offered()}}})
	}
	return all
}

func (l *Live) judge(c check.Check, now time.Duration) LiveCheck {
	one := LiveCheck{That: c.Text, Unit: string(c.Metric.Unit), Final: l.over(c.Window, now)}
	if one.Reason = l.awaits(c.Window, now); one.Reason != "" {
		return one
	}
	r := l.a.judge(c, l.a.run.Identity.Strict)
	one.Verdict, one.Reason, one.Observed = r.Verdict, r.why(), r.Observed
	if r.Observed != nil {
		one.Now = r.observed()
		one.margin(c)
	}
	undecided := r.Verdict == Fail && (r.Samples == 0 || comesTrue(c)) || r.Verdict == Inconclusive && r.Samples > 0 && r.Observed == nil
	switch {
	case one.Final || !undecided:
	case r.Observed == nil && c.Metric.Name == "recovery.time":
		one.Verdict, one.Reason = "", "not well so far"
	case r.Observed == nil:
		one.Verdict, one.Reason = "", "nothing yet"
	default:
		one.Verdict, one.Reason = "", "not yet"
	}
	return one
}

// comesTrue says whether a check that does not hold may hold later, whatever
// happened until then: it asks for at least so many of what is counted up.
func comesTrue(c check.Check) bool {
	counted := c.Metric.Unit == check.Count || c.Metric.Name == "breaker.open.time"
	return counted && c.Op[0] == '>'
}

// margin says how far it is to the limit.
func (one *LiveCheck) margin(c check.Check) {
	distance, beyond := 0.0, ""
	switch c.Op {
	case "<", "<=":
		distance, beyond = c.Limit-*one.Observed, " over"
	case ">", ">=":
		distance, beyond = *one.Observed-c.Limit, " short"
	default:
		return
	}
	one.Margin = &distance
	if one.Spare = inUnit(math.Abs(distance), c.Metric.Unit); distance < 0 {
		one.Spare += beyond
	} else {
		one.Spare += " to spare"
	}
}

// waitsForBegin is why there is nothing to judge: the window names what it is.
const waitsForBegin = "waits for it to begin"

// awaits says what a window is still to begin with, "" where it has begun.
func (l *Live) awaits(w check.Window, now time.Duration) string {
	holds, begun := l.holds[w.Name]
	f := l.a.timeline.fault(w.Name)
	switch {
	case w.Kind == check.InPhase:
		if p, ok := l.phase(w.Name); ok && p.Begin.Duration() > now {
			return waitsForBegin
		}
	case w.Kind != check.During && w.Kind != check.After, f == nil || f.skipped != "":
	case !begun:
		return waitsForBegin
	case w.Kind == check.After && holds:
		return "waits for it to end"
	}
	return ""
}

// over says whether a window is closed: only replies that are still under way
// can change what is found in it.
func (l *Live) over(w check.Window, now time.Duration) bool {
	switch w.Kind {
	case check.InPhase:
		p, ok := l.phase(w.Name)
		return ok && p.End() <= now
	case check.Before:
		_, begun := l.holds[w.Name]
		return begun
	case check.During:
		return l.ended[w.Name]
	}
	for _, p := range l.a.run.Identity.Phases {
		if p.End() > now {
			return false
		}
	}
	return true
}

func (l *Live) phase(name string) (record.Phase, bool) {
	phases := l.a.run.Identity.Phases
	i := slices.IndexFunc(phases, func(p record.Phase) bool { return p.Name == name })
	if i < 0 {
		return record.Phase{}, false
	}
	return phases[i], true
}
