package check

import (
	"fmt"
	"strings"
)

// longestText bounds a check: what is longer is not one.
const longestText = 1000

// SyntaxError says what is wrong with a check, and where in its text.
type SyntaxError struct {
	Offset  int // in bytes, from 0
	Message string
}

func (e *SyntaxError) Error() string { return e.Message }

// Parse reads a check:
//
//	check  = subject "." metric  op  limit  [ "@" window ]
//	op     = "<" | "<=" | ">" | ">=" | "==" | "!="
//	window = "before" "(" fault ")" | "during" "(" fault ")" | "after" "(" fault ")"
//	       | "phase" "(" phase ")" | phase
//
// The error is a *SyntaxError: an unknown metric, a limit in the wrong unit,
// anything left over. Whether the subject, the fault and the phase exist is
// for the scenario and the Source to say.
func Parse(text string) (Check, error) {
	if len(text) > longestText {
		return Check{}, &SyntaxError{longestText, fmt.Sprintf("a check has at most %d characters", longestText)}
	}
	p := &parser{text: text}
	c := Check{Text: text, Metric: p.metric(), Op: p.op()}
	p.limit(&c)
	p.window(&c)
	if p.err == nil {
		p.judge(c)
	}
	if p.err != nil {
		return Check{}, p.err
	}
	return c, nil
}

// parser walks over the text from left to right; after the first error it stands still.
type parser struct {
	text string
	at   int
	err  error
}

func (p *parser) fail(offset int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{offset, fmt.Sprintf(format, args...)}
	}
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
}

// word takes the characters of a name; dots join the parts of a path.
func (p *parser) word(dots bool) string {
	start := p.at
	for p.at < len(p.text) && (isName(p.text[p.at]) || dots && p.text[p.at] == '.') {
		p.at++
	}
	return p.text[start:p.at]
}

func (p *parser) metric() Metric {
	p.skipSpace()
	start := p.at
	path := p.word(true)
	subject, name, dotted := strings.Cut(path, ".")
	switch {
	case path == "":
		p.fail(start, "a check begins with a metric, as in checkout.latency.p99 < 250ms")
	case !dotted && known[path].Name != "":
		p.fail(start, "say of what: total.%s", path)
	case !dotted || name == "":
		p.fail(start, "%q names no metric: add one, as in %s.latency.p99", path, subject)
	case subject == "":
		p.fail(start, "a metric needs a subject before the dot, as in total%s", path)
	case known[name].Name == "":
		p.fail(start+len(subject)+1, "no metric %q%s", name, hint(subject, name))
	}
	return Metric{Subject: subject, Name: name, Unit: known[name].Unit}
}

func (p *parser) op() string {
	p.skipSpace()
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("<>=!", p.text[p.at]) >= 0 {
		p.at++
	}
	switch op := p.text[start:p.at]; op {
	case "<", "<=", ">", ">=", "==", "!=":
		return op
	case "=":
		p.fail(start, "= compares nothing: write == or <=")
	case "":
		p.fail(start, "after the metric comes one of < <= > >= == !=")
	default:
		p.fail(start, "%q is none of < <= > >= == !=", op)
	}
	return ""
}

// limit takes all that stands before the window and lets the metric's unit read it.
func (p *parser) limit(c *Check) {
	p.skipSpace()
	start := p.at
	for p.at < len(p.text) && p.text[p.at] != '@' {
		p.at++
	}
	text := strings.TrimRight(p.text[start:p.at], spaces)
	if p.err != nil {
		return
	}
	if text == "" {
		p.fail(start, "a limit is missing, such as %s", c.Metric.Unit.notation().like)
		return
	}
	limit, err := c.Metric.Unit.parse(text)
	if err != nil {
		p.fail(start, "%s: %s", c.Metric.Name, err)
	}
	c.Limit = limit
}

// judge refuses what is well formed and makes no sense.
func (p *parser) judge(c Check) {
	k := known[c.Metric.Name]
	switch {
	case (k.Of == OfGenerator) != (c.Metric.Subject == generator):
		p.fail(0, "%s is a metric of %s, not of %s", k.Name, k.Of, c.Metric.Subject)
	case k.After && c.Window.Kind != After:
		p.fail(len(p.text), "%s begins when a fault ends: say which with @after(FAULT)", k.Name)
	}
}

const (
	spaces    = " \t\r\n"
	generator = "generator"
)

func isSpace(b byte) bool { return strings.IndexByte(spaces, b) >= 0 }

func isName(b byte) bool {
	return b == '-' || b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
