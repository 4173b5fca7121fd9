package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"windtunnel/scenarios/fault"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

func (l *loader) faults(n *yaml.Node) {
	items := l.Items(n, "a list of faults such as {name: down, at: steady+10s, for: 5s, kill: {component: payments}}")
	if len(items) > MaxFaults {
		l.Addf(n, "there are %d faults: at most %d", len(items), MaxFaults)
		return
	}
	for _, item := range items {
		l.fault(item)
	}
}

func (l *loader) fault(n *yaml.Node) {
	f := FaultPlan{Pos: l.Pos(n)}
	before := len(l.Problems)
	pairs := l.Pairs(n, "a fault such as {name: down, at: steady+10s, for: 5s, kill: {component: payments}}")
	if n.Kind != yaml.MappingNode {
		return
	}
	l.Require(n, "a fault", pairs,
		"name", "a word of its own, which checks refer to",
		"at", "when it begins, such as steady+10s (a phase and a time) or 15s (since the run's begin)")
	for _, p := range pairs {
		switch p.Name {
		case "name":
			var ok bool
			if f.Name, ok = l.Text(p.Value, "a name"); ok {
				l.faultNames = l.name(p.Value, f.Name, "fault", l.faultNames)
			}
		case "at":
			f.At = l.at(p.Value)
		case "for":
			if l.Value(p.Value, "for", &f.For) && f.For == 0 {
				l.Addf(p.Value, "a fault lasts more than nothing: leave `for` out where it has no end")
			}
		}
	}
	f.Fault, _ = decode.ChoiceAmong(l.Decoder, n, pairs, fault.Faults, "name", "at", "for")
	if len(l.Problems) == before {
		l.s.Faults = append(l.s.Faults, f)
		l.targets(f.Name, n)
	}
}

// targets notes where each word of a fault stands, for what Fit has to say of them.
func (l *loader) targets(fault string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		l.s.targets = append(l.s.targets, targetPlace{fault, n.Value, l.Pos(n)})
	}
	for i, child := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 && n.Content[i-1].Value != "name" {
			l.targets(fault, child)
		}
	}
}

// at reads when a fault begins: `15s`, `steady`, `steady+10s`, `steady-2s`.
func (l *loader) at(n *yaml.Node) time.Duration {
	text, ok := l.Text(n, "a time such as steady+10s or 15s")
	if !ok {
		return 0
	}
	at, err := l.instant(text)
	switch length := l.s.Length(); {
	case err != nil:
		l.Addf(n, "at: %v", err)
	case at < 0:
		l.Addf(n, "at: %s is %v before the run begins", text, -at)
	case at >= length && length > 0 && len(l.phaseNames) == len(l.s.Phases):
		l.Addf(n, "at: %s is %v after the run's begin, but its phases are over after %v", text, at, length)
	default:
		return at
	}
	return 0
}

// instant resolves a phase and an offset. Phases may have hyphens and digits in
// their names, so the longest name that is one counts.
func (l *loader) instant(text string) (time.Duration, error) {
	if d, err := decode.ParseDuration(text); err == nil {
		return d, nil
	}
	name, offset := text, time.Duration(0)
	if !slices.Contains(l.phaseNames, text) {
		if cut := strings.LastIndexAny(text, "+-"); cut > 0 {
			d, err := decode.ParseDuration(strings.TrimSpace(text[cut+1:]))
			if err == nil || text[cut] == '+' {
				name = strings.TrimSpace(text[:cut])
			}
			if err != nil && text[cut] == '+' {
				return 0, err
			}
			if offset = d; text[cut] == '-' {
				offset = -d
			}
		}
	}
	for i, p := range l.s.Phases {
		if p.Name == name {
			return l.s.Begin(i) + offset, nil
		}
	}
	if slices.Contains(l.phaseNames, name) {
		return 0, nil // a phase that could not be read: told already
	}
	if _, err := decode.ParseDuration(name); err != nil && strings.Contains(err.Error(), "no unit") {
		return 0, err
	}
	hint := def.Hint(name, l.phaseNames)
	if hint == "" && len(l.phaseNames) > 0 && len(l.phaseNames) <= 16 {
		hint = ": the phases are " + strings.Join(l.phaseNames, ", ")
	}
	return 0, fmt.Errorf("%q is neither a time such as 15s nor a phase%s", name, hint)
}
