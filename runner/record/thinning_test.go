package record

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Whatever comes in whichever order, the last sample is the same: the sparsest
// that was needed, and no request has another chance than the others.
func TestThinning(t *testing.T) {
	for _, first := range []uint64{1, 3, 60} {
		r := rand.New(rand.NewPCG(first, 1))
		draws := make([]float64, 100_000)
		for i := range draws {
			draws[i] = r.Float64()
		}
		draws[7] = 0
		var last *thinning
		for range 3 {
			one := newThinning(first)
			one.most = 1000
			for i, draw := range draws {
				if kept := one.add(draw); kept != (draw*float64(one.oneIn) < 1) {
					t.Fatalf("of draw %v one in %d: kept %v", draw, one.oneIn, kept)
				}
				if one.kept > one.most {
					t.Fatalf("%d are kept after %d", one.kept, i)
				}
			}
			if last != nil && *last != one {
				t.Errorf("another order, another sample: %+v and %+v", *last, one)
			}
			last = &one
			r.Shuffle(len(draws), func(i, j int) { draws[i], draws[j] = draws[j], draws[i] })
		}
		of := func(oneIn uint64) (n int) {
			for _, draw := range draws {
				if draw*float64(oneIn) < 1 {
					n++
				}
			}
			return n
		}
		if last.kept != of(last.oneIn) || last.oneIn > first && of(last.oneIn/2) <= last.most {
			t.Errorf("one in %d: %d are kept, of %d", last.oneIn, last.kept, of(last.oneIn))
		}
	}
}

// A draw of 0 always stays, and nothing overflows.
func TestThinningWithoutEnd(t *testing.T) {
	one := newThinning(1e9)
	one.most = 3
	for range 1000 {
		one.add(0)
	}
	if !one.add(0) || one.doubled != mostDoublings || one.oneIn != 1e9<<mostDoublings {
		t.Errorf("%+v", one)
	}
}

// overrun is a run that has more requests than were planned and may be kept.
func overrun(t *testing.T, planned uint64, most, requests int) *Writer {
	t.Helper()
	id := sampleIdentity()
	id.Sampling.OneIn = planned
	w, err := Create(filepath.Join(t.TempDir(), "run"), id, []byte("scenario: outage\n"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	w.tallies.thinning.most = most
	for i := range requests {
		w.Request(sampleRequest(i))
		w.Invocation(sampleInvocation(i))
	}
	return w
}

// A run that was not planned to be long keeps a sample once it is: of its
// beginning as large a part as of its end.
func TestSamplingBeginsWhenThereIsTooMuch(t *testing.T) {
	const n, most = 50_000, 4000
	for _, planned := range []uint64{1, 3} {
		w := overrun(t, planned, most, n)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := WriteResult(w.Dir(), map[string]any{"verdict": "pass"}); err != nil {
			t.Fatal(err)
		}
		run := load(t, w.Dir())
		oneIn := run.Identity.Sampling.OneIn
		if want := map[uint64]uint64{1: 16, 3: 24}[planned]; oneIn != want || run.Partial {
			t.Errorf("planned one in %d: one in %d, want %d; %q", planned, oneIn, want, run.Damage)
		}
		kept, _ := requestsOf(run)
		halves := [2]int{}
		for _, q := range kept {
			halves[q.Seq*2/n]++
		}
		for _, got := range halves {
			if want := float64(n) / 2 / float64(oneIn); math.Abs(float64(got)-want) > 6*math.Sqrt(want) {
				t.Errorf("of the halves %v are kept, want %v", halves, want)
			}
		}
		counted := uint64(0)
		for _, tally := range run.Tallies {
			for _, c := range tally.Outcomes {
				counted += c
			}
		}
		if counted != n || len(kept) > most {
			t.Errorf("%d are counted, %d kept", counted, len(kept))
		}
		invoked, _ := invocationsOf(run)
		if want := float64(n) / float64(oneIn); math.Abs(float64(len(invoked))-want) > 6*math.Sqrt(want) {
			t.Errorf("%d invocations, want about %v", len(invoked), want)
		}
		again, _ := requestsOf(load(t, w.Dir()))
		if !slices.EqualFunc(kept, again, func(a, b Request) bool { return a.Seq == b.Seq }) {
			t.Error("another sample at the second reading")
		}
	}
}

// A run that is cut off has its sampling on the disk before what is sampled so.
func TestSamplingOfARunThatWasCutOff(t *testing.T) {
	w := overrun(t, 1, 1000, 20_000)
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if _, err := os.Stat(filepath.Join(w.Dir(), histogramsFile)); err == nil {
			break
		}
	}
	run := load(t, w.Dir())
	kept, _ := requestsOf(run)
	if oneIn := run.Identity.Sampling.OneIn; oneIn < 2 || len(kept) > 2000 {
		t.Errorf("one in %d, %d requests", oneIn, len(kept))
	}
}

// All that were asked for are kept, and a run that stays below the limit has no
// sampling.
func TestNoSampling(t *testing.T) {
	for _, planned := range []uint64{0, 1} {
		run := writeThinned(t, planned, 3000)
		if kept, _ := requestsOf(run); len(kept) != 3000 || run.Identity.Sampling != (Sampling{}) || run.Tallies != nil {
			t.Errorf("%d: %d requests, %+v", planned, len(kept), run.Identity.Sampling)
		}
	}
}
