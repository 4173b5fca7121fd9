package record

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/policy"
)

func TestSamplingFor(t *testing.T) {
	for expected, want := range map[float64]uint64{
		0: 1, 1e6: 1, 1e6 + 1: 2, 2e6: 2, 60e6: 60, 60e6 + 1: 61, math.Inf(1): 1e9,
	} {
		if got := SamplingFor(expected); got.OneIn != want || got.Thinned() != (want > 1) {
			t.Errorf("%v: one in %d, want %d", expected, got.OneIn, want)
		}
	}
	if SamplingFor(math.NaN()).Thinned() {
		t.Error("of no number")
	}
}

// record writes a run with that sampling and loads it.
func writeThinned(t testing.TB, oneIn uint64, requests int) *Run {
	t.Helper()
	id := sampleIdentity()
	id.Sampling.OneIn = oneIn
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, id, []byte("scenario: outage\n"))
	if err != nil {
		t.Fatal(err)
	}
	handIn(w, requests)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := WriteResult(dir, map[string]any{"verdict": "pass"}); err != nil {
		t.Fatal(err)
	}
	run, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestThinnedRecord(t *testing.T) {
	const n, oneIn = 20_000, 10
	run := writeThinned(t, oneIn, n)
	if run.Partial || run.Identity.Sampling.OneIn != oneIn {
		t.Errorf("%+v, %q", run.Identity.Sampling, run.Damage)
	}
	kept, errs := requestsOf(run)
	if want, slack := n/oneIn, 6*math.Sqrt(n/oneIn); math.Abs(float64(len(kept)-want)) > slack || len(errs) > 0 {
		t.Errorf("%d of %d are kept, %q", len(kept), n, errs)
	}
	if len(run.Tallies) != 2 {
		t.Fatalf("%d tallies", len(run.Tallies))
	}
	// Of five requests sampleRequest has one checkout that times out.
	for i, want := range []struct {
		entry      string
		count      uint64
		cause      policy.Cause
		ok, failed uint64
	}{{"browse", n / 5 * 4, policy.OK, n / 5 * 4, 0}, {"checkout", n / 5, policy.Timeout, 0, n / 5}} {
		got := run.Tallies[i]
		if got.Entry != want.entry || got.Phase != "steady" || got.Outcomes[want.cause] != want.count ||
			got.Latency.Count != want.ok || got.FailedLatency.Count != want.failed || got.Late.Count != want.count ||
			got.Attempts != 3*want.count || got.Calls != 2*want.count || got.Cold != want.failed {
			t.Errorf("%+v", got)
		}
	}
}

// Which requests are kept hangs on nothing but the seed and their number.
func TestSampleIsRepeatable(t *testing.T) {
	one, _ := requestsOf(writeThinned(t, 7, 2000))
	other, _ := requestsOf(writeThinned(t, 7, 2000))
	equal(t, "the sample", one, other)
}

func TestUnsentHasNoTimes(t *testing.T) {
	var tally Tally
	tally.Outcomes = map[policy.Cause]uint64{}
	tally.add(&Request{Cause: policy.Unsent, Intended: time.Second, Done: 3 * time.Second})
	if tally.Outcomes[policy.Unsent] != 1 || tally.Late.Count+tally.FailedLatency.Count+tally.Latency.Count != 0 {
		t.Errorf("%+v", tally)
	}
}

// Histograms that are missing or broken are damage, and the rest loads.
func TestDamagedHistograms(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"cut":     func(path string) error { return os.Truncate(path, 100) },
		"of another width": func(path string) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(text), "0.005", "0.01", 1)), 0o644)
		},
	} {
		run := writeThinned(t, 5, 100)
		if err := spoil(filepath.Join(run.Dir, histogramsFile)); err != nil {
			t.Fatal(err)
		}
		again, err := Load(run.Dir)
		if err != nil || !again.Partial || len(again.Damage) != 1 || !strings.Contains(again.Damage[0], histogramsFile) {
			t.Errorf("%s: %+v, %v", name, again.Damage, err)
		}
	}
}

// A record without sampling has no histograms, and needs none.
func TestFullRecordHasNoHistograms(t *testing.T) {
	run := writeThinned(t, 0, 100)
	if _, err := os.Stat(filepath.Join(run.Dir, histogramsFile)); err == nil || run.Partial || run.Tallies != nil {
		t.Error(err, run.Damage)
	}
	text, err := os.ReadFile(filepath.Join(run.Dir, identityFile))
	if err != nil || strings.Contains(string(text), "sampling") {
		t.Error("the identity tells of a sampling", err)
	}
}

// A million requests need no memory of their own.
func TestThinnedMemoryIsBounded(t *testing.T) {
	id := sampleIdentity()
	id.Sampling.OneIn = 1000
	w, err := Create(filepath.Join(t.TempDir(), "run"), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range 10_000 { // buckets and batches grow to their size
		w.Request(sampleRequest(i))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 300_000 {
		w.Request(sampleRequest(i))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
