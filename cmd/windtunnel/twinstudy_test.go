package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTwinStudyFiles: what `make twin` runs is valid, and simulates.
func TestTwinStudyFiles(t *testing.T) {
	for _, name := range []string{"waiting", "computing"} {
		var stdout, stderr bytes.Buffer
		file := filepath.Join("testdata", "twin", name+".yaml")
		args := []string{"run", file, "--on", "sim", "--out", t.TempDir(), "--set", "phases.steady.for=2s"}
		if code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr); code != exitPass {
			t.Errorf("%s exits %d\n%s", name, code, &stderr)
		}
	}
}

// standIn is a windtunnel that leaves a run directory for each run, says what it
// was asked, and fails where it is told to, by the file of that name.
const standIn = `#!/usr/bin/env bash
echo "$*" >> asked
echo "told of $1" >&2
case $1 in
run) while [[ $1 != --out ]]; do shift; done; for k in 1 2 3; do mkdir -p "$2/2026-$k"; done ;;
calibrate) echo "fitted on $(($# - 3)) runs" ;;
twin) echo "how far apart"; if [[ -f doubtful ]]; then exit 3; fi ;;
esac
if [[ -f broken ]]; then echo "the disk is full" >&2; exit 5; fi
`

// TestTwinStudy: the study calibrates on its own runs alone, also the second time,
// goes on where a report is in doubt, and says why where it stops.
func TestTwinStudy(t *testing.T) {
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join("testdata", "twin", "study.sh"))
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(dir, "cmd", "windtunnel", "testdata", "twin", "study.sh")
	for path, text := range map[string]string{place: string(script), filepath.Join(dir, "bin", "windtunnel"): standIn} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	study := func(marks ...string) (out string, err error) {
		for _, name := range marks {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(filepath.Join(dir, name))
		}
		all, err := exec.Command(place).CombinedOutput()
		return string(all), err
	}
	stale := filepath.Join(dir, "runs", "twin", "calibrate-waiting", "2025-old")
	if err := os.MkdirAll(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, marks := range [][]string{nil, nil, {"doubtful"}} {
		out, err := study(marks...)
		if err != nil || strings.Count(out, "fitted on 3 runs") != 3 || strings.Count(out, "how far apart") != 8 {
			t.Errorf("%q: %v\n%s", marks, err, out)
		}
		if doubt := len(marks) > 0; strings.Contains(out, "told of twin") != doubt || strings.Contains(out, "exit code 3") != doubt {
			t.Errorf("%q: it tells\n%s", marks, out)
		}
	}
	if out, err := study("broken"); err == nil || !strings.Contains(out, "the disk is full") || !strings.Contains(out, "exit code 5: bin/windtunnel run") {
		t.Errorf("%v\n%s", err, out)
	}
}
