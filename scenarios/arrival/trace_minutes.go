package arrival

import (
	"iter"
	"time"

	"windtunnel/topologies/work"
)

// minutes is a recording of how many arrived in each minute.
type minutes []uint64

func (m minutes) length() time.Duration { return time.Duration(len(m)) * time.Minute }

func (m minutes) rate(w window, t time.Duration) float64 {
	i := int(w.recordedAt(t) / time.Minute)
	if i >= len(m) {
		return 0
	}
	return float64(m[i]) / 60 * w.scale * w.speed
}

func (m minutes) arrivals(w window, length time.Duration, id work.Identity) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		lasts := time.Duration(float64(time.Minute) / w.speed)
		for i := int(w.from / time.Minute); i < len(m); i++ {
			begin := w.shownAt(time.Duration(i) * time.Minute)
			if begin >= length {
				return
			}
			own := id.Child(uint64(i))
			for at := range scatter(w.scaled(float64(m[i]), own), begin, lasts, own) {
				if at < 0 { // the minute began before the phase
					continue
				}
				if at >= length || !yield(at) {
					return
				}
			}
		}
	}
}

func (m minutes) highest(w window, length time.Duration) float64 {
	most := uint64(0)
	for i := int(w.from / time.Minute); i < len(m) && w.shownAt(time.Duration(i)*time.Minute) < length; i++ {
		most = max(most, m[i])
	}
	return float64(most) / 60 * w.scale * w.speed
}
