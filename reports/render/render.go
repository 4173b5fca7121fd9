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
	"unicode"

	"windtunnel/reports"
	"windtunnel/topologies/def"
)

// Format prints documents in one way.
type Format interface {
	// Extensions are the ends of the file names that ask for the format: ".md".
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

// ForFile returns the format that a file's extension asks for.
func ForFile(name string) (string, error) {
	extension := strings.ToLower(filepath.Ext(name))
	known := []string{}
	for _, f := range Formats.All() {
		if slices.Contains(f.New().Extensions(), extension) {
			return f.Name, nil
		}
		known = append(known, f.New().Extensions()...)
	}
	return "", fmt.Errorf("%s: no report format has the extension %q; there are %s", name, extension, strings.Join(known, " "))
}

// printable replaces what could steer a terminal or hide in a text. Names come
// from files and replies, and may hold anything.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}
