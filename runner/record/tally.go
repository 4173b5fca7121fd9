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

// KeepAll is how many requests a record keeps one by one. Of a run that is to
// have more it keeps a sample, unless all were asked for, and counts them all: see Sampling.
const KeepAll = 1_000_000

// Sampling says that a record holds a part of the requests only: each one
// with the same chance, by a hash of its number. All are counted in
// histograms.json. The zero Sampling keeps everything.
type Sampling struct {
	OneIn uint64 `json:"one_in,omitempty"` // 0, 1: all
}

// SamplingFor returns the sampling of a run that is expected to have so many
// requests.
func SamplingFor(expected float64) Sampling {
	if !(expected > KeepAll) {
		return Sampling{}
	}
	return Sampling{OneIn: uint64(math.Ceil(min(expected, 1e15) / KeepAll))}
}

// Thinned says whether requests are left out.
func (s Sampling) Thinned() bool { return s.OneIn > 1 }

// keeps says whether a request is in the sample.
func (s Sampling) keeps(draw work.Identity) bool { return draw.Float64()*float64(s.OneIn) < 1 }

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

// tallies counts the requests of a run by entry and phase.
type tallies struct {
	sampling Sampling
	draws    work.Identity

	mu  sync.Mutex
	by  map[tallyKey]*Tally
	new bool // there is something that is not written
}

type tallyKey struct{ entry, phase string }

func newTallies(id *Identity) *tallies {
	return &tallies{sampling: id.Sampling, draws: work.Root(id.Seed).Named("sampling"), by: map[tallyKey]*Tally{}, new: true}
}

// take counts a request, and says whether the record keeps it.
func (ts *tallies) take(r *Request) bool {
	ts.mu.Lock()
	key := tallyKey{r.Entry, r.Phase}
	t := ts.by[key]
	if t == nil {
		t = &Tally{Entry: r.Entry, Phase: r.Phase, Outcomes: map[policy.Cause]uint64{}}
		ts.by[key] = t
	}
	t.add(r)
	ts.new = true
	ts.mu.Unlock()
	return ts.sampling.keeps(ts.draws.Child(r.Seq))
}

// tallyFile is histograms.json.
type tallyFile struct {
	Sampling Sampling `json:"sampling"`
	Error    float64  `json:"relative_error"` // of what is read from a bucket
	Tallies  []*Tally `json:"tallies"`        // by entry, then phase
}

// write writes histograms.json, in one step, if there is anything new.
func (ts *tallies) write(dir string) error {
	ts.mu.Lock()
	if !ts.new {
		ts.mu.Unlock()
		return nil
	}
	ts.new = false
	f := tallyFile{Sampling: ts.sampling, Error: HistogramError}
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
func readTallies(dir string) ([]Tally, error) {
	text, err := os.ReadFile(filepath.Join(dir, histogramsFile))
	if err != nil {
		return nil, err
	}
	var f struct {
		Error   float64 `json:"relative_error"`
		Tallies []Tally `json:"tallies"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	if f.Error != HistogramError {
		return nil, fmt.Errorf("its buckets are of another width: a relative error of %v", f.Error)
	}
	return f.Tallies, nil
}
