package scenarios

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"windtunnel/scenarios/arrival"
	"windtunnel/scenarios/check"
	"windtunnel/scenarios/fault"
	"windtunnel/topologies/decode"
	"windtunnel/topologies/def"
)

// AllPhases is the name of all phases but warm-ups together. No phase can have it.
const AllPhases = "all"

// MaxPhases bounds the phases of a scenario, and MaxFaults its faults and checks.
const (
	MaxPhases = 1000
	MaxFaults = 1000
)

// LoadScenario decodes a scenario and checks all that it says by itself. What
// it says of entries, nodes and components is checked by Fit.
func LoadScenario(doc decode.Doc) (*Scenario, decode.Problems) {
	l := loader{Decoder: decode.New(&doc), s: &Scenario{Name: doc.Name, Generator: decode.Defaults[Generator]()}}
	l.Types = map[reflect.Type]func(*decode.Decoder, *yaml.Node, reflect.Value){
		reflect.TypeFor[arrival.Process](): decodeProcess,
	}
	l.s.Pos = l.Pos(doc.Get("scenario"))
	what := "scenario " + doc.Name
	known := []string{"scenario", "topology", "mix", "phases", "faults", "checks", "generator", "params"}
	pairs := l.Struct(doc.Root, decode.Shape{What: what, Known: known}, &struct{}{})
	l.Require(doc.Root, what, pairs, "phases", "a list of phases such as {name: steady, for: 30s, load: {poisson: 100/s}}")
	read := map[string]func(*yaml.Node){
		"topology": l.topology, "mix": l.mix, "phases": l.phases, "generator": l.generator,
		"faults": l.faults, "checks": l.checks,
	}
	for _, key := range []string{"topology", "mix", "phases", "generator", "faults", "checks"} { // faults name phases, checks both
		for _, p := range pairs {
			if p.Name == key {
				read[key](p.Value)
			}
		}
	}
	l.Problems.Sort()
	return l.s, l.Problems
}

type loader struct {
	*decode.Decoder
	s *Scenario
	// What could not be read keeps its name: to refer to it is no further problem.
	phaseNames, faultNames []string
}

func decodeProcess(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	if process, ok := decode.Choice(d, n, arrival.Processes); ok {
		into.Set(reflect.ValueOf(process))
	}
}

func (l *loader) topology(n *yaml.Node) {
	l.s.Topology, _ = l.Text(n, "the name of a topology")
}

func (l *loader) mix(n *yaml.Node) {
	total := 0.0
	before := len(l.Problems)
	for _, p := range l.Named(n, "entry") {
		share := MixShare{Entry: p.Name, Pos: l.Pos(p.Key)}
		if !l.Value(p.Value, p.Name, &share.Weight) {
			continue
		}
		if share.Weight < 0 {
			l.Addf(p.Value, "the weight of %s is negative: 0 or more, relative to the others", p.Name)
		}
		total += share.Weight
		l.s.Mix = append(l.s.Mix, share)
	}
	if len(l.Problems) == before && (total <= 0 || math.IsInf(total, 0)) {
		l.Addf(n, "the weights add up to %v: at least one should be above 0", total)
	}
}

func (l *loader) generator(n *yaml.Node) {
	l.Struct(n, decode.Shape{What: "`generator`"}, &l.s.Generator)
}

func (l *loader) phases(n *yaml.Node) {
	items := l.Items(n, "a list of phases such as {name: steady, for: 30s, load: {poisson: 100/s}}")
	switch {
	case n.Kind == yaml.SequenceNode && len(items) == 0:
		l.Addf(n, "there is no phase: a scenario needs at least one")
	case len(items) > MaxPhases:
		l.Addf(n, "there are %d phases: at most %d", len(items), MaxPhases)
		return
	}
	for _, item := range items {
		p := Phase{Pos: l.Pos(item)}
		before := len(l.Problems)
		pairs := l.Struct(item, decode.Shape{What: "a phase"}, &p)
		for _, q := range pairs {
			switch {
			case q.Name == "name" && p.Name != "":
				l.phaseNames = l.name(q.Value, p.Name, "phase", l.phaseNames)
			case q.Name == "load" && p.Load != nil && p.For > 0:
				l.lines(q.Value, p.Load.Validate(p.For))
			}
		}
		if len(l.Problems) == before || p.Name != "" {
			l.s.Phases = append(l.s.Phases, p)
		}
	}
}

// Vet checks that the fields agree.
func (p *Phase) Vet(add func(key, message string)) {
	if p.For <= 0 {
		add("for", "a phase lasts more than nothing: write for: 30s")
	}
}

// lines adds each line of an error as a problem of its own.
func (l *loader) lines(n *yaml.Node, err error) {
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) {
		l.Addf(n, "%s", strings.TrimSpace(line))
	}
}

// name checks a name that must be unique among its like, and adds it to them.
func (l *loader) name(n *yaml.Node, name, what string, taken []string) []string {
	switch {
	case decode.BadName(name) != "":
		l.Addf(n, "%s", decode.BadName(name))
	case what == "phase" && name == AllPhases:
		l.Addf(n, "no phase can be called %q: reports call all phases together so", AllPhases)
	case slices.Contains(taken, name):
		l.Addf(n, "there are two %ss called %q: each needs a name of its own", what, name)
	}
	return append(taken, name)
}

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
