package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/scenarios/check"
	"windtunnel/topologies/def"
)

func (l *loader) checks(n *yaml.Node) {
	items := l.Items(n, "a list of checks such as total.errors.rate < 1%")
	if len(items) > MaxFaults {
		l.Addf(n, "there are %d checks: at most %d", len(items), MaxFaults)
		return
	}
	for _, item := range items {
		text, ok := l.Text(item, "a check such as total.errors.rate < 1%")
		if !ok {
			continue
		}
		c, err := check.Parse(text)
		if err != nil {
			l.syntax(item, err)
			continue
		}
		l.window(item, c)
		l.s.Checks = append(l.s.Checks, c)
		l.s.checkPlaces = append(l.s.checkPlaces, l.Pos(item))
	}
}

// syntax places what is wrong inside a check's text, where that stands in the file as it is.
func (l *loader) syntax(n *yaml.Node, err error) {
	pos := l.Pos(n)
	var syntax *check.SyntaxError
	if errors.As(err, &syntax) && pos.Line > 0 && l.Doc().AsWritten(n) {
		pos.Column += syntax.Offset
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			pos.Column++
		}
	}
	l.Problems.Addf(pos, "%v", err)
}

// window checks that a check's window is a phase or fault of the scenario.
func (l *loader) window(n *yaml.Node, c check.Check) {
	what, known := "fault", l.faultNames
	switch c.Window.Kind {
	case "":
		return
	case check.InPhase:
		what, known = "phase", l.phaseNames
	}
	if slices.Contains(known, c.Window.Name) {
		return
	}
	hint := def.Hint(c.Window.Name, known)
	if what == "phase" && slices.Contains(l.faultNames, c.Window.Name) {
		hint = fmt.Sprintf(": it is a fault, so write @during(%s)", c.Window.Name)
	}
	if hint == "" && len(known) > 0 && len(known) <= 16 {
		hint = ": there are " + strings.Join(known, ", ")
	}
	l.Addf(n, "the scenario has no %s %q%s", what, c.Window.Name, hint)
}
