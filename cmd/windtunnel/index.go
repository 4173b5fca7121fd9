package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"windtunnel/reports"
	"windtunnel/runner"
	"windtunnel/runner/record"
)

const (
	indexSuffix = ".index.json" // how the name of an index beside its runs ends
	suiteIndex  = "index.json"  // in the directory of a suite, with its runs
)

// writeIndex leaves an index beside the runs of a command that did several.
func (b *batch) writeIndex(all []*reports.Analysis) error {
	if len(all) < 2 {
		return nil
	}
	x := reports.Index{Format: record.Format, Command: b.settings.command}
	for _, one := range all {
		x.Runs = append(x.Runs, reports.IndexRun{Dir: filepath.Base(one.Dir), Scenario: one.Scenario,
			Topology: one.Topology, Params: one.Params, Set: one.Set, Seed: one.Seed, Verdict: one.Verdict})
	}
	name := time.Now().UTC().Format("20060102T150405Z") + "-" + all[0].Run + indexSuffix
	return saveIndex(filepath.Join(b.settings.out, name), &x)
}

func saveIndex(path string, x *reports.Index) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // a check reads `<` rather than \u003c
	e.SetIndent("", "  ")
	if err := e.Encode(x); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		return &runner.EnvironmentError{Doing: "write the index", Err: err}
	}
	return nil
}

// indexAt finds the index that a path means: an index, or the directory of a
// suite. It returns nil where the path means neither.
func indexAt(path string) (x *reports.Index, dir string, err error) {
	if !strings.HasSuffix(path, suiteIndex) {
		path = filepath.Join(path, suiteIndex)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, "", nil
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, "", usagef("%v", err)
	}
	x = &reports.Index{}
	if err := json.Unmarshal(text, x); err != nil {
		return nil, "", usagef("%s: %v", path, err)
	}
	return x, filepath.Dir(path), nil
}

// runDirs replaces each index by the run directories that it names. A run that
// is named twice is one sample.
func runDirs(paths []string) ([]string, error) {
	var dirs []string
	add := func(dir string) {
		if dir = filepath.Clean(dir); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, path := range paths {
		x, dir, err := indexAt(path)
		switch {
		case err != nil:
			return nil, err
		case x == nil:
			add(path)
			continue
		}
		for _, r := range x.Runs {
			if r.Dir != "" {
				add(filepath.Join(dir, r.Dir))
			}
		}
	}
	return dirs, nil
}
