// Package safe makes texts harmless that come from outside. Names stand in
// files and replies, and may hold anything: what steers a terminal, what hides
// in a text, what ends a string of the format that they are printed in.
package safe

import (
	"html"
	"strings"
	"unicode"
)

// Text replaces what could steer a terminal or hide in a text, such as the marks
// that turn the direction of writing. What is left is one line of valid UTF-8.
func Text(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return visible(r)
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// Lines is Text for a text of several lines, such as a file: it keeps them.
func Lines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return visible(r)
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), string(unicode.ReplacementChar)))
}

// visible returns a character, or the mark for one that cannot be shown. The
// last two of each plane are no characters, and XML does not allow them.
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || r&0xfffe == 0xfffe {
		return unicode.ReplacementChar
	}
	return r
}

// Markup is Text for the content and the quoted attributes of HTML and XML.
func Markup(s string) string { return html.EscapeString(Text(s)) }

// Short cuts a text to so many characters, the last of which is then an ellipsis.
func Short(s string, most int) string {
	s = Text(s)
	if len(s) <= most { // no more bytes than characters
		return s
	}
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimRight(string(runes[:max(most-1, 0)]), " ") + "…"
}
