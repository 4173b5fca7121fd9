package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// methodSection says how the run was made: what another needs to do it again.
func (a *Analysis) methodSection() Section {
	s := methodHead()
	facts := &Table{Columns: []Column{{}, {}}}
	for _, f := range a.methodFacts() {
		if f.value != "" {
			facts.Rows = append(facts.Rows, []Cell{muted(f.name), {Text: f.value, Code: f.code}})
		}
	}
	s.Blocks = append(s.Blocks, facts, List{Items: methodWords})
	if text := a.resolved(); text != "" {
		s.Blocks = append(s.Blocks, Source{Title: "The input with every default filled in (resolved.yaml)", Text: text})
	}
	return s
}

func methodHead() Section {
	return Section{Name: "method", Appendix: true, Title: "How this was measured, and how to do it again"}
}

// methodFact is one thing to know of how a run was made; no value: nothing is known.
type methodFact struct {
	name, value string
	code        bool // it is a piece of a language
	one         bool // it is of this run alone: of several the report says it elsewhere
}

func (a *Analysis) methodFacts() []methodFact {
	id := a.run.Identity
	return []methodFact{
		{name: "command", value: shellWords(id.Command), code: true},
		{name: "seed", value: fmt.Sprint(a.Seed)},
		{name: "engine", value: a.engineWords()},
		{name: "calibration", value: id.Calibration},
		{name: "machine", value: machineWords(a)},
		{name: "compute", value: a.computeWords()},
		{name: "load", value: a.loadWords()},
		{name: "warm-up", value: a.WarmUp.words()},
		{name: "application", value: a.Application},
		{name: "input", value: prefixed("SHA-256 ", a.Digest)},
		{name: "windtunnel", value: a.Version},
		{name: "run", value: a.Dir, one: true},
	}
}

// methodFact is the value of the fact of that name.
func (a *Analysis) methodFact(name string) string {
	facts := a.methodFacts()
	return facts[slices.IndexFunc(facts, func(f methodFact) bool { return f.name == name })].value
}

// methodWords are what holds for every run.
var methodWords = []string{
	"Load is open-loop: a request is due when the arrival process says so, whether or not earlier ones were answered. Latency counts from that instant.",
	"Quantiles are exact: each is a latency that a request had. Intervals are of this run alone; how far runs differ only repetitions can tell.",
	"Latency of successes and of failures is kept apart, and the warm-up is left out of all figures but the timeline.",
}

func (a *Analysis) engineWords() string {
	if a.Backend == "" {
		return a.Engine
	}
	return a.Engine + " on " + a.Backend
}

func machineWords(a *Analysis) string {
	e := a.Environment
	if e.OS == "" {
		return ""
	}
	words := describe(e)
	if e.CPU != "" {
		words += ", " + e.CPU
	}
	return words
}

func (a *Analysis) computeWords() string {
	if a.SpinPerMS <= 0 {
		return ""
	}
	return fmt.Sprintf("a millisecond of CPU is %s rounds on this machine", number(a.SpinPerMS))
}

func (a *Analysis) loadWords() string {
	var parts []string
	for _, p := range a.timeline.phases {
		parts = append(parts, fmt.Sprintf("%s: %s for %s", p.Name, p.Load, p.For.Duration().Round(time.Millisecond)))
	}
	return strings.Join(parts, "; ")
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// mostSource bounds how much of the input a report repeats.
const mostSource = 64 << 10

// resolved reads the run's input as it was run; "" where it is not there.
func (a *Analysis) resolved() string {
	text, err := a.run.Resolved()
	if err != nil {
		return ""
	}
	if len(text) > mostSource {
		return strings.ToValidUTF8(string(text[:mostSource]), "") + fmt.Sprintf("\n# … and %d bytes more in resolved.yaml\n", len(text)-mostSource)
	}
	return string(text)
}

// shellWords writes arguments as a shell reads them.
func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if arg == "" || strings.ContainsFunc(arg, mustBeQuoted) {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

func mustBeQuoted(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_./:,=@%+", r)
}
