package arrival

import (
	"iter"
	"slices"
	"time"

	"windtunnel/topologies/work"
)

// stamps is a recording of single arrivals, in order, since the first.
type stamps []time.Duration

// length ends just after the last arrival, so that it belongs to the recording.
func (s stamps) length() time.Duration { return s[len(s)-1] + 1 }

func (s stamps) rate(w window, t time.Duration) float64 {
	second := w.recordedAt(t).Truncate(time.Second)
	from, _ := slices.BinarySearch(s, second)
	to, _ := slices.BinarySearch(s, second+time.Second)
	return float64(to-from) * w.scale * w.speed
}

// arrivals shows each recorded arrival; with a scale above 1 the additional
// ones lie between it and the next.
func (s stamps) arrivals(w window, length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		first, _ := slices.BinarySearch(s, w.from)
		for i := first; i < len(s); i++ {
			at, own := w.shownAt(s[i]), id.Child(uint64(i))
			n := w.scaled(1, own)
			if n == 0 {
				continue
			}
			if at >= length || !yield(at) {
				return
			}
			gap := w.shownAt(s[min(i+1, len(s)-1)]) - at
			for more := range scatter(n-1, at, gap, own) {
				if more >= length || !yield(more) {
					return
				}
			}
		}
	}
}

func (s stamps) highest(w window, length time.Duration) float64 {
	most := 0.0
	for i, _ := slices.BinarySearch(s, w.from); i < len(s) && w.shownAt(s[i]) < length; {
		most = max(most, s.rate(w, w.shownAt(s[i])))
		next, _ := slices.BinarySearch(s[i:], s[i].Truncate(time.Second)+time.Second)
		i += max(next, 1)
	}
	return most
}
