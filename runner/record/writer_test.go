package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir := writeSample(t, 50)
	run, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if run.Partial || !run.Finished || len(run.Damage) > 0 {
		t.Errorf("partial %v, finished %v, damage %q", run.Partial, run.Finished, run.Damage)
	}
	want := sampleIdentity()
	want.Format = Format
	want.Digest = run.Identity.Digest
	if len(want.Digest) != 64 {
		t.Errorf("digest %q is no SHA-256", want.Digest)
	}
	equal(t, "identity", run.Identity, want)
	equal(t, "events", run.Events, sampleEvents())
	equal(t, "nodes", run.Nodes, []NodeSample{sampleNode(0), sampleNode(1), sampleNode(2)})
	equal(t, "edges", run.Edges, []EdgeSample{sampleEdge(0), sampleEdge(1), sampleEdge(2)})
	got, errs := requestsOf(run)
	if len(errs) > 0 || len(got) != 50 {
		t.Fatalf("%d requests, errors %q", len(got), errs)
	}
	for i, q := range got {
		equal(t, fmt.Sprint("request ", i), q, sampleRequest(i))
	}
	text, _ := os.ReadFile(filepath.Join(dir, resolvedFile))
	equal(t, "resolved", string(text), "scenario: outage\n")
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func TestRequestsStopsWhenAsked(t *testing.T) {
	run, err := Load(writeSample(t, 50))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range run.Requests() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d requests", n)
	}
}

// clean is what a text becomes in a row: control characters are spaces.
func clean(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c == 0x7f {
			b[i] = ' '
		}
	}
	return string(b)
}

func TestRowsKeepEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[",\n\r a]*`))
		span := rapid.Map(rapid.Int64Range(-1<<58, 1<<58), func(n int64) time.Duration { return time.Duration(n) })
		count := rapid.IntRange(0, 1<<53)
		want := Request{
			Seq: rapid.Uint64().Draw(t, "seq"), Entry: text.Draw(t, "entry"), Phase: text.Draw(t, "phase"),
			Intended: span.Draw(t, "intended"), Sent: span.Draw(t, "sent"), FirstByte: span.Draw(t, "first"),
			Done: span.Draw(t, "done"), Status: count.Draw(t, "status"),
			Cause:    rapid.SampledFrom(append(policy.Causes(), policy.OK)).Draw(t, "cause"),
			Attempts: count.Draw(t, "attempts"), Calls: count.Draw(t, "calls"), Cold: span.Draw(t, "cold"),
			Bytes: int64(count.Draw(t, "bytes")), Path: text.Draw(t, "path"),
		}
		file := strings.Join(requestColumns, ",") + "\n" + string(appendRequest(nil, &want))
		table, err := openTable(strings.NewReader(file), requestColumns, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := table.next(); err != nil {
			t.Fatal(err)
		}
		got, err := table.request()
		want.Entry, want.Phase, want.Path = clean(want.Entry), clean(want.Phase), clean(want.Path)
		if err != nil || got != want {
			t.Fatalf("%v\n got %+v\nwant %+v", err, got, want)
		}
	})
}

func TestSeriesKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Map(rapid.String(), clean)
		span := rapid.Map(rapid.Int64Range(-1<<58, 1<<58), func(n int64) time.Duration { return time.Duration(n) })
		operation := rapid.Custom(func(t *rapid.T) OperationSample {
			return OperationSample{
				Name: text.Draw(t, "name"), Count: rapid.Uint64().Draw(t, "count"), Failed: rapid.Uint64().Draw(t, "failed"),
				Service: span.Draw(t, "service"), Wait: span.Draw(t, "wait"),
			}
		})
		node := NodeSample{
			At: span.Draw(t, "at"), Node: text.Draw(t, "node"), Instance: text.Draw(t, "instance"),
			CPU: span.Draw(t, "cpu"), Interval: span.Draw(t, "interval"), Memory: unit.Bytes(rapid.IntRange(0, 1<<53).Draw(t, "memory")),
			Served: rapid.Uint64().Draw(t, "served"), Failed: rapid.Uint64().Draw(t, "failed"), Rejected: rapid.Uint64().Draw(t, "rejected"),
			InFlight: rapid.IntRange(0, 1000).Draw(t, "in flight"), Queued: rapid.IntRange(0, 1000).Draw(t, "queued"),
			Operations: rapid.SliceOfN(operation, 1, 3).Draw(t, "operations"),
		}
		edge := EdgeSample{
			At: span.Draw(t, "at"), From: text.Draw(t, "from"), Instance: text.Draw(t, "instance"), To: text.Draw(t, "to"),
			Calls: rapid.Uint64().Draw(t, "calls"), Attempts: rapid.Uint64().Draw(t, "attempts"), Failed: rapid.Uint64().Draw(t, "failed"),
			Breaker: text.Draw(t, "breaker"), Latency: span.Draw(t, "latency"),
			Hedges: rapid.Uint64().Draw(t, "hedges"), Rejected: rapid.Uint64().Draw(t, "turned away"), Fallbacks: rapid.Uint64().Draw(t, "fallbacks"),
			ViewAge: time.Duration(rapid.Int64Range(0, 1<<58).Draw(t, "view age")),
			Targets: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) TargetSample {
				return TargetSample{At: span.Draw(t, "slice"), Instance: text.Draw(t, "target"), Attempts: rapid.Uint64().Draw(t, "to it"), Last: span.Draw(t, "last")}
			}), 1, 3).Draw(t, "targets"),
		}
		file := appendEdgeSample(appendNodeSample([]byte(strings.Join(seriesColumns, ",")+"\n"), &node), &edge)
		got, err := readSeries(strings.NewReader(string(file)))
		want := series{nodes: []NodeSample{node}, edges: []EdgeSample{edge}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\n got %+v\nwant %+v\nfrom %s", err, got, want, file)
		}
	})
}

// Many goroutines hand in at once, more than fits at a time; nothing is lost.
func TestNothingHandedInIsLost(t *testing.T) {
	const writers, each = 4, 10_000
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for g := range writers {
		all.Go(func() {
			for i := range each {
				q := sampleRequest(i)
				q.Seq = uint64(g*each + i)
				w.Request(q)
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, errs := requestsOf(run)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	seqs := make([]uint64, 0, len(got))
	for _, q := range got {
		seqs = append(seqs, q.Seq)
	}
	slices.Sort(seqs)
	if len(slices.Compact(seqs)) != writers*each {
		t.Errorf("%d of %d requests are there", len(slices.Compact(seqs)), writers*each)
	}
}

// While the writer is still open, what was handed in a while ago can be read:
// that is what is left of a run that is killed.
func TestOpenRunCanBeRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := Create(dir, sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	handIn(w, 10)
	for deadline := time.Now().Add(20 * second); ; {
		run, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := requestsOf(run); len(got) == 10 && len(run.Events) == len(sampleEvents()) && len(run.Nodes) == 3 {
			if !run.Partial || run.Finished {
				t.Error("a run without run.json is not partial")
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("what was handed in does not reach the disk")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestCloseTwiceAndAfterwards(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "run"), sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	w.Request(sampleRequest(1)) // dropped, and nobody waits
}

// The disk is full: the writer goes on taking, and Close says what happened.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	dir := t.TempDir()
	files, err := createFiles(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	files.requests.file.Close()
	files.requests.file = full
	files.requests.Reset(full)
	w := start(dir, files, nil)
	for i := range 2 * roomFor {
		w.Request(sampleRequest(i))
	}
	if err := w.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close returned %v, not that the disk is full", err)
	}
}

// At every instant there is no run directory, or one that loads.
func TestCreateShowsNothingHalfMade(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	created := make(chan error, 1)
	go func() {
		w, err := Create(dir, sampleIdentity(), []byte("scenario: outage\n"))
		if err == nil {
			err = w.Close()
		}
		created <- err
	}()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if _, err := os.Stat(dir); err == nil {
			break
		}
	}
	r, err := Load(dir)
	if err != nil || r.Identity.Scenario != sampleIdentity().Scenario || !r.Partial {
		t.Errorf("%+v, %v", r, err)
	}
	if err := <-created; err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
		t.Errorf("beside the run directory: %v, %v", entries, err)
	}
}

func TestCreateRefusesWhatExists(t *testing.T) {
	dir := writeSample(t, 1)
	if _, err := Create(dir, sampleIdentity(), nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second run in the same directory: %v", err)
	}
}

func TestLogFile(t *testing.T) {
	w, err := Create(filepath.Join(t.TempDir(), "run"), sampleIdentity(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	logs := filepath.Join(w.Dir(), "logs")
	if got := w.LogFile("shop-1"); got != filepath.Join(logs, "shop-1.log") {
		t.Error(got)
	}
	if got := filepath.Dir(w.LogFile("../../etc/passwd")); got != logs {
		t.Errorf("a hostile name leads out of the run: %s", got)
	}
}

func BenchmarkRequest(b *testing.B) {
	w, err := Create(filepath.Join(b.TempDir(), "run"), sampleIdentity(), nil)
	if err != nil {
		b.Fatal(err)
	}
	q := sampleRequest(1)
	b.ReportAllocs()
	for b.Loop() {
		w.Request(q)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}
