package arrival

import (
	"math"
	"time"
)

// Timer is a schedule of the application: the platform itself asks, at First
// and then again every Every, as long as the phases last.
type Timer struct {
	Name         string // of the schedule: its requests are recorded under it
	Every, First time.Duration
}

// firstTimerSeq is the least number of a timer's request: above those of closed
// requests. An application has few enough timers for all numbers to lie below
// 2^53, where a float64 holds them exactly.
const firstTimerSeq = 1 << 52

// TimerSeq numbers the k-th request of the timer with an index, both from 0.
// The numbers have a range of their own, so that a timer more changes nothing
// of what visitors draw.
func TimerSeq(timer int, k uint64) uint64 {
	return firstTimerSeq + uint64(timer)<<closedSeqBits + k
}

// Firings returns how often the timer asks before end.
func (t Timer) Firings(end time.Duration) uint64 {
	if end <= t.First {
		return 0
	}
	return uint64((end-t.First-1)/t.Every) + 1
}

// firings are the requests of all timers of a schedule that are still to come.
type firings struct {
	timers []Timer
	phases []Stretch
	next   []uint64      // of each timer: how often it has asked
	due    time.Duration // when one asks next; never at or after end
	end    time.Duration
	phase  int
}

// never is past every end.
const never = time.Duration(math.MaxInt64)

func newFirings(s *Schedule) *firings {
	f := &firings{timers: s.Timers, phases: s.Stretches, next: make([]uint64, len(s.Timers))}
	if n := len(s.Stretches); n > 0 {
		f.end = s.Stretches[n-1].Begin + s.Stretches[n-1].For
	}
	f.look()
	return f
}

// at returns when a timer asks next.
func (f *firings) at(timer int) time.Duration {
	t := f.timers[timer]
	return t.First + time.Duration(f.next[timer])*t.Every
}

// look finds when a timer asks next.
func (f *firings) look() {
	f.due = never
	for i := range f.timers {
		if at := f.at(i); at < f.end {
			f.due = min(f.due, at)
		}
	}
}

// until yields what is due up to an instant, and at it; false where the yield was.
func (f *firings) until(at time.Duration, yield func(Arriving) bool) bool {
	for f.due <= at && f.due < f.end {
		due := f.due
		for f.phase+1 < len(f.phases) && f.phases[f.phase+1].Begin <= due {
			f.phase++
		}
		for i, t := range f.timers {
			if f.at(i) != due {
				continue
			}
			a := Arriving{Seq: TimerSeq(i, f.next[i]), Phase: f.phase, At: due, Entry: t.Name}
			f.next[i]++
			if !yield(a) {
				return false
			}
		}
		f.look()
	}
	return true
}
