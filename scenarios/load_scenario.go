package scenarios

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"windtunnel/fixtures/traces"
	"windtunnel/scenarios/arrival"
	"windtunnel/topologies/decode"
)

// AllPhases is the name of all phases but warm-ups together. No phase can have it.
const AllPhases = "all"

// MaxPhases bounds the phases of a scenario, and MaxFaults its faults and checks.
const (
	MaxPhases = 1000
	MaxFaults = 1000
)

// scenarioKeys are the keys of a scenario's document.
var scenarioKeys = []string{"scenario", "topology", "mix", "phases", "faults", "checks", "generator", "traces", "params"}

// sampleTraces is the noun of the traces that are shipped, for the tag `registry:`.
const sampleTraces = "sample trace"

// LoadScenario decodes a scenario and checks all that it says by itself. What
// it says of entries, nodes and components is checked by Fit.
func LoadScenario(doc decode.Doc) (*Scenario, decode.Problems) {
	l := loader{Decoder: decode.New(&doc), s: &Scenario{Name: doc.Name, Generator: decode.Defaults[Generator](), Traces: decode.Defaults[Traces]()}}
	l.Names = map[string]func() []string{sampleTraces: traces.Names}
	l.Types = map[reflect.Type]func(*decode.Decoder, *yaml.Node, reflect.Value){
		reflect.TypeFor[arrival.Process](): decodeProcess,
		reflect.TypeFor[Topologies]():      decodeTopologies,
	}
	l.s.Pos = l.Pos(doc.Get("scenario"))
	what := "scenario " + doc.Name
	pairs := l.Struct(doc.Root, decode.Shape{What: what, Known: scenarioKeys}, &struct{}{})
	l.Require(doc.Root, what, pairs, "phases", "a list of phases such as {name: steady, for: 30s, load: {poisson: 100/s}}")
	read := map[string]func(*yaml.Node){
		"topology": l.topology, "mix": l.mix, "phases": l.phases, "generator": l.generator,
		"traces": l.traces, "faults": l.faults, "checks": l.checks,
	}
	for _, key := range []string{"topology", "mix", "phases", "generator", "traces", "faults", "checks"} { // faults name phases, checks both
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
	decodeTopologies(l.Decoder, n, reflect.ValueOf(&l.s.Topologies).Elem())
}

// Topologies are the names of topologies: one word, or a list of them.
type Topologies []string

// Words says how they are written.
func (Topologies) Words() string { return "the name of a topology, or a list of names" }

func decodeTopologies(d *decode.Decoder, n *yaml.Node, into reflect.Value) {
	names := Topologies{}
	for _, item := range topologyNodes(n) {
		name, ok := d.Text(item, names.Words())
		switch {
		case !ok:
		case slices.Contains(names, name):
			d.Addf(item, "%s is there twice", name)
		default:
			names = append(names, name)
		}
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.Addf(n, "the list is empty: want %s", names.Words())
	}
	into.Set(reflect.ValueOf(names))
}

// topologyNodes returns the node of each name.
func topologyNodes(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
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

func (l *loader) traces(n *yaml.Node) {
	l.Struct(n, decode.Shape{What: "`traces`"}, &l.s.Traces)
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
				p.loadPlace = l.Pos(q.Value)
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
