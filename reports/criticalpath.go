package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// spentOn is what the time of a request is spent on.
type spentOn int

// What time is spent on. Unseen is where a node has told nothing; it is never
// counted to anything else.
const (
	onWork spentOn = iota
	onQueue
	onNetwork
	onBackoff
	onColdStart
	onWaiting  // for a warm instance, or for a bulkhead
	onHandling // within a node, beside its work: passing on, waiting for CPU
	onGenerator
	onOwnSystem // of the user's own, which tells nothing of what it does
	onUnseen
	spentKinds
)

var spentWords = [spentKinds]string{"work", "queue", "network", "backoff", "cold start", "waiting", "handling", "generator", "own system", "not seen"}

func (s spentOn) String() string { return spentWords[s] }

// pathStretch is a piece of the critical path: what the request waited for then.
type pathStretch struct {
	span     *record.Span
	on       spentOn
	from, to time.Duration
}

func (p pathStretch) duration() time.Duration { return p.to - p.from }

// criticalPath returns what a request waited for at each instant, in order and
// without a gap: from its end backwards, always the part that ended last, and
// within that again. So of parallel calls it is the one that ended last, of
// attempts one after the other all with the pauses between, and of hedges the one
// that answered, and before that was sent the one that it was sent beside. What
// went on after whoever asked for it was gone, counts until then only.
//
// (As in Mystery Machine: Chow et al., OSDI 2014, and CRISP: Zhang et al., ATC 2022.)
func criticalPath(t *record.Trace) []pathStretch {
	w := pathWalk{children: map[uint64][]*record.Span{}, walked: map[uint64]bool{}}
	root := &t.Spans[0]
	for i := range t.Spans[1:] {
		s := &t.Spans[1+i]
		if s.Part != record.PartRequest {
			w.children[s.Parent] = append(w.children[s.Parent], s)
		}
	}
	for _, list := range w.children {
		slices.SortStableFunc(list, lastFirst)
	}
	w.walk(root, root.Begin, root.End)
	slices.Reverse(w.path)
	return w.path
}

// lastFirst puts the span first that ended last. Of attempts that ended at once
// it is the winner, not those that were given up for it.
func lastFirst(a, b *record.Span) int {
	lost := func(s *record.Span) int {
		if s.Lost {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(b.End, a.End), cmp.Compare(lost(a), lost(b)), cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.ID, b.ID))
}

type pathWalk struct {
	children map[uint64][]*record.Span
	walked   map[uint64]bool // a file may have a span that is its own ancestor
	path     []pathStretch   // backwards
}

func (w *pathWalk) walk(s *record.Span, from, until time.Duration) {
	if w.walked[s.ID] {
		w.add(s, from, until)
		return
	}
	w.walked[s.ID] = true
	at := until
	for _, c := range w.children[s.ID] {
		begin, end := max(c.Begin, from), min(c.End, at)
		if end <= begin {
			continue
		}
		w.add(s, end, at)
		w.walk(c, begin, end)
		at = begin
	}
	w.add(s, from, at)
}

func (w *pathWalk) add(s *record.Span, from, to time.Duration) {
	if to > from {
		w.path = append(w.path, pathStretch{s, ownTime(s), from, to})
	}
}

// ownTime is what a span's time is spent on where nothing below it goes on.
func ownTime(s *record.Span) spentOn {
	switch s.Part {
	case record.PartWork:
		return onWork
	case record.PartQueue:
		return onQueue
	case record.PartBackoff:
		return onBackoff
	case record.PartStart:
		return onColdStart
	case record.PartLate:
		return onGenerator
	case record.PartHeld:
		return onWaiting
	case record.PartWait:
		if s.Cold {
			return onColdStart
		}
		return onWaiting
	case record.PartRequest, record.PartAttempt:
		switch {
		case s.Missing:
			return onUnseen
		case s.Opaque:
			return onOwnSystem
		}
		return onNetwork
	}
	return onHandling
}

// spent adds up what the path is made of.
func spent(path []pathStretch) (sum [spentKinds]time.Duration) {
	for _, p := range path {
		sum[p.on] += p.duration()
	}
	return sum
}

// words say what a stretch is, and where.
func (p pathStretch) words() string {
	s := p.span
	switch p.on {
	case onWork:
		return s.Name
	case onQueue:
		return "queue at " + s.Node
	case onNetwork:
		if p.to == s.End && p.from > s.Begin {
			return "way back from " + s.To + ending(s)
		}
		return "way to " + s.To + ending(s)
	case onOwnSystem:
		return s.To + ending(s)
	case onUnseen:
		return s.To + ", not seen" + ending(s)
	case onGenerator:
		return "sent late"
	case onHandling:
		return "within " + s.Node
	}
	switch s.Part {
	case record.PartStart:
		return fmt.Sprintf("start of %s (%s)", s.Instance, s.Name)
	case record.PartWait:
		return "waiting for an instance of " + s.To
	case record.PartBackoff:
		return "backoff"
	}
	return "held back"
}

// ending tells of an attempt that failed.
func ending(s *record.Span) string {
	if s.Part != record.PartAttempt || s.Cause == policy.OK {
		return ""
	}
	return fmt.Sprintf(" (attempt %d: %s)", s.Number, s.Cause)
}

// failure is where a request failed first of all: the deepest part, along those
// that failed with the request's own cause; nil where it did not fail.
func failure(t *record.Trace) *record.Span {
	found := &t.Spans[0]
	if found.Cause == policy.OK {
		return nil
	}
	seen := map[uint64]bool{}
	for next := found; next != nil && !seen[next.ID]; {
		found, next = next, nil
		seen[found.ID] = true
		for i := range t.Spans[1:] {
			s := &t.Spans[1+i]
			if s.Parent == found.ID && s.Cause == t.Spans[0].Cause && (next == nil || s.End >= next.End) {
				next = s
			}
		}
	}
	return found
}

// pathStep is some of a path that follows each other and is alike.
type pathStep struct {
	words string
	on    spentOn
	took  time.Duration
}

// pathSteps are the path in words: what is short beside the whole is left out.
func pathSteps(path []pathStretch, least time.Duration) []pathStep {
	var all []pathStep
	for _, p := range path {
		words := p.words()
		if last := len(all) - 1; last >= 0 && all[last].words == words {
			all[last].took += p.duration()
			continue
		}
		all = append(all, pathStep{words, p.on, p.duration()})
	}
	return slices.DeleteFunc(all, func(s pathStep) bool { return s.took < least })
}
