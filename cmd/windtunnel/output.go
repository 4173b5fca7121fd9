package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"windtunnel/reports"
	"windtunnel/reports/render"
	"windtunnel/runner"
	"windtunnel/runner/record"
	"windtunnel/topologies/def"
)

// plainWidth is how wide reports are where stdout is no terminal.
const plainWidth = 110

// serialized lets goroutines write one after another.
type serialized struct {
	mu sync.Mutex
	to io.Writer
}

func (s *serialized) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(text)
}

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
	if err := render.Write(a.stdout, format, d, a.terminalOptions()); err != nil {
		return err
	}
	if format != "terminal" && format != "markdown" {
		return nil // what programs read ends where it ends
	}
	_, err := fmt.Fprintln(a.stdout)
	return err
}

// outputFlags say where reports go to and in which format.
type outputFlags struct {
	outputs []string
	format  string
}

func (f *outputFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "write the report to a `FILE`, whose extension chooses the format: "+extensions())
	c.Flags().StringVar(&f.format, "format", "", "the format of the files, or where there are none of what is printed: "+strings.Join(render.Formats.Names(), ", "))
}

// extensions are those that a file may have.
func extensions() string {
	var all []string
	for _, f := range render.Formats.All() {
		all = append(all, f.New().Extensions()...)
	}
	return strings.Join(all, " ")
}

// check says what of the flags cannot be done, before anything is.
func (f *outputFlags) check() error {
	if _, ok := render.Formats.Lookup(f.format); !ok && f.format != "" {
		return usagef("--format %s: there is no such format%s; there are %s", f.format,
			def.Hint(f.format, render.Formats.Names()), strings.Join(render.Formats.Names(), ", "))
	}
	for _, o := range f.outputs {
		if _, err := render.ForFile(o); err != nil && f.format == "" {
			return usagef("-o %v; or say it with --format", err)
		}
		if info, err := os.Stat(filepath.Dir(o)); err != nil || !info.IsDir() {
			return usagef("-o %s: there is no directory %s", o, filepath.Dir(o))
		}
	}
	return nil
}

// printed is the format for stdout, "" where what people read is to be printed.
func (f *outputFlags) printed() string {
	if len(f.outputs) > 0 {
		return ""
	}
	return f.format
}

// write writes a document to all files.
func (f *outputFlags) write(d *reports.Document) error {
	for _, path := range f.outputs {
		format := f.format
		if format == "" {
			var err error
			if format, err = render.ForFile(path); err != nil {
				return usagef("-o %v", err)
			}
		}
		if err := writeDocument(path, format, d); err != nil {
			return err
		}
	}
	return nil
}

// show prints a document and writes it to all files.
func (a *app) show(d *reports.Document, f outputFlags) error {
	if err := a.printAs(cmp.Or(f.printed(), "terminal"), d); err != nil {
		return err
	}
	return f.write(d)
}

// writeTogether writes what there is of runs that were ended early.
func (f *outputFlags) writeTogether(all []*reports.Analysis) error {
	if len(f.outputs) == 0 {
		return nil
	}
	d, err := together(all, reports.CompareOptions{})
	if err != nil {
		return err
	}
	return f.write(d)
}

// annotate prints annotations where a GitHub workflow reads what people read as
// well. What a program reads stays what it is.
func (a *app) annotate(d *reports.Document, f outputFlags) error {
	inWorkflow, _ := a.env("GITHUB_ACTIONS")
	if format := f.printed(); inWorkflow != "true" || format != "" && format != "terminal" && format != "markdown" {
		return nil
	}
	return a.printAs("github", d)
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

// runFiles are what a run directory holds besides the record, by the format of each.
var runFiles = []struct{ name, format string }{
	{"summary.md", "markdown"}, {"report.html", "html"}, {"junit.xml", "junit"}, {"bench.txt", "bench"},
}

// writeReports writes them, and run.json last, since its being there says that
// all is.
func writeReports(dir string, analysis *reports.Analysis) error {
	d := analysis.Document()
	for _, f := range runFiles {
		if err := writeDocument(filepath.Join(dir, f.name), f.format, d); err != nil {
			return err
		}
	}
	return record.WriteResult(dir, &analysis.Result)
}

// writeDocument writes a document to a file.
func writeDocument(path, format string, d *reports.Document) error {
	f, err := os.Create(path)
	if err != nil {
		return &runner.EnvironmentError{Doing: "write the report", Err: err}
	}
	d.LinkRuns(filepath.Dir(path))
	err = render.Write(f, format, d, render.Options{Width: plainWidth})
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// together is the report of a run, of a sweep, or of several runs side by side.
func together(all []*reports.Analysis, o reports.CompareOptions) (*reports.Document, error) {
	if len(all) == 1 {
		return all[0].Document(), nil
	}
	if param := reports.Swept(all); param != "" {
		return reports.Sweep(all, param).Document(), nil
	}
	o.AllowDifferent = true // scenarios and parameters that differ were asked for
	comparison, err := reports.Compare(all, o)
	if err != nil {
		return nil, err
	}
	return comparison.Document(), nil
}
