package gateway

import "strings"

// pattern is the path of a route, in parts.
type pattern struct {
	text  string
	parts []part
	below bool // ends with /*: at least one more part follows, and any number
}

// part is what one part of a path must be; empty stands for anything that is not empty.
type part string

const anything part = ""

// parsePattern reads the path of a route; why says what is wrong with it.
func parsePattern(text string) (p pattern, why string) {
	p.text = text
	switch {
	case text == "" || text == "/*":
		p.below = true
		return p, ""
	case text[0] != '/':
		return p, "a path begins with /, as in /items/{id}"
	case strings.ContainsAny(text, " \t\r\n?#"):
		return p, "a path has no blank, query or fragment in it"
	}
	rest, below := strings.CutSuffix(text, "/*")
	p.below = below
	for _, s := range strings.Split(rest[1:], "/") {
		switch {
		case len(s) > 2 && s[0] == '{' && s[len(s)-1] == '}' && !strings.ContainsAny(s[1:len(s)-1], "{}*"):
			p.parts = append(p.parts, anything)
		case strings.ContainsAny(s, "{}*"):
			return p, "a part is plain text or {name}, and /* stands at the end alone"
		case s == "" && rest != "/":
			return p, "a part of the path is empty: a path ends without /, or with /*"
		default:
			p.parts = append(p.parts, part(s))
		}
	}
	if rest == "/" {
		p.parts = nil
	}
	return p, ""
}

// exact says whether the pattern is one path.
func (p *pattern) exact() bool {
	if p.below {
		return false
	}
	for _, s := range p.parts {
		if s == anything {
			return false
		}
	}
	return true
}

// matches says whether a path is as the pattern says. It allocates nothing.
func (p *pattern) matches(path string) bool {
	if len(path) == 0 || path[0] != '/' {
		return p.below && len(p.parts) == 0 // the asterisk of OPTIONS *
	}
	rest, more := path[1:], path != "/"
	for _, want := range p.parts {
		if !more {
			return false
		}
		var got string
		got, rest, more = strings.Cut(rest, "/")
		if want == anything && got == "" || want != anything && got != string(want) {
			return false
		}
	}
	if p.below {
		return len(p.parts) == 0 || more
	}
	return !more
}

// compare orders patterns by how specific they are, the most specific first:
// at the first part where they differ plain text comes before {name}, and both
// before the end of the one that goes on below with /*.
func (p *pattern) compare(o *pattern) int {
	for i := 0; ; i++ {
		a, b := p.rank(i), o.rank(i)
		switch {
		case a != b:
			return a - b
		case a >= rankEnd:
			return 0
		}
	}
}

const (
	rankText = iota
	rankAny
	rankEnd
	rankBelow
)

func (p *pattern) rank(i int) int {
	switch {
	case i < len(p.parts) && p.parts[i] != anything:
		return rankText
	case i < len(p.parts):
		return rankAny
	case p.below:
		return rankBelow
	}
	return rankEnd
}
