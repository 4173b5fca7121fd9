package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata anew")

// runFiles are those that Load reads.
var runFiles = []string{identityFile, eventsFile, requestsFile, seriesFile, resultFile}

// fixture is a run of format 1 as the first version wrote it. It must load for ever.
const fixture = "testdata/format-1"

func TestFormat1Loads(t *testing.T) {
	if *update {
		if _, err := os.Stat(fixture); err == nil {
			t.Fatal("the fixture is what an old version wrote: remove it by hand to make it anew")
		}
		if err := os.CopyFS(fixture, os.DirFS(writeSample(t, 12))); err != nil {
			t.Fatal(err)
		}
	}
	run, err := Load(fixture)
	if err != nil {
		t.Fatal(err)
	}
	if run.Partial {
		t.Errorf("it is partial: %q", run.Damage)
	}
	got, errs := requestsOf(run)
	if len(got) != 12 || len(errs) > 0 {
		t.Errorf("%d requests, %q", len(got), errs)
	}
	want := sampleIdentity()
	want.Format, want.Digest = 1, run.Identity.Digest
	equal(t, "identity", run.Identity, want)
	equal(t, "request", got[5], sampleRequest(5))
	equal(t, "events", run.Events, sampleEvents())
	equal(t, "nodes", run.Nodes, []NodeSample{sampleNode(0), sampleNode(1), sampleNode(2)})
	equal(t, "edges", run.Edges, []EdgeSample{sampleEdge(0), sampleEdge(1), sampleEdge(2)})
}

func TestOtherFormatsAreRefused(t *testing.T) {
	for format, want := range map[string]string{
		`{"format": 2}`:                    "use a newer one",
		`{"format": 0}`:                    "no format of a run directory",
		`{"format": 3, "phases": "other"}`: "use a newer one",
		`{}`:                               "no format of a run directory",
	} {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, identityFile), []byte(format), 0o644)
		_, err := Load(dir)
		var other *FormatError
		if !errors.As(err, &other) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestLoadOfNoRun(t *testing.T) {
	empty := t.TempDir()
	for _, dir := range []string{empty, filepath.Join(empty, "none")} {
		if _, err := Load(dir); err == nil {
			t.Errorf("%s loads", dir)
		}
	}
}

func TestMissingFiles(t *testing.T) {
	for _, name := range runFiles {
		dir := writeSample(t, 20)
		os.Remove(filepath.Join(dir, name))
		run, err := Load(dir)
		if err != nil {
			t.Errorf("without %s: %v", name, err)
			continue
		}
		if !run.Partial {
			t.Errorf("without %s it is not partial", name)
		}
		if said := strings.Contains(fmt.Sprint(run.Damage), name); said != (name != resultFile) {
			t.Errorf("without %s the damage is %q", name, run.Damage)
		}
	}
}

// A file may be cut at any byte. What is read then is the beginning of what
// was written, and never something else.
func TestCutAnywhere(t *testing.T) {
	whole := writeSample(t, 150)
	full, _ := Load(whole)
	requests, _ := requestsOf(full)
	for _, name := range runFiles {
		text, err := os.ReadFile(filepath.Join(whole, name))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		step := max(1, len(text)/100)
		for at := 0; at < len(text); at += step {
			if err := os.WriteFile(filepath.Join(dir, name), text[:at], 0o644); err != nil {
				t.Fatal(err)
			}
			run, err := Load(dir)
			if err != nil {
				t.Fatalf("%s cut at %d: %v", name, at, err)
			}
			got, errs := requestsOf(run)
			if !run.Partial && len(errs) == 0 && len(got) != len(requests) {
				t.Fatalf("%s cut at %d of %d is not noticed", name, at, len(text))
			}
			prefix(t, name, at, got, requests)
			prefix(t, name, at, run.Events, full.Events)
			if n := len(run.Nodes); n > 0 {
				run.Nodes[n-1].Operations = full.Nodes[n-1].Operations // rows of the last may be missing
			}
			prefix(t, name, at, run.Nodes, full.Nodes)
			prefix(t, name, at, run.Edges, full.Edges)
		}
	}
}

func prefix[T any](t *testing.T, name string, at int, got, want []T) {
	t.Helper()
	if len(got) > len(want) {
		t.Fatalf("%s cut at %d: %d %T instead of at most %d", name, at, len(got), got, len(want))
	}
	if len(got) > 0 && !reflect.DeepEqual(got, want[:len(got)]) {
		t.Fatalf("%s cut at %d: %T is not what was written", name, at, got)
	}
}

// Overwritten bytes, in whichever file, make no panic and no endless reading.
func TestGarbageAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := writeSample(t, 150)
	for _, name := range runFiles {
		text, _ := os.ReadFile(filepath.Join(whole, name))
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		for range 40 {
			bad := bytes.Clone(text)
			at := r.IntN(len(bad))
			for i := at; i < min(len(bad), at+1+r.IntN(20)); i++ {
				bad[i] = byte(r.UintN(256))
			}
			os.WriteFile(filepath.Join(dir, name), bad, 0o644)
			run, err := Load(dir)
			var format *FormatError
			if err != nil && !errors.As(err, &format) {
				t.Fatalf("%s: %v", name, err)
			}
			if err == nil {
				requestsOf(run)
			}
		}
	}
}

// A line that is broken in the middle costs that line alone.
func TestBrokenLineInTheMiddle(t *testing.T) {
	dir := writeSample(t, 5)
	for _, name := range []string{eventsFile, seriesFile} {
		path := filepath.Join(dir, name)
		text, _ := os.ReadFile(path)
		lines := bytes.SplitAfter(text, []byte("\n"))
		lines[1] = []byte("?\n")
		os.WriteFile(path, bytes.Join(lines, nil), 0o644)
	}
	run, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Events) != len(sampleEvents())-1 || len(run.Edges) != 3 || len(run.Damage) != 2 {
		t.Errorf("%d events, %d edges, damage %q", len(run.Events), len(run.Edges), run.Damage)
	}
}

func TestPartialIsMarkedByTheResult(t *testing.T) {
	dir := writeSample(t, 5)
	for verdict, partial := range map[string]bool{"partial": true, "pass": false, "fail": false, "inconclusive": false} {
		if err := WriteResult(dir, map[string]string{"verdict": verdict}); err != nil {
			t.Fatal(err)
		}
		run, err := Load(dir)
		if err != nil || run.Partial != partial {
			t.Errorf("verdict %s: partial %v, %v", verdict, run.Partial, err)
		}
	}
}

func FuzzRequests(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(fixture, requestsFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)/2])
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		eachRow(bytes.NewReader(text), "requests", requestColumns, 0, (*table).request, func(q Request, err error) bool {
			n++
			return n < 10_000
		})
	})
}

func FuzzSeries(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(fixture, seriesFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(strings.Join(seriesColumns, ",") + "\nnode,1,\"a\"\"b,c\",,,,,,,,,,,,,,,,,,,\n"))
	f.Fuzz(func(t *testing.T, text []byte) { readSeries(bytes.NewReader(text)) })
}

func FuzzEvents(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(fixture, eventsFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		events, _ := readEvents(bytes.NewReader(text))
		for _, e := range events {
			if _, err := json.Marshal(e); err != nil {
				t.Error(err)
			}
		}
	})
}

func FuzzMillis(f *testing.F) {
	f.Add("1.5")
	f.Add("-0.000001")
	f.Add("1e3")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseMillis([]byte(s))
		if err != nil {
			return
		}
		if back, err := parseMillis(appendMillis(nil, d)); err != nil || back != d {
			t.Errorf("%q is %d, which comes back as %d, %v", s, d, back, err)
		}
	})
}
