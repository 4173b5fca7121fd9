package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"golang.org/x/sys/unix"

	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/runner"
	"windtunnel/runner/record"
)

// plainWidth is how wide reports are where stdout is no terminal.
const plainWidth = 110

// outlet is a standard output whose reader may leave. What nobody reads is
// dropped: a run goes on, and its record, its files and its exit code count.
type outlet struct{ file *os.File }

func (o outlet) Write(text []byte) (int, error) {
	n, err := o.file.Write(text)
	switch {
	case errors.Is(err, syscall.EPIPE):
		return len(text), nil
	case err != nil:
		return n, &runner.EnvironmentError{Doing: "write the output", Err: err}
	}
	return n, nil
}

// columns is the width of the terminal, 0 where there is none.
func (o outlet) columns() int {
	size, err := unix.IoctlGetWinsize(int(o.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// Fd is what tells a terminal.
func (o outlet) Fd() uintptr { return o.file.Fd() }

// print shows a document on stdout.
func (a *app) print(d *reports.Document) error { return a.printAs("terminal", d) }

func (a *app) printAs(format string, d *reports.Document) error {
	if _, ok := render.Formats.Lookup(format); !ok {
		return usagef("--format %s: there is no such format; `windtunnel list formats` has them", format)
	}
	if err := render.Write(a.stdout, format, d, a.terminalOptions()); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.stdout)
	return err
}

// terminalOptions honour NO_COLOR, CI and a missing terminal.
func (a *app) terminalOptions() render.Options {
	o := render.Options{Width: plainWidth}
	f, ok := a.stdout.(outlet)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return o
	}
	if width := f.columns(); width > 0 {
		o.Width = width
	}
	_, noColor := a.env("NO_COLOR")
	_, ci := a.env("CI")
	o.Color = !noColor && !ci
	return o
}

// writeReports writes what a run directory holds besides the record: the
// summary first and run.json last, since its being there says that all is.
func writeReports(dir string, analysis *reports.Analysis) error {
	if err := writeDocument(filepath.Join(dir, "summary.md"), analysis.Document()); err != nil {
		return err
	}
	return record.WriteResult(dir, &analysis.Result)
}

// writeDocument writes a document to a file in the format of its extension.
func writeDocument(path string, d *reports.Document) error {
	format, err := render.ForFile(path)
	if err != nil {
		return usagef("%v", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return &runner.EnvironmentError{Doing: "write the report", Err: err}
	}
	err = render.Write(f, format, d, render.Options{Width: plainWidth})
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func writeDocuments(paths []string, d *reports.Document) error {
	for _, path := range paths {
		if err := writeDocument(path, d); err != nil {
			return err
		}
	}
	return nil
}

// writeOutputs writes what -o asks for: the report of a run, or of several
// their comparison.
func writeOutputs(paths []string, all []*reports.Analysis) error {
	if len(paths) == 0 {
		return nil
	}
	if len(all) == 1 {
		return writeDocuments(paths, all[0].Document())
	}
	comparison, err := reports.Compare(all, reports.CompareOptions{AllowDifferent: true})
	if err != nil {
		return err
	}
	return writeDocuments(paths, comparison.Document())
}

// index is the file that holds the runs of one command together.
type index struct {
	Format  int        `json:"format"`
	Command []string   `json:"command"`
	Runs    []indexRun `json:"runs"`
}

type indexRun struct {
	Dir      string            `json:"dir"` // beside the index
	Scenario string            `json:"scenario"`
	Topology string            `json:"topology"`
	Params   map[string]string `json:"params,omitempty"`
	Seed     uint64            `json:"seed"`
	Verdict  reports.Verdict   `json:"verdict"`
}

// writeIndex leaves an index beside the runs of a command that did several.
func (b *batch) writeIndex(all []*reports.Analysis) error {
	if len(all) < 2 {
		return nil
	}
	x := index{Format: record.Format, Command: b.settings.command}
	for _, one := range all {
		x.Runs = append(x.Runs, indexRun{Dir: filepath.Base(one.Dir), Scenario: one.Scenario,
			Topology: one.Topology, Params: one.Params, Seed: one.Seed, Verdict: one.Verdict})
	}
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	name := time.Now().UTC().Format("20060102T150405Z") + "-" + all[0].Run + ".index.json"
	if err := os.WriteFile(filepath.Join(b.settings.out, name), append(text, '\n'), 0o644); err != nil {
		return &runner.EnvironmentError{Doing: "write the index", Err: err}
	}
	return nil
}
