package reports

import (
	"fmt"
	"maps"
	"slices"

	"windtunnel/reports/stats"
	"windtunnel/scenarios/check"
)

// What counts as a relapse: 3 s with at least so many failures, and surely a
// share of them that is so much above the one before the fault.
const (
	relapseFailures = 5
	relapseShare    = 0.05
)

// Relapse is a time after a recovery in which an entry failed again: from the first
// to the last failure of 3 s, or of several that overlap, in which at least 5
// requests failed and the share that did is above the one before the fault by 5
// percentage points at least, by the low end of its 95 % interval. Of several it is the first.
type Relapse struct {
	FromMS     float64 `json:"from_ms"` // since the run began
	ToMS       float64 `json:"to_ms"`
	ErrorShare float64 `json:"error_share"` // meanwhile
}

// relapse looks for one after an entry's recovery from a fault. The live view shows
// none, and so it is no part of recovery.
func (s *samples) relapse(entry int, f *faultSpan, r Recovery) *Relapse {
	if r.MS == nil {
		return nil
	}
	least := s.count(entry, spanned(f.before.From, f.before.To)).errorShare() + relapseShare
	list := s.within(check.Span{From: f.during.To + fromMS(*r.MS) + recoveryWindow, To: f.after.To})
	first, last := -1, -1     // of what is told
	next, all, bad := 0, 0, 0 // in the window are those from i up to next: so many of the entry, of which so many failed
	weigh := func(q *sample, n int) (failed bool) {
		if !s.means(entry, int(q.entry)) {
			return false
		}
		all += n
		if q.cause != 0 {
			bad += n
		}
		return q.cause != 0
	}
	for i := range list {
		for ; next < len(list) && list[next].at < list[i].at+recoveryWindow; next++ {
			weigh(&list[next], 1)
		}
		surely := false
		if bad >= relapseFailures {
			low, _ := stats.ShareInterval(bad, all)
			surely = low >= least
		}
		if failed := weigh(&list[i], -1); failed && surely {
			if first < 0 {
				first = i
			}
			last = next - 1
		} else if first >= 0 && i > last {
			break
		}
	}
	if first < 0 {
		return nil
	}
	found := &Relapse{FromMS: ms(list[first].at)}
	all, bad = 0, 0
	for i := first; i <= last; i++ {
		if weigh(&list[i], 1) { // the last one is its end
			found.ToMS, found.ErrorShare = ms(list[i].at), share(bad, all)
		}
	}
	return found
}

// relapse returns the first of the fault's, and the entry that has it; nil where
// no entry failed again. Among all together the one entry is told that has it.
func (f *FaultResult) relapse() (of string, r *Relapse) {
	for _, entry := range slices.Sorted(maps.Keys(f.Recovery)) {
		found := f.Recovery[entry].Relapse
		if found != nil && (r == nil || of == Total || found.FromMS < r.FromMS && entry != Total) {
			of, r = entry, found
		}
	}
	return of, r
}

// sentence says when an entry failed again.
func (r *Relapse) sentence(entry string) string {
	if entry == Total {
		entry = "all requests"
	}
	return fmt.Sprintf("from %s to %s of the run %s of %s failed again", inWords(r.FromMS), inWords(r.ToMS), percent(r.ErrorShare), entry)
}
