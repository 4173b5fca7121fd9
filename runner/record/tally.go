package record

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// KeepAll is how many requests a record keeps one by one. Of a run that has
// more it keeps a sample, unless all were asked for, and counts them all: see Sampling.
const KeepAll = 1_000_000

// Sampling says that a record holds a part of the requests only: each one
// with the same chance, by a hash of its number. All are counted in
// histograms.json. The zero Sampling keeps everything, however much that is; any
// other is what a run begins with, and gets twice as sparse whenever there are
// more requests than the record is to keep. What was written before that stays in
// the files, and Requests and Invocations leave it out.
type Sampling struct {
	OneIn uint64 `json:"one_in,omitempty"` // 1: all, so far
}

// SamplingFor returns the sampling with which a run begins that is to have so
// many requests at the least.
func SamplingFor(expected float64) Sampling {
	if !(expected > KeepAll) {
		return Sampling{OneIn: 1}
	}
	return Sampling{OneIn: uint64(math.Ceil(min(expected, 1e15) / KeepAll))}
}

// Thinned says whether requests are left out.
func (s Sampling) Thinned() bool { return s.OneIn > 1 }

// keeps says whether what has that draw is in the sample.
func (s Sampling) keeps(draw work.Identity) bool { return draw.Float64()*float64(s.OneIn) < 1 }

func (s Sampling) keepsRequest(draws work.Identity, r *Request) bool {
	return s.keeps(draws.Child(r.Seq))
}

func (s Sampling) keepsInvocation(draws work.Identity, i *Invocation) bool {
	return !s.Thinned() || s.keeps(draws.Named(i.Instance).Child(uint64(i.At)))
}

// sampled leaves out what was written before the sampling of a run got sparser,
// and does not belong to the sample of the end.
func sampled[T any](r *Run, yield func(T, error) bool, keeps func(Sampling, work.Identity, *T) bool) func(T, error) bool {
	sampling, draws := r.Identity.Sampling, sampleDraws(&r.Identity)
	if sampling == r.began {
		return yield
	}
	return func(row T, err error) bool {
		return err == nil && !keeps(sampling, draws, &row) || yield(row, err)
	}
}

// Tally is all requests of one entry in one phase, counted.
type Tally struct {
	Entry         string                  `json:"entry"`
	Phase         string                  `json:"phase"`
	Outcomes      map[policy.Cause]uint64 `json:"outcomes"` // successes have the empty cause
	Attempts      uint64                  `json:"attempts"`
	Calls         uint64                  `json:"calls"`
	Cold          uint64                  `json:"cold,omitempty"` // that waited for an instance to start
	Latency       Histogram               `json:"latency"`        // of the successes
	FailedLatency Histogram               `json:"failed_latency"` // of the failures that were sent
	Late          Histogram               `json:"late"`           // from the intended send to the real one
}

func (t *Tally) add(r *Request) {
	t.Outcomes[r.Cause]++
	t.Attempts += uint64(max(r.Attempts, 0))
	t.Calls += uint64(max(r.Calls, 0))
	if r.Cold > 0 {
		t.Cold++
	}
	switch r.Cause {
	case policy.Unsent:
		return
	case policy.OK:
		t.Latency.Add(max(r.Latency(), 0))
	default:
		t.FailedLatency.Add(max(r.Latency(), 0))
	}
	t.Late.Add(max(r.Sent-r.Intended, 0))
}

// tallies counts the requests of a run by entry and phase, and says which of
// them the record keeps.
type tallies struct {
	draws work.Identity

	mu       sync.Mutex
	thinning thinning
	by       map[tallyKey]*Tally
	new      bool   // there is something that is not written
	written  uint64 // the OneIn that is
}

type tallyKey struct{ entry, phase string }

func newTallies(id *Identity) *tallies {
	return &tallies{draws: sampleDraws(id), thinning: newThinning(id.Sampling.OneIn), by: map[tallyKey]*Tally{}, new: true, written: id.Sampling.OneIn}
}

// sampleDraws are what says of a run's requests whether the sample has them.
func sampleDraws(id *Identity) work.Identity { return work.Root(id.Seed).Named("sampling") }

// take counts a request, and says whether the record keeps it.
func (ts *tallies) take(r *Request) bool {
	draw := ts.draws.Child(r.Seq)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	key := tallyKey{r.Entry, r.Phase}
	t := ts.by[key]
	if t == nil {
		t = &Tally{Entry: r.Entry, Phase: r.Phase, Outcomes: map[policy.Cause]uint64{}}
		ts.by[key] = t
	}
	t.add(r)
	ts.new = true
	return ts.thinning.add(draw.Float64())
}

// sampling is the one of now.
func (ts *tallies) sampling() Sampling {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return Sampling{OneIn: ts.thinning.oneIn}
}

// sparser says whether the sampling is another than the one that was written.
func (ts *tallies) sparser() bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.thinning.oneIn != ts.written
}

// tallyFile is histograms.json.
type tallyFile struct {
	Sampling Sampling `json:"sampling"`
	Error    float64  `json:"relative_error"` // of what is read from a bucket
	Tallies  []*Tally `json:"tallies"`        // by entry, then phase
}

// write writes histograms.json, in one step, if requests are left out and there
// is anything new.
func (ts *tallies) write(dir string) error {
	ts.mu.Lock()
	f := tallyFile{Sampling: Sampling{OneIn: ts.thinning.oneIn}, Error: HistogramError}
	if !ts.new || !f.Sampling.Thinned() {
		ts.mu.Unlock()
		return nil
	}
	ts.new, ts.written = false, f.Sampling.OneIn
	for _, t := range ts.by {
		f.Tallies = append(f.Tallies, t)
	}
	slices.SortFunc(f.Tallies, func(a, b *Tally) int {
		return slices.Compare([]string{a.Entry, a.Phase}, []string{b.Entry, b.Phase})
	})
	text, err := json.Marshal(f)
	ts.mu.Unlock()
	if err != nil {
		return fmt.Errorf("write %s: %w", histogramsFile, err)
	}
	return writeWhole(dir, histogramsFile, append(text, '\n'))
}

// readTallies reads what write has written.
func readTallies(dir string) (Sampling, []Tally, error) {
	var f struct {
		Sampling Sampling `json:"sampling"`
		Error    float64  `json:"relative_error"`
		Tallies  []Tally  `json:"tallies"`
	}
	text, err := os.ReadFile(filepath.Join(dir, histogramsFile))
	if err != nil {
		return f.Sampling, nil, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f.Sampling, nil, err
	}
	if f.Error != HistogramError {
		return f.Sampling, nil, fmt.Errorf("its buckets are of another width: a relative error of %v", f.Error)
	}
	return f.Sampling, f.Tallies, nil
}
