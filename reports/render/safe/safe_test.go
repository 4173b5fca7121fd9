package safe_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"windtunnel/reports/render/safe"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain name":         "plain name",
		"two\nlines\tand":    "two lines and",
		"\x1b[31mred\x07":    "\ufffd[31mred\ufffd",
		"back\u202eward":     "back\ufffdward",
		"zero\u200bwidth":    "zero\ufffdwidth",
		"broken \xff byte":   "broken \ufffd byte",
		"עברית and 名前":       "עברית and 名前",
		"private \ue000 use": "private \ufffd use",
		"none \ufffe":        "none \ufffd",
		"":                   "",
	} {
		if got := safe.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestLinesKeepsThem(t *testing.T) {
	if got := safe.Lines("a:\r\n\tb\x00\n"); got != "a:\n\tb\ufffd\n" {
		t.Errorf("%q", got)
	}
}

func TestMarkup(t *testing.T) {
	const in = `<script>alert("x" & 'y')</script>`
	if got := safe.Markup(in); strings.ContainsAny(got, `<>"'`) {
		t.Error(got)
	}
}

func TestShort(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{"short", 5, "short"}, {"longer", 5, "long…"}, {"名前は全角", 5, "名前は全角"}, {"名前は全角です", 5, "名前は全…"},
		{"a word", 3, "a…"}, {"x", 0, "…"}, {"", 0, ""},
	} {
		if got := safe.Short(c.in, c.most); got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.in, c.most, got, c.want)
		}
	}
}

// Whatever goes in, what comes out is one line of text, and markup that an XML
// reader takes for that same text.
func TestAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.StringMatching("[<>&\"'\x00-\x1f\\]a]*")).Draw(t, "in")
		text := safe.Text(in)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\t\x1b") {
			t.Fatalf("%q", text)
		}
		d := xml.NewDecoder(strings.NewReader(`<a b="` + safe.Markup(in) + `">` + safe.Markup(in) + "</a>"))
		var read string
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				if token.Attr[0].Value != text {
					t.Fatalf("%q, want %q", token.Attr[0].Value, text)
				}
			case xml.CharData:
				read += string(token)
			}
		}
		if read != text {
			t.Fatalf("%q, want %q", read, text)
		}
	})
}
