package reports

import (
	"math"
	"time"

	"windtunnel/scenarios/check"
)

// mostStretches is how many parts a drawing cuts a run into at most.
const mostStretches = 120

// widths are the lengths that a stretch may have; longer ones are whole hours.
var widths = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
}

// stretchWidth is one second, less where a run is so short that it would have
// only a few stretches, and more where there would be too many.
func stretchWidth(length time.Duration, most int) time.Duration {
	least := time.Second
	if length < 20*time.Second {
		least = length / 20
	}
	for _, w := range widths {
		if w >= least && length <= w*time.Duration(most) {
			return w
		}
	}
	hours := math.Ceil(length.Hours() / float64(most))
	return time.Duration(max(hours, 1)) * time.Hour
}

// stretches cuts the run into parts of the same length, at most so many; the
// last may be shorter. A run without any length has none.
func (tl *timeline) stretches(most int) []check.Span {
	width := stretchWidth(tl.end, most)
	var all []check.Span
	for from := time.Duration(0); from < tl.end; from += width {
		all = append(all, check.Span{From: from, To: min(from+width, tl.end)})
	}
	// What is left of a second would look like a drop of the load.
	if n := len(all); n > 1 && all[n-1].To-all[n-1].From < width/2 {
		all[n-2].To = all[n-1].To
		all = all[:n-1]
	}
	return all
}

// nothing is the value of a stretch in which nothing was measured.
var nothing = math.NaN()

// middleOf is where a stretch is drawn, in seconds.
func middleOf(s check.Span) float64 { return (s.From + s.To).Seconds() / 2 }

// lengthOf names how long a stretch is: 1 s, 0.2 s.
func lengthOf(s check.Span) string { return setting((s.To - s.From).Seconds()) + " s" }

// bands are what held for a while and touched all of the system.
func (tl *timeline) bands() []Band {
	var bands []Band
	for _, p := range tl.phases {
		if p.Warmup {
			bands = append(bands, Band{From: p.Begin.Duration().Seconds(), To: min(p.End(), tl.end).Seconds(), Name: p.Name, Tone: Muted})
		}
	}
	for _, f := range tl.faults {
		if f.applied() {
			bands = append(bands, Band{From: f.during.From.Seconds(), To: f.during.To.Seconds(), Name: f.Name, Tone: Bad})
		}
	}
	return bands
}

// holding names the fault that holds at an instant, "" for none.
func (tl *timeline) holding(t time.Duration) string {
	for _, f := range tl.faults {
		if f.applied() && f.during.From <= t && t < f.during.To {
			return f.Name
		}
	}
	return ""
}
