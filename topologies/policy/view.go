package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ViewConfig says when a caller asks which instances its callee has.
type ViewConfig struct {
	Every time.Duration `json:"every,omitempty"` // from an answer to the next question, where the answer has no TTL of its own; 0: at once
	Wait  time.Duration `json:"wait,omitempty"`  // how long a question may be held until there is something new; 0: it is answered at once
	Retry time.Duration `json:"retry"`           // from a question that came to nothing to the next
}

// View is what one calling instance knows of the instances of one callee: it
// decides when to ask again, what to make of an answer, and how old it all is.
//
//	        ┌──────── Every, or the answer's TTL ────────┐
//	        ▼                                            │
//	Ask ─ asking ─ Answered ─▶ fresh ────────────────────┤
//	        └───── Failed ───▶ stale: what it knew stays ┘ after Retry
//
// An answer replaces what it knew, with two exceptions: one that is Partial
// strikes nothing off, and it confirms the view only where it holds all of it.
// The age of a view is the time since it was confirmed last.
type View struct {
	cfg       ViewConfig
	known     []Endpoint // sorted by id
	index     uint64
	confirmed Instant
	next      Instant // when to ask; while a question is out: Never
	asking    bool
	answered  bool // since it began, or was restarted
	stale     bool
	since     Instant // stale: since when
	oldest    time.Duration
	told      []Transition
}

// Answer is what a caller is told of its callee.
type Answer struct {
	Found   []Endpoint
	Index   uint64        // by which a watch tells an old list from a new one
	Partial bool          // who answers may not know all instances yet
	TTL     time.Duration // how long the answer may be used; 0: as the config says
}

// NewView returns a view that knows nothing and asks at once.
func NewView(cfg ViewConfig, now Instant) *View {
	return &View{cfg: cfg, confirmed: now, next: now}
}

// Deadline is when Ask is next due, Never while a question is out.
func (v *View) Deadline() Instant {
	if v.asking {
		return Never
	}
	return v.next
}

// Ask begins a question where one is due, and says so. The host then tells
// Answered or Failed. Index and Wait go with the question: where the callee's
// list still has that index, the answer may take so long. The first one waits
// for nothing.
func (v *View) Ask(now Instant) (index uint64, wait time.Duration, ask bool) {
	if v.asking || now < v.next {
		return 0, 0, false
	}
	v.asking = true
	if !v.answered {
		return v.index, 0, true
	}
	return v.index, v.cfg.Wait, true
}

// Refresh makes a question due now, unless one is out.
func (v *View) Refresh(now Instant) { v.next = min(v.next, now) }

// Answered takes the answer to the question that is out, and says whether what
// is known has changed. A question out or not, it is believed.
func (v *View) Answered(now Instant, a Answer) (changed bool) {
	found := slices.Clone(a.Found)
	slices.SortFunc(found, func(a, b Endpoint) int { return cmp.Compare(a.ID, b.ID) })
	covers := true
	if a.Partial {
		for _, p := range v.known {
			if at, there := find(found, p.ID); !there {
				found, covers = slices.Insert(found, at, p), false
			}
		}
	}
	v.note(now)
	if covers {
		v.confirm(now)
	}
	every := v.cfg.Every
	if a.TTL > 0 {
		every = a.TTL
	}
	v.asking, v.answered, v.index, v.next = false, true, a.Index, now.Add(every)
	changed = !slices.Equal(found, v.known)
	v.known = found
	return changed
}

// confirm says that what is known holds now.
func (v *View) confirm(now Instant) {
	if v.stale {
		v.stale = false
		v.told = append(v.told, Transition{At: now, Machine: "discovery", From: "stale", To: "fresh",
			Reason: fmt.Sprintf("answered again after %v", now.Sub(v.since).Round(time.Millisecond))})
	}
	v.confirmed = now
}

// Failed says that the question that is out came to nothing. What was known stays.
func (v *View) Failed(now Instant, cause Cause) {
	v.note(now)
	v.asking, v.next = false, now.Add(v.cfg.Retry)
	if !v.stale && len(v.known) > 0 {
		v.stale, v.since = true, now
		v.told = append(v.told, Transition{At: now, Machine: "discovery", From: "fresh", To: "stale",
			Reason: fmt.Sprintf("no answer (%s): the last is %v old", cause, v.Age(now).Round(time.Millisecond))})
	}
}

// Known returns the instances, sorted by id. They are not the caller's to change.
func (v *View) Known() []Endpoint { return v.known }

// Age is the time since what is known was confirmed.
func (v *View) Age(now Instant) time.Duration { return now.Sub(v.confirmed) }

// note keeps the greatest age.
func (v *View) note(now Instant) {
	if len(v.known) > 0 {
		v.oldest = max(v.oldest, v.Age(now))
	}
}

// TakeOldest returns the greatest age since it was last asked for; 0 where
// nothing was known.
func (v *View) TakeOldest(now Instant) time.Duration {
	v.note(now)
	oldest := v.oldest
	v.oldest = 0
	return oldest
}

// Told appends the transitions that were not yet reported.
func (v *View) Told(out []Transition) []Transition {
	out = append(out, v.told...)
	v.told = v.told[:0]
	return out
}

// Restart gives up the question that is out, and makes one due now that waits
// for nothing.
func (v *View) Restart(now Instant) { v.asking, v.answered, v.index, v.next = false, false, 0, now }
