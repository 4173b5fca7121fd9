package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// How much a report shows of the traces; all of them are in the record.
const (
	tracesEachEntry = 3  // slowest successes of each entry
	tracesShown     = 12 // of them at most
	failuresShown   = 6  // slowest of each entry and cause
	tracesDrawn     = 4  // the slowest of each entry
	failuresDrawn   = 2
	stepsShown      = 6
)

// tracedRequest is a trace that the report shows, with where its time went.
type tracedRequest struct {
	trace record.Trace
	path  []pathStretch
	spent [spentKinds]time.Duration
}

func (t *tracedRequest) root() *record.Span { return &t.trace.Spans[0] }

func (t *tracedRequest) latency() time.Duration { return t.root().Duration() }

// slowTraces are what is to be said of the traces of a run.
type slowTraces struct {
	kept    map[string]int // by reason
	partial int
	counts  record.TraceCounts
	shown   []*tracedRequest // the slowest first, and after them those that failed
	slowest *tracedWhole     // of those kept as slow; nil where there are none
}

// tracedWhole adds up what several requests spent.
type tracedWhole struct {
	requests int
	total    time.Duration
	most     string // what most of it went into, and how much that was
	took     time.Duration
}

// newSlowTraces picks what to show. Requests of a warm-up are not measured, and
// so not shown.
func newSlowTraces(t record.Traces, warmups map[string]bool) *slowTraces {
	if t.Counts.Requests == 0 && len(t.Kept) == 0 {
		return nil
	}
	s := &slowTraces{kept: map[string]int{}, counts: t.Counts}
	var ok, failed []*tracedRequest
	for _, one := range t.Kept {
		s.kept[one.Reason]++
		if one.Partial {
			s.partial++
		}
		switch made := (&tracedRequest{trace: one}); {
		case warmups[one.Phase]:
		case made.root().Cause == policy.OK:
			ok = append(ok, made)
		default:
			failed = append(failed, made)
		}
	}
	s.slowest = whole(ok)
	s.shown = append(slowestOf(ok, tracesEachEntry, tracesShown, func(t *tracedRequest) string { return t.trace.Entry }),
		slowestOf(failed, 1, failuresShown, func(t *tracedRequest) string { return t.trace.Entry + " " + string(t.root().Cause) })...)
	for _, one := range s.shown {
		one.path = criticalPath(&one.trace)
		one.spent = spent(one.path)
	}
	return s
}

// slowestOf picks the slowest of each kind, and of those the slowest.
func slowestOf(all []*tracedRequest, each, most int, kind func(*tracedRequest) string) []*tracedRequest {
	slices.SortStableFunc(all, func(a, b *tracedRequest) int { return cmp.Compare(b.latency(), a.latency()) })
	seen := map[string]int{}
	var picked []*tracedRequest
	for _, t := range all {
		if seen[kind(t)]++; seen[kind(t)] <= each && len(picked) < most {
			picked = append(picked, t)
		}
	}
	return picked
}

// whole finds what the slowest requests spent their time on.
func whole(all []*tracedRequest) *tracedWhole {
	w := &tracedWhole{}
	by := map[string]time.Duration{}
	for _, t := range all {
		if t.trace.Reason != record.TraceSlow {
			continue
		}
		w.requests++
		w.total += t.latency()
		for _, p := range criticalPath(&t.trace) {
			by[place(p)] += p.duration()
		}
	}
	if w.requests == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if by[name] > w.took {
			w.most, w.took = name, by[name]
		}
	}
	return w
}

// place names what a stretch is spent on and where, coarsely.
func place(p pathStretch) string {
	switch p.on {
	case onWork:
		return "the work of " + p.span.Node
	case onQueue:
		return "the queue of " + p.span.Node
	case onNetwork:
		return "the network to " + p.span.To
	case onBackoff:
		return "the backoff of " + p.span.Node
	case onColdStart:
		return "cold starts of " + cmp.Or(p.span.To, p.span.Node)
	case onWaiting:
		return "waiting within " + p.span.Node
	case onHandling:
		return "the handling by " + p.span.Node
	case onGenerator:
		return "the load generator"
	case onOwnSystem:
		return p.span.To
	}
	return "what " + p.span.To + " has not told"
}

// traceSection is about single requests: the slowest, and some that failed.
func (a *Analysis) traceSection() Section {
	s := a.traces
	if s == nil {
		return Section{}
	}
	section := Section{Name: "slowest traces", Title: "No request was traced", Tone: Muted}
	if len(s.shown) > 0 {
		section.Title, section.Tone = s.title(), Plain
		section.Blocks = append(section.Blocks, s.table())
	}
	section.Blocks = append(section.Blocks, Paragraph{Text: s.words(), Tone: Muted})
	if s.counts.Dropped > 0 {
		section.Blocks = append(section.Blocks, Paragraph{Tone: Doubt, Text: fmt.Sprintf(
			"%s more were chosen and had no room in traces.json; a lower traces.limit leaves a choice of the same kind.", count(s.counts.Dropped))})
	}
	for _, t := range s.drawn() {
		section.Blocks = append(section.Blocks, t.waterfall())
	}
	return section
}

// drawn are the slowest of each entry, and some that failed.
func (s *slowTraces) drawn() []*tracedRequest {
	var drawn []*tracedRequest
	seen := map[string]bool{}
	failures := 0
	for _, t := range s.shown {
		failed := t.root().Cause != policy.OK
		switch {
		case failed && failures < failuresDrawn:
			failures++
			drawn = append(drawn, t)
		case !failed && !seen[t.trace.Entry] && len(drawn) < tracesDrawn:
			seen[t.trace.Entry] = true
			drawn = append(drawn, t)
		}
	}
	return drawn
}

func (s *slowTraces) title() string {
	if w := s.slowest; w != nil && w.took > 0 {
		return fmt.Sprintf("Of the time of the slowest requests, most went into %s: %s", w.most, percent(float64(w.took)/float64(w.total)))
	}
	slowest := s.shown[0]
	return fmt.Sprintf("The slowest request that was traced took %s", inWords(ms(slowest.latency())))
}

// words say what is kept of what, and where.
func (s *slowTraces) words() string {
	var parts []string
	add := func(reason, what string, of uint64) {
		if n := s.kept[reason]; n > 0 || of > 0 {
			text := count(n)
			if of > 0 {
				text += " of " + count(of)
			}
			parts = append(parts, text+" "+what)
		}
	}
	add(record.TraceSlow, "that were slow", s.counts.Slow)
	add(record.TraceFailed, "that failed", s.counts.Failed)
	add(record.TraceSampled, "drawn by the sample", s.counts.Sampled)
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	text := fmt.Sprintf("Kept of %s requests: %s.", count(s.counts.Requests), strings.Join(parts, ", "))
	if s.partial > 0 {
		text += fmt.Sprintf(" %s partial: of an instance that was killed, or had not ended its part, nothing is known and nothing is made up.", isOrAre(s.partial))
	}
	return text + " All are in traces.json, as OTLP: Jaeger opens it (Search, Upload)."
}

func isOrAre(n int) string {
	if n == 1 {
		return "1 is"
	}
	return count(n) + " are"
}

func (s *slowTraces) table() *Table {
	table := &Table{Columns: []Column{{Title: "entry"}, {Title: "at s", Number: true, Spare: 4}, {Title: "latency ms", Number: true}, {Title: "failed"}}}
	var shown []spentOn
	for on := range spentKinds {
		if slices.ContainsFunc(s.shown, func(t *tracedRequest) bool { return t.spent[on] > t.latency()/50 }) {
			shown = append(shown, on)
			table.Columns = append(table.Columns, Column{Title: on.String() + " ms", Number: true, Spare: 2})
		}
	}
	table.Columns = append(table.Columns, Column{Title: "critical path"})
	table.Note = "The critical path is what the request waited for, at each instant one thing: of parallel calls the one that ended last. Its parts add up to the latency."
	for _, t := range s.shown {
		row := []Cell{text(t.trace.Entry), text(number(t.root().Begin.Seconds())), text(number(ms(t.latency()))), {Text: string(t.root().Cause), Tone: Bad}}
		for _, on := range shown {
			if v := t.spent[on]; v > 0 {
				row = append(row, text(number(ms(v))))
			} else {
				row = append(row, muted("0"))
			}
		}
		table.Rows = append(table.Rows, append(row, text(t.pathWords())))
	}
	return table
}

// pathWords spells the path: its long steps in their order, as many as can be read.
func (t *tracedRequest) pathWords() string {
	all := pathSteps(t.path, t.latency()/50)
	if len(all) > stepsShown { // the longest
		took := make([]time.Duration, len(all))
		for i, s := range all {
			took[i] = s.took
		}
		slices.Sort(took)
		least := took[len(took)-stepsShown]
		all = slices.DeleteFunc(all, func(s pathStep) bool { return s.took < least })
	}
	var words []string
	for i := 0; i < len(all); { // what lay between steps that are alike is left out
		s, times := all[i], 1
		for i++; i < len(all) && all[i].words == s.words; i++ {
			s.took, times = s.took+all[i].took, times+1
		}
		step := fmt.Sprintf("%s %s", s.words, number(ms(s.took)))
		if times > 1 {
			step += fmt.Sprintf(" in %d parts", times)
		}
		words = append(words, step)
	}
	path := strings.Join(words, " → ")
	if at := failure(&t.trace); at != nil && at.Part != record.PartRequest {
		path += fmt.Sprintf("; failed at: %s (%s)", at.Name, at.Node)
	}
	if t.trace.Partial {
		path += " (partial)"
	}
	return path
}
