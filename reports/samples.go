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
}

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
	entries []string       // by sample.entry
	oneIn   int            // requests that each stands for: 1 where all are here
	all     []record.Tally // of all requests, where these are a part of them
	// What is wrong with the record of them, for the warnings.
	missing   int // arrivals whose number was skipped
	repeated  int // arrivals recorded more than once
	backwards int // requests that ended before they were due; their latency counts as 0
	badRows   int
	damage    error // why the stream ended early, or the first bad row
}

// anyEntry selects the requests of all entries.
const anyEntry = -1

// maxEntries bounds the names of entries: more come from a broken file.
const maxEntries = 10_000

// collect reads the requests of a run.
func collect(run *record.Run) (*samples, error) {
	s := &samples{entries: slices.Clone(run.Identity.Entries), oneIn: max(1, int(run.Identity.Sampling.OneIn)), all: run.Tallies}
	index := map[string]int{}
	for i, name := range s.entries {
		index[name] = i
	}
	known := func(entry string) (uint16, error) {
		i, known := index[entry]
		if !known {
			if i = len(s.entries); i >= maxEntries {
				return 0, fmt.Errorf("analyse %s: requests of more than %d entries", run.Dir, maxEntries)
			}
			index[entry] = i
			s.entries = append(s.entries, entry)
		}
		return uint16(i), nil
	}
	for i := range s.all {
		if _, err := known(s.all[i].Entry); err != nil {
			return nil, err
		}
	}
	var seen numbers
	for q, err := range run.Requests() {
		if err != nil {
			s.badRows++
			s.damage = cmp.Or(s.damage, err)
			continue
		}
		i, err := known(q.Entry)
		if err != nil {
			return nil, err
		}
		s.add(q, i)
		seen.add(q.Seq)
	}
	slices.SortFunc(s.list, func(a, b sample) int { return cmp.Compare(a.at, b.at) })
	s.missing, s.repeated = seen.gaps()
	if s.oneIn > 1 {
		s.missing = 0 // most are left out on purpose
	}
	return s, nil
}

func (s *samples) add(q record.Request, entry uint16) {
	latency := q.Latency()
	if latency < 0 {
		s.backwards++
		latency = 0
	}
	s.list = append(s.list, sample{
		at: q.Intended, latency: latency, entry: entry, cause: causeIndex[q.Cause],
		late:     uint32(min(max(q.Sent-q.Intended, 0)/time.Microsecond, math.MaxUint32)),
		attempts: uint16(min(q.Attempts, math.MaxUint16)),
		calls:    uint16(min(q.Calls, math.MaxUint16)),
	})
}

// in yields the samples of an entry, or of any, whose intended time is in the span.
func (s *samples) in(entry int, span check.Span) iter.Seq[*sample] {
	from := s.since(span.From)
	return func(yield func(*sample) bool) {
		for i := from; i < len(s.list) && s.list[i].at < span.To; i++ {
			if entry != anyEntry && int(s.list[i].entry) != entry {
				continue
			}
			if !yield(&s.list[i]) {
				return
			}
		}
	}
}

// since returns the index of the first sample at or after t.
func (s *samples) since(t time.Duration) int {
	return sort.Search(len(s.list), func(i int) bool { return s.list[i].at >= t })
}

// numbers finds out which arrivals have no record, from their numbers alone.
type numbers struct{ seen []uint64 }

func (n *numbers) add(seq uint64) { n.seen = append(n.seen, seq) }

// gaps counts the numbers missing below the largest open arrival's, and those
// seen again. Those of closed users say nothing of what is missing: how many
// requests each of them made is known only from the record itself.
func (n *numbers) gaps() (missing, repeated int) {
	slices.Sort(n.seen)
	next := uint64(0)
	for i, seq := range n.seen {
		if i > 0 && seq == n.seen[i-1] {
			repeated++
			continue
		}
		if seq >= arrival.FirstClosedSeq {
			continue
		}
		missing = int(min(uint64(missing)+(seq-next), math.MaxInt32))
		next = seq + 1
	}
	return missing, repeated
}
