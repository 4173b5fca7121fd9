package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// lottery draws applications, topologies and scenarios, by seed.
type lottery struct {
	*rand.Rand
	components [][]string // operations of each, by their full names
	nodes      [][]int    // the components of each service
	proxies    []string   // in front of services
	keyed      []string   // of those, the balancers that go by keys
	kills      bool       // there will be kills
	more       bool       // policies beside timeout, retry, breaker and the first four balancers
	targets    []string   // nodes and components that faults may name
	links      []string   // edges that they may name
	text       strings.Builder
}

// drawPlan returns the documents of one plan, with more policies or without.
func drawPlan(t *testing.T, seed uint64, more bool) string {
	l := &lottery{Rand: rand.New(rand.NewPCG(seed, 1)), more: more}
	l.kills = l.one(2)
	l.application()
	l.schedules(rand.New(rand.NewPCG(seed, 2))) // a stream of their own: the rest stays what it was without them
	l.topology()
	text := l.text.String()
	loaded, err := loadPlan(text + "---\nscenario: s\ntopology: t\nphases: [{name: p, for: 1s, load: {constant: 1/s}}]\n")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return text + l.edges(loaded[0].Graph) + l.scenario()
}

func (l *lottery) say(format string, args ...any) { fmt.Fprintf(&l.text, format, args...) }

// one is true once in n times.
func (l *lottery) one(n int) bool { return l.IntN(n) == 0 }

// pick returns one of the texts.
func (l *lottery) pick(texts ...string) string { return texts[l.IntN(len(texts))] }

func (l *lottery) application() {
	l.say("application: a\ncomponents:\n")
	for c := range 2 + l.IntN(4) {
		var ops []string
		for o := range 1 + l.IntN(2) {
			ops = append(ops, fmt.Sprintf("c%d.o%d", c, o))
		}
		l.components = append(l.components, ops)
	}
	for c, ops := range l.components {
		l.say("  c%d:\n    operations:\n", c)
		for _, op := range ops {
			calls := 2
			_, name, _ := strings.Cut(op, ".")
			l.say("      %s: {idempotent: %t, steps: %s}\n", name, l.one(2), l.steps(c, 2, &calls))
		}
	}
	l.say("entries:\n")
	for e := range 1 + l.IntN(3) {
		c := l.IntN(min(2, len(l.components)))
		l.say("  e%d: %s\n", e, l.components[c][l.IntN(len(l.components[c]))])
	}
}

// schedules are a timer in every third plan, at instants that nothing else has.
func (l *lottery) schedules(r *rand.Rand) {
	if r.IntN(3) > 0 {
		return
	}
	ops := l.components[r.IntN(len(l.components))]
	l.say("schedules: {tick: {every: %dus, first: %dus, ask: %s}}\n", 80_001+r.IntN(400_000), 1+r.IntN(100_000), ops[r.IntN(len(ops))])
}

// steps are some, after a wait that parts those who begin them at one instant.
func (l *lottery) steps(c, depth int, calls *int) string {
	steps := []string{l.wait()}
	for range l.IntN(4) {
		steps = append(steps, l.step(c, depth, calls))
	}
	return "[" + strings.Join(steps, ", ") + "]"
}

func (l *lottery) wait() string {
	return fmt.Sprintf("{wait: {%s}}", l.pick("exponential: 3ms", "uniform: [1ms, 4ms]", "lognormal: {median: 2ms, p99: 30ms}", "exponential: 500us"))
}

func (l *lottery) step(c, depth int, calls *int) string {
	switch kind := l.IntN(8); {
	case kind < 3 && c+1 < len(l.components) && *calls > 0:
		*calls--
		to := l.components[c+1+l.IntN(len(l.components)-c-1)]
		call := fmt.Sprintf("{call: %s}", to[l.IntN(len(to))])
		if l.more { // what follows may not race with who has had to wait for the call's end
			call += ", " + l.wait()
		}
		return call
	case kind == 3 && depth > 0 && !l.more: // the time of all branches is up at one instant
		return fmt.Sprintf("{parallel: [%s, %s]}", l.steps(c, depth-1, calls), l.steps(c, depth-1, calls))
	case kind == 4 && depth > 0:
		return fmt.Sprintf("{choose: [{weight: %d, steps: %s}, {steps: %s}]}", 1+l.IntN(3), l.steps(c, depth-1, calls), l.steps(c, depth-1, calls))
	case kind == 5 && depth > 0:
		none := 0
		return fmt.Sprintf("{repeat: {times: %d, steps: %s}}", 1+l.IntN(3), l.steps(c, depth-1, &none))
	case kind == 6:
		return fmt.Sprintf("{fail: %d%%}", 1+l.IntN(30))
	case kind == 7:
		return fmt.Sprintf("{respond: %d}", l.IntN(5000))
	}
	return l.wait()
}
