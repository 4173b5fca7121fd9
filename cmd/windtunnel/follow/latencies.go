package follow

import (
	"math"
	"time"

	"windtunnel/runner/record"
)

// latencies keep the durations of the latest stretches alone: histograms are
// large. The stretches of visitors' requests are seconds; those of nodes are as
// long as what their samples are over.
type latencies [recent + 3]struct {
	stretch int64
	of      record.Histogram
}

// at is what is kept for a stretch, new where there is nothing; nil where it is
// gone, or before the first.
func (l *latencies) at(stretch int64) *record.Histogram {
	if stretch < 0 {
		return nil
	}
	slot := &l[stretch%int64(len(l))]
	if slot.stretch < stretch {
		slot.stretch = stretch
		slot.of.Reset()
	}
	if slot.stretch > stretch {
		return nil
	}
	return &slot.of
}

// over joins some stretches. Of one alone it is what is kept, and no copy.
func (l *latencies) over(from, to int64) *record.Histogram {
	all, copied := &record.Histogram{}, false
	for i := range l {
		slot := &l[i]
		switch {
		case slot.stretch < from || to <= slot.stretch || slot.of.Count == 0:
			continue
		case all.Count == 0:
			all = &slot.of
			continue
		case !copied:
			first := all
			all, copied = &record.Histogram{}, true
			all.Merge(first)
		}
		all.Merge(&slot.of)
	}
	return all
}

// quantile is the smallest duration that at least the part p does not exceed.
func quantile(h *record.Histogram, p float64) time.Duration {
	rank := uint64(math.Ceil(p * float64(h.Count)))
	for d, n := range h.Each {
		if n >= rank {
			return d
		}
		rank -= n
	}
	return h.Max
}
