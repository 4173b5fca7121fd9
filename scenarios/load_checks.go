package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/scenarios/check"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

func (l *loader) checks(n *yaml.Node) {
	items := l.Items(n, "a list of checks such as total.errors.rate < 1%")
	if len(items) > MaxFaults {
		l.Addf(n, "there are %d checks: at most %d", len(items), MaxFaults)
		return
	}
	for _, item := range items {
		item, on := l.bound(item)
		text, ok := "", false
		if item != nil {
			text, ok = l.Text(item, "a check such as total.errors.rate < 1%")
		}
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
		l.s.checkOn = append(l.s.checkOn, on)
	}
}

// CheckOn is a check that is a promise of some topologies alone. An experiment
// says with it what its pattern gives, and what harm is done without.
type CheckOn struct {
	That string     `yaml:"that" required:"true" doc:"the check: total.errors.rate < 1% @during(slow)"`
	On   Topologies `yaml:"on" required:"true" doc:"the topologies that it is judged on, of those that the scenario names"`
}

// bound takes a check apart that says where it applies: its text, nil where
// there is none, and the topologies. A plain check is its text.
func (l *loader) bound(n *yaml.Node) (*yaml.Node, []string) {
	if n.Kind != yaml.MappingNode {
		return n, nil
	}
	var text *yaml.Node
	var on []string
	for _, p := range l.Struct(n, decode.Shape{What: "a check"}, &CheckOn{}) {
		switch p.Name {
		case "that":
			text = p.Value
		case "on":
			on = l.boundTo(p.Value)
		}
	}
	return text, on
}

// boundTo reads the topologies of a check. Where another topology is asked for
// with -t it has none of them, and so a name is held against what the scenario lists.
func (l *loader) boundTo(n *yaml.Node) []string {
	var names []string
	for _, item := range topologyNodes(n) {
		if !slices.Contains(l.s.Topologies, item.Value) {
			l.Addf(item, "the scenario names no topology %q%s", item.Value, orListed(item.Value, l.s.Topologies))
		}
		names = append(names, item.Value)
	}
	return names
}

func orListed(name string, listed []string) string {
	if hint := def.Hint(name, listed); hint != "" {
		return hint
	}
	if len(listed) == 0 {
		return ": list those that it runs on as `topology: [a, b]`"
	}
	return ": it runs on " + strings.Join(listed, ", ")
}

// on returns the scenario with the checks that apply to a topology.
func (s *Scenario) on(topology string) *Scenario {
	here := *s
	here.Checks, here.checkPlaces, here.checkOn = nil, nil, nil
	for i, c := range s.Checks {
		if s.applies(i, topology) {
			here.Checks = append(here.Checks, c)
			here.checkPlaces = append(here.checkPlaces, s.checkPlaces[i])
			here.checkOn = append(here.checkOn, nil)
		}
	}
	return &here
}

// applies says whether check i is a promise of a topology.
func (s *Scenario) applies(i int, topology string) bool {
	on := s.checkOn[i]
	return len(on) == 0 || slices.Contains(on, topology)
}

// keepChecks leaves in the scenario's document the checks that apply to a topology, as plain ones.
func (s *Scenario) keepChecks(doc *decode.Doc, topology string) {
	list := doc.Get("checks")
	if list == nil || len(list.Content) != len(s.Checks) {
		return // told by LoadScenario
	}
	var kept []*yaml.Node
	for i, item := range list.Content {
		if item.Kind == yaml.MappingNode {
			item = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s.Checks[i].Text}
		}
		if s.applies(i, topology) {
			kept = append(kept, item)
		}
	}
	list.Content = kept
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
