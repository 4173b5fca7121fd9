package decode

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

var (
	yamlError     = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)'`)
	bareParameter = regexp.MustCompile(`[\[{].*[^"'$]\$\{[^}]*\}`)
	mapsWithin    = "mapping values are not allowed in this context"
)

// syntax places an error of the YAML parser, which knows the line at best, and
// turns its words into the user's. It returns no message at the text's end.
func (c chunk) syntax(file string, err error) (Pos, string) {
	if errors.Is(err, io.EOF) {
		return Pos{}, ""
	}
	rows := bytes.Split(c.text, []byte("\n"))
	line, message := 0, err.Error()
	if m := yamlError.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	line = min(max(line, 1), len(rows))
	column := 1 + indent(rows[line-1])
	// The parser names the line before the one it stumbled over, or where the block around it began.
	if l, col, ok := tab(rows); ok && (strings.Contains(message, "token") || strings.Contains(message, "did not find")) {
		return c.at(file, l, col), "a tab indents this line: YAML wants spaces"
	}
	if m := unknownAnchor.FindStringSubmatch(message); m != nil {
		if l, col, ok := find(rows, "*"+m[1]); ok {
			line, column = l, col
		}
		return c.at(file, line, column), "*" + m[1] + " refers to an anchor that is not there: &" + m[1] + " should stand before it"
	}
	if l, col, ok := unquoted(rows); ok {
		return c.at(file, l, col), `inside { } and [ ] a parameter needs quotes: "${name}"`
	}
	switch {
	case strings.Contains(message, mapsWithin):
		message = "a second `:` in one value: is the line indented too far? Or put quotes around the text"
	case strings.Contains(message, "found unexpected end of stream"):
		message = "a quote that opens here or below is never closed"
	case strings.Contains(message, "control characters"):
		message = "control characters cannot stand in a YAML file"
	}
	return c.at(file, line, column), "no valid YAML: " + message
}

func (c chunk) at(file string, line, column int) Pos { return Pos{file, c.before + line, column} }

// indent counts the spaces that a row begins with.
func indent(row []byte) int { return len(row) - len(bytes.TrimLeft(row, " \t-")) }

// tab finds a row that is indented by a tab.
func tab(rows [][]byte) (line, column int, ok bool) {
	for i, row := range rows {
		space := row[:len(row)-len(bytes.TrimLeft(row, " \t"))]
		if at := bytes.IndexByte(space, '\t'); at >= 0 && len(bytes.TrimSpace(row)) > 0 {
			return i + 1, at + 1, true
		}
	}
	return 0, 0, false
}

// find returns the place of a text.
func find(rows [][]byte, text string) (line, column int, ok bool) {
	for i, row := range rows {
		if at := bytes.Index(row, []byte(text)); at >= 0 {
			return i + 1, at + 1, true
		}
	}
	return 0, 0, false
}

// unquoted finds ${name} without quotes inside brackets, where YAML takes its
// braces for a mapping.
func unquoted(rows [][]byte) (line, column int, ok bool) {
	for i, row := range rows {
		if bareParameter.Match(row) {
			return i + 1, bytes.Index(row, []byte("${")) + 1, true
		}
	}
	return 0, 0, false
}
