// Package render prints a reports.Document. Each format is one file.
//
//	name, err := render.ForFile("report.md")
//	err = render.Write(f, name, doc, render.Options{})
package render

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"windtunnel/reports"
	"windtunnel/topologies/def"
)

// Format prints documents in one way.
type Format interface {
	// Extensions are the ends of the file names that ask for the format: ".md",
	// or whole names: "bench.txt".
	Extensions() []string
	Render(w io.Writer, d *reports.Document, o Options) error
}

// Options are what the place asks for that the document is printed to. Whether
// a terminal has colours, and whether NO_COLOR forbids them, is for the caller to find out.
type Options struct {
	Width int  // in characters; 0: as wide as it takes
	Color bool // colours and bold type
	ASCII bool // no other characters
}

// Formats registers the formats by the name that `--format` takes.
var Formats = def.NewRegistry[Format]("report format")

// Write prints a document in the format of that name.
func Write(w io.Writer, format string, d *reports.Document, o Options) error {
	f, ok := Formats.Lookup(format)
	if !ok {
		return fmt.Errorf("there is no %s %q%s", Formats.Noun(), format, def.Hint(format, Formats.Names()))
	}
	if err := f.New().Render(w, d, o); err != nil {
		return fmt.Errorf("write report as %s: %w", format, err)
	}
	return nil
}

// ForFile returns the format that a file's name or its extension asks for.
func ForFile(name string) (string, error) {
	base, extension := strings.ToLower(filepath.Base(name)), strings.ToLower(filepath.Ext(name))
	known := []string{}
	for _, asked := range []string{base, extension} {
		for _, f := range Formats.All() {
			if slices.Contains(f.New().Extensions(), asked) {
				return f.Name, nil
			}
		}
	}
	for _, f := range Formats.All() {
		known = append(known, f.New().Extensions()...)
	}
	return "", fmt.Errorf("%s: no report format has the extension %q; there are %s", name, extension, strings.Join(known, " "))
}

// onlyDrawn says whether a section has nothing to say without its drawings: where
// there are none, its title would head nothing.
func onlyDrawn(s *reports.Section) bool {
	for _, b := range s.Blocks {
		if drawing, ok := b.(reports.Drawing); !ok || drawing.Said() != "" {
			return false
		}
	}
	return len(s.Blocks) > 0
}
