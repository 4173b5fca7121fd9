package main

import (
	"bytes"
	"context"
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
