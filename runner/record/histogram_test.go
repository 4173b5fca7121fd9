package record

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// values are what a histogram yields, one by one.
func (h *Histogram) values() []time.Duration {
	var all []time.Duration
	for d, n := range h.Each {
		for range n {
			all = append(all, d)
		}
	}
	return all
}

func histogramOf(values []time.Duration) *Histogram {
	h := &Histogram{}
	for _, v := range values {
		h.Add(v)
	}
	return h
}

// Every value comes back in its place, within the error.
func TestHistogramKeepsItsError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 2000), rapid.Int64Range(0, int64(time.Second)),
			rapid.Int64Range(0, math.MaxInt64/2000)), 1, 500).Draw(t, "values")
		var durations []time.Duration
		for _, v := range values {
			durations = append(durations, time.Duration(v))
		}
		h := histogramOf(durations)
		slices.Sort(durations)
		got := h.values()
		if len(got) != len(durations) || h.Min != durations[0] || h.Max != durations[len(durations)-1] {
			t.Fatalf("%v for %v", got, durations)
		}
		for i, v := range got {
			// Half a nanosecond is rounding.
			if off := math.Abs(float64(v - durations[i])); off > HistogramError*float64(durations[i])*1.0001+0.5 {
				t.Fatalf("%d ns for %d", v, durations[i])
			}
		}
	})
}

func TestHistogramCountsExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var all, odd, even Histogram
	sum := time.Duration(0)
	for i := range 10_000 {
		d := time.Duration(r.ExpFloat64() * 1e6)
		sum += d
		all.Add(d)
		if i%2 == 0 {
			even.Add(d)
		} else {
			odd.Add(d)
		}
	}
	if all.Count != 10_000 || all.Sum != sum {
		t.Errorf("%d, %v", all.Count, all.Sum)
	}
	odd.Merge(&even)
	odd.Merge(&Histogram{})
	if !reflect.DeepEqual(odd, all) {
		t.Error("two halves are not the whole")
	}
	var copied Histogram
	copied.Merge(&all)
	if !reflect.DeepEqual(copied, all) {
		t.Error("nothing and all are not all")
	}
}

// What is emptied is as good as new.
func TestHistogramIsEmptied(t *testing.T) {
	h := histogramOf([]time.Duration{1, 5e6, 7e9})
	h.Reset()
	if h.Count != 0 || h.Sum != 0 || h.Max != 0 || len(h.values()) > 0 {
		t.Errorf("%+v", h)
	}
	h.AddMany(3e6, 2)
	h.AddMany(9e9, 0)
	h.Add(8e9)
	if want := histogramOf([]time.Duration{3e6, 3e6, 8e9}); !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, want %+v", h, want)
	}
}

func TestHistogramSurvivesItsFile(t *testing.T) {
	for _, h := range []*Histogram{{}, histogramOf([]time.Duration{0}), histogramOf([]time.Duration{1, 1, 5e6, 7e9, 3600e9})} {
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back Histogram
		if err := json.Unmarshal(text, &back); err != nil || !slices.Equal(back.values(), h.values()) || back.Sum != h.Sum {
			t.Errorf("%s: %+v, %v", text, back, err)
		}
	}
	for _, broken := range []string{
		`{"count": 2, "buckets": [[1, 1]]}`, `{"count": 1, "buckets": [[4096, 1]]}`, `{"count": 1, "min_ms": 2, "max_ms": 1, "buckets": [[3, 1]]}`, `[]`,
	} {
		if err := json.Unmarshal([]byte(broken), &Histogram{}); err == nil {
			t.Errorf("%s is taken", broken)
		}
	}
}

func BenchmarkHistogram(b *testing.B) {
	var h Histogram
	for i := 0; b.Loop(); i++ {
		h.Add(time.Duration(i%1000) * 12345)
	}
}
