package reports

import (
	"cmp"
	"math"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/check"
)

// forever is later than any request.
const forever = time.Duration(math.MaxInt64)

// timeline says which stretch of the run is what.
type timeline struct {
	phases []record.Phase
	faults []*faultSpan  // in order of their begin; those that never began come last
	end    time.Duration // of the load, or of what is left of it in a run that was cut off
}

// faultSpan is a fault as it really held.
type faultSpan struct {
	record.Fault
	skipped               string // why the topology cannot have it
	begun, healed         bool   // within the run
	before, during, after check.Span
	overlaps              string           // another fault that holds at the same time
	next                  string           // the fault that ends the window after this one; "": the end of the load does
	recoveries            map[int]Recovery // by entry, as far as they were asked for
}

// applied says whether there are windows around the fault.
func (f *faultSpan) applied() bool { return f.begun && f.skipped == "" }

// newTimeline reads it off the plan and the events. A run without identity has
// the phases that its requests name.
func newTimeline(run *record.Run, s *samples, complete bool) *timeline {
	tl := &timeline{phases: run.Identity.Phases}
	for _, p := range tl.phases {
		tl.end = max(tl.end, p.End())
	}
	if seen := lastSeen(run, s); !complete && seen < tl.end || len(tl.phases) == 0 {
		tl.end = seen
	}
	for _, f := range run.Identity.Faults {
		tl.faults = append(tl.faults, happened(f, run.Events, tl.end))
	}
	slices.SortStableFunc(tl.faults, func(a, b *faultSpan) int {
		if a.applied() != b.applied() {
			if a.applied() {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.during.From, b.during.From)
	})
	return tl
}

// lastSeen returns the last instant that the record tells of.
func lastSeen(run *record.Run, s *samples) time.Duration {
	seen := time.Duration(0)
	if n := len(run.Events); n > 0 {
		seen = max(seen, run.Events[n-1].At)
	}
	if n := len(s.list); n > 0 {
		seen = max(seen, s.list[n-1].at+1)
	}
	return seen
}

// happened finds out from the events when a fault held.
func happened(f record.Fault, events []record.Event, end time.Duration) *faultSpan {
	span := &faultSpan{Fault: f, recoveries: map[int]Recovery{}}
	span.during = check.Span{From: f.At.Duration(), To: end}
	for _, e := range events {
		if e.Name != f.Name {
			continue
		}
		switch {
		case e.Kind == record.FaultSkipped:
			span.skipped = cmp.Or(e.Reason, "this topology cannot have it")
		case e.Kind == record.FaultBegan && !span.begun:
			span.begun, span.during.From = true, e.At
		case e.Kind == record.FaultHealed && span.begun:
			span.healed, span.during.To = true, e.At
		}
	}
	span.during.To = max(span.during.From, span.during.To)
	return span
}

// windows lays the windows before and after the faults. recovered says when the
// system was well again after a fault, and is asked in order of time: what
// comes before a fault must not hold the aftermath of another.
func (tl *timeline) windows(recovered func(*faultSpan) time.Duration) {
	var earlier []*faultSpan
	for i, f := range tl.faults {
		if !f.applied() {
			continue
		}
		f.before = check.Span{From: min(tl.warmUpEnd(f.during.From), f.during.From), To: f.during.From}
		for _, e := range earlier {
			if e.during.To > f.during.From {
				f.overlaps, e.overlaps = e.Name, f.Name
				continue
			}
			f.before.From = min(max(f.before.From, recovered(e)), f.before.To)
		}
		f.after = check.Span{From: f.during.To, To: max(f.during.To, tl.end)}
		for _, next := range tl.faults[i+1:] {
			if next.applied() && next.during.From >= f.during.To && next.during.From < f.after.To {
				f.after.To, f.next = next.during.From, next.Name
			}
		}
		earlier = append(earlier, f)
	}
}

// warmUpEnd returns the end of the last warm-up that was over by t; of one that
// t lies in, its end too, so that nothing of it counts as before.
func (tl *timeline) warmUpEnd(t time.Duration) time.Duration {
	end := time.Duration(0)
	for _, p := range tl.phases {
		if p.Warmup && p.Begin.Duration() <= t {
			end = max(end, p.End())
		}
	}
	return end
}

// phase returns the scope of phase i. Requests past the end of the load, as the
// last of closed users may be, belong to the last phase.
func (tl *timeline) phase(i int) scope {
	p := tl.phases[i]
	sc := spanned(p.Begin.Duration(), min(p.End(), tl.end))
	sc.phases = []string{p.Name}
	if i == len(tl.phases)-1 {
		sc.spans[0].To = forever
	}
	return sc
}

// steady returns the scope of all phases but warm-up: the phase "all".
func (tl *timeline) steady() scope {
	if len(tl.phases) == 0 {
		sc := spanned(0, tl.end)
		sc.spans[0].To = forever
		return sc
	}
	var all scope
	for i, p := range tl.phases {
		if !p.Warmup {
			sc := tl.phase(i)
			all.spans = append(all.spans, sc.spans...)
			all.length += sc.length
			all.phases = append(all.phases, p.Name)
		}
	}
	return all
}

// untroubled returns the scope of what steady has before the first fault.
func (tl *timeline) untroubled() scope {
	first := forever
	for _, f := range tl.faults {
		if f.applied() {
			first = min(first, f.during.From)
		}
	}
	all := tl.steady()
	if first == forever {
		return all
	}
	var before scope
	for _, s := range all.spans {
		if s.From < first {
			s.To = min(s.To, first)
			before.spans = append(before.spans, s)
			before.length += s.To - s.From
		}
	}
	return before
}

func (tl *timeline) fault(name string) *faultSpan {
	for _, f := range tl.faults {
		if f.Name == name {
			return f
		}
	}
	return nil
}
