package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// HistogramError bounds how far a value read from a Histogram may be from the
// one that was put in, relatively.
const HistogramError = 0.005

// Histogram counts durations in buckets whose bounds grow by 1 %, so that every
// quantile is known to within HistogramError, whatever its size (the buckets of
// DDSketch: Masson, Rim, Lee, VLDB 2019). Count, sum, least and most are exact.
// The zero Histogram is empty and ready.
type Histogram struct {
	Count    uint64
	Sum      time.Duration
	Min, Max time.Duration
	buckets  []uint64 // by index
}

const (
	growth     = (1 + HistogramError) / (1 - HistogramError)
	maxBuckets = 4096 // more than the largest duration needs
)

var logGrowth = math.Log(growth)

// bucketOf returns the index of the bucket of d: 0 for nothing or less, and k
// for what lies above growth^(k-2) ns and not above growth^(k-1) ns.
func bucketOf(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	return 1 + max(0, int(math.Ceil(math.Log(float64(d))/logGrowth-1e-9)))
}

// middleOf is the duration that a bucket stands for: as far, relatively, from
// the one end as from the other.
func middleOf(bucket int) time.Duration {
	if bucket == 0 {
		return 0
	}
	upper := math.Exp(float64(bucket-1) * logGrowth)
	return time.Duration(math.Round(upper * 2 / (1 + growth)))
}

// Add counts a duration.
func (h *Histogram) Add(d time.Duration) { h.AddMany(d, 1) }

// AddMany counts a duration that occurred so many times.
func (h *Histogram) AddMany(d time.Duration, times uint64) {
	if times == 0 {
		return
	}
	if h.Count == 0 {
		h.Min, h.Max = d, d
	}
	h.Count += times
	h.Sum += time.Duration(times) * d
	h.Min, h.Max = min(h.Min, d), max(h.Max, d)
	h.add(bucketOf(d), times)
}

func (h *Histogram) add(bucket int, n uint64) {
	h.grow(bucket + 1)
	h.buckets[bucket] += n
}

func (h *Histogram) grow(size int) {
	if missing := size - len(h.buckets); missing > 0 {
		h.buckets = append(h.buckets, make([]uint64, missing)...)
	}
}

// Reset empties the histogram, and keeps its memory for what comes.
func (h *Histogram) Reset() {
	clear(h.buckets)
	*h = Histogram{buckets: h.buckets[:0]}
}

// Merge counts what another one has counted.
func (h *Histogram) Merge(o *Histogram) {
	if o.Count == 0 {
		return
	}
	if h.Count == 0 {
		h.Min, h.Max = o.Min, o.Max
	}
	h.Count += o.Count
	h.Sum += o.Sum
	h.Min, h.Max = min(h.Min, o.Min), max(h.Max, o.Max)
	h.grow(len(o.buckets))
	for i, n := range o.buckets {
		h.buckets[i] += n
	}
}

// Each yields the durations that occurred, rising, with how often each did, to
// within HistogramError and never beyond the least and the most.
func (h *Histogram) Each(yield func(time.Duration, uint64) bool) {
	for i, n := range h.buckets {
		if n > 0 && !yield(min(max(middleOf(i), h.Min), h.Max), n) {
			return
		}
	}
}

// histogramFile is a Histogram as a file holds it.
type histogramFile struct {
	Count   uint64      `json:"count"`
	Sum     Millis      `json:"sum_ms"`
	Min     Millis      `json:"min_ms"`
	Max     Millis      `json:"max_ms"`
	Buckets [][2]uint64 `json:"buckets"` // index and count of those that are not empty
}

// MarshalJSON leaves out the buckets that are empty.
func (h Histogram) MarshalJSON() ([]byte, error) {
	f := histogramFile{h.Count, Millis(h.Sum), Millis(h.Min), Millis(h.Max), [][2]uint64{}}
	for i, n := range h.buckets {
		if n > 0 {
			f.Buckets = append(f.Buckets, [2]uint64{uint64(i), n})
		}
	}
	return json.Marshal(f)
}

// UnmarshalJSON refuses buckets that do not add up.
func (h *Histogram) UnmarshalJSON(text []byte) error {
	var f histogramFile
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	*h = Histogram{Count: f.Count, Sum: f.Sum.Duration(), Min: f.Min.Duration(), Max: f.Max.Duration()}
	total := uint64(0)
	for _, b := range f.Buckets {
		if b[0] >= maxBuckets {
			return fmt.Errorf("a histogram has a bucket %d", b[0])
		}
		h.add(int(b[0]), b[1])
		total += b[1]
	}
	if total != f.Count || f.Min > f.Max {
		return errors.New("the buckets of a histogram do not add up")
	}
	h.buckets = slices.Clip(h.buckets)
	return nil
}
