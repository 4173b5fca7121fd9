package reports

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"
	"sort"
	"time"

	"windtunnel/runner/record"
	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/check"
	"windtunnel/topologies/policy"
)

// sample is what the analysis keeps of a request: 32 bytes, so that millions
// of them fit.
type sample struct {
	at       time.Duration // intended
	latency  time.Duration
	late     uint32 // microseconds from the intended send to the real one
	entry    uint16
	attempts uint16
	calls    uint16
	cause    uint8 // an index of causes
	cold     bool  // it waited for an instance to start
}

// lateness is from the intended send to the real one.
func (q *sample) lateness() time.Duration { return time.Duration(q.late) * time.Microsecond }

// causes are all outcomes; that of index 0 is success.
var causes = append([]policy.Cause{policy.OK}, policy.Causes()...)

var (
	causeIndex  = indexCauses()
	unsentIndex = causeIndex[policy.Unsent]
)

func indexCauses() map[policy.Cause]uint8 {
	index := map[policy.Cause]uint8{}
	for i, c := range causes {
		index[c] = uint8(i)
	}
	return index
}

// samples are the requests of a run, by their intended time.
type samples struct {
	list    []sample
	entries []string // by sample.entry
	index   map[string]int
	oneIn   int // requests that each stands for: 1 where all are here
	// The timers' names follow those of the entries. What they ask is no visitor's
	// wait, so it is a row of its own and no part of what all entries together had.
	firstTimer, timers int

	all   []record.Tally // of all requests, where these are a part of them
	bytes int64          // of the replies to those in the list
	// What is wrong with the record of them, for the warnings.
	missing   int // arrivals whose number was skipped
	repeated  int // arrivals recorded more than once
	backwards int // requests that ended before they were due; their latency counts as 0
	badRows   int
	damage    error // why the stream ended early, or the first bad row
}

// What selects the requests of more than one entry.
const (
	anyEntry = -1 // what visitors asked, whichever entry
	anyone   = -2 // that and what timers asked
)

// means says whether a selection takes the requests of an entry.
func (s *samples) means(selected, entry int) bool {
	switch selected {
	case anyone:
		return true
	case anyEntry:
		return entry < s.firstTimer || entry >= s.firstTimer+s.timers
	}
	return selected == entry
}

// maxEntries bounds the names of entries: more come from a broken file.
const maxEntries = 10_000

// collect reads the requests of a run.
func collect(run *record.Run) (*samples, error) {
	s := newSamples(&run.Identity)
	s.all = run.Tallies
	for i := range s.all {
		if _, err := s.known(s.all[i].Entry); err != nil {
			return nil, fmt.Errorf("analyse %s: %w", run.Dir, err)
		}
	}
	s.list = make([]sample, 0, run.AboutRequests())
	seen := numbers{seen: map[uint64]uint64{}}
	for q, err := range run.Requests() {
		if err != nil {
			s.badRows++
			s.damage = cmp.Or(s.damage, err)
			continue
		}
		i, err := s.known(q.Entry)
		if err != nil {
			return nil, fmt.Errorf("analyse %s: %w", run.Dir, err)
		}
		s.add(q, i)
		seen.add(q.Seq)
	}
	s.sort()
	s.repeated = seen.repeated
	if s.oneIn == 1 { // else most are left out on purpose
		s.missing = seen.missing()
	}
	return s, nil
}

// newSamples is empty.
func newSamples(id *record.Identity) *samples {
	s := &samples{entries: slices.Concat(id.Entries, id.Timers), index: map[string]int{},
		firstTimer: len(id.Entries), timers: len(id.Timers), oneIn: max(1, int(id.Sampling.OneIn))}
	for i, name := range s.entries {
		s.index[name] = i
	}
	return s
}

// known is the index of an entry, which may be one that the plan does not name.
func (s *samples) known(entry string) (uint16, error) {
	i, known := s.index[entry]
	if !known {
		if i = len(s.entries); i >= maxEntries {
			return 0, fmt.Errorf("requests of more than %d entries", maxEntries)
		}
		s.index[entry] = i
		s.entries = append(s.entries, entry)
	}
	return uint16(i), nil
}

// sort brings the samples into the order that every question relies on.
func (s *samples) sort() {
	slices.SortFunc(s.list, func(a, b sample) int { return cmp.Compare(a.at, b.at) })
}

// halve leaves out every second sample, and has the others stand for twice as many.
func (s *samples) halve() {
	s.sort()
	half := s.list[:0]
	for i := 0; i < len(s.list); i += 2 {
		half = append(half, s.list[i])
	}
	s.list = half
	s.oneIn *= 2
}

func (s *samples) add(q record.Request, entry uint16) {
	latency := q.Latency()
	if latency < 0 {
		s.backwards++
		latency = 0
	}
	s.bytes += max(0, q.Bytes)
	s.list = append(s.list, sample{
		at: q.Intended, latency: latency, entry: entry, cause: causeIndex[q.Cause],
		late:     uint32(min(max(q.Sent-q.Intended, 0)/time.Microsecond, math.MaxUint32)),
		attempts: uint16(min(q.Attempts, math.MaxUint16)),
		calls:    uint16(min(q.Calls, math.MaxUint16)),
		cold:     q.Cold > 0,
	})
}

// in yields the samples of an entry, or of a selection, whose intended time is in the span.
func (s *samples) in(entry int, span check.Span) iter.Seq[*sample] {
	list := s.within(span)
	return func(yield func(*sample) bool) {
		for i := range list {
			if q := &list[i]; s.means(entry, int(q.entry)) && !yield(q) {
				return
			}
		}
	}
}

// within returns the samples whose intended time is in the span.
func (s *samples) within(span check.Span) []sample {
	from := s.since(span.From)
	return s.list[from:max(from, s.since(span.To))]
}

// since returns the index of the first sample at or after t.
func (s *samples) since(t time.Duration) int {
	return sort.Search(len(s.list), func(i int) bool { return s.list[i].at >= t })
}

// numbers finds out which arrivals have no record, from their numbers alone. Of
// those there are millions, most of them beside each other: a bit each.
type numbers struct {
	seen     map[uint64]uint64 // a bit for each of the 64 numbers from 64 times the key
	open     uint64            // how many of those seen are of open arrivals
	next     uint64            // one more than the largest of those
	repeated int               // numbers seen again
}

func (n *numbers) add(seq uint64) {
	word, bit := n.seen[seq/64], uint64(1)<<(seq%64)
	if word&bit != 0 {
		n.repeated++
		return
	}
	n.seen[seq/64] = word | bit
	if seq < arrival.FirstClosedSeq {
		n.open++
		n.next = max(n.next, seq+1)
	}
}

// missing counts the numbers below the largest open arrival's that were not
// seen. Those of closed users say nothing of what is missing: how many requests
// each of them made is known only from the record itself.
func (n *numbers) missing() int { return int(min(n.next-n.open, math.MaxInt32)) }
