package check

import "windtunnel/topologies/def"

// Window is the part of a run that a check looks at. The zero window is all of
// it without warm-up.
type Window struct {
	Kind string // "", or one of the kinds below
	Name string // of the phase or the fault
}

// The kinds of window.
const (
	InPhase = "phase"  // one phase, a warm-up too
	Before  = "before" // from the end of the warm-up to the fault's begin
	During  = "during" // from the fault's begin to its heal
	After   = "after"  // from the fault's heal to the end
)

// suffix is the window as a check ends with it, with the space before.
func (w Window) suffix() string {
	if w.Kind == "" {
		return ""
	}
	return " @" + w.Kind + "(" + w.Name + ")"
}

// isTimed says whether a kind of window is bounded by a fault.
func isTimed(kind string) bool { return kind == Before || kind == During || kind == After }

// window reads what follows the limit.
func (p *parser) window(c *Check) {
	if p.err != nil || p.at == len(p.text) {
		return
	}
	p.at++ // the @ that ended the limit
	p.skipSpace()
	start := p.at
	word := p.word(false)
	p.skipSpace()
	if word != "" && (p.at == len(p.text) || p.text[p.at] != '(') {
		c.Window = Window{Kind: InPhase, Name: word}
		if isTimed(word) {
			p.fail(start, "@%s needs a fault: @%s(NAME)", word, word)
		}
	} else {
		c.Window = Window{Kind: word, Name: p.inParentheses(word)}
		if word != InPhase && !isTimed(word) {
			p.fail(start, "no window %q: write @before(FAULT), @during(FAULT), @after(FAULT), @phase(PHASE) or @PHASE%s",
				word, def.Hint(word, []string{Before, During, After, InPhase}))
		}
	}
	p.skipSpace()
	if p.at < len(p.text) {
		p.fail(p.at, "%q is left over after the check", p.text[p.at:])
	}
}

func (p *parser) inParentheses(of string) string {
	if p.at == len(p.text) || p.text[p.at] != '(' {
		p.fail(p.at, "after @ comes a window: before(FAULT), during(FAULT), after(FAULT), or a phase")
		return ""
	}
	p.at++
	p.skipSpace()
	start := p.at
	name := p.word(false)
	p.skipSpace()
	switch {
	case name == "" && (p.at == len(p.text) || p.text[p.at] == ')'):
		p.fail(start, "@%s( ) names nothing: write the name of a fault or phase", of)
	case p.at == len(p.text):
		p.fail(p.at, "a ) is missing")
	case p.text[p.at] != ')':
		p.fail(p.at, "%q cannot be in a name", p.text[p.at:p.at+1])
	default:
		p.at++
	}
	return name
}
