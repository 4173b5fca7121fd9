package sim

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"windtunnel/scenarios"
	"windtunnel/topologies"
)

// lottery draws applications, topologies and scenarios, by seed.
type lottery struct {
	*rand.Rand
	components [][]string // operations of each, by their full names
	nodes      [][]int    // the components of each service
	proxies    []string   // in front of services
	kills      bool       // there will be kills
	services   []string   // nodes and components that faults may name
	text       strings.Builder
}

// drawPlan returns the documents of one plan.
func drawPlan(t *testing.T, seed uint64) string {
	l := &lottery{Rand: rand.New(rand.NewPCG(seed, 1))}
	l.kills = l.one(2)
	l.application()
	l.topology()
	application := l.text.String()
	scenario := l.scenario()
	loaded, err := loadPlan(application + scenario)
	if err != nil {
		t.Fatalf("%v\n%s", err, application+scenario)
	}
	return application + l.edges(loaded[0].Graph) + scenario
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
		return fmt.Sprintf("{call: %s}", to[l.IntN(len(to))])
	case kind == 3 && depth > 0:
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

func (l *lottery) topology() {
	l.say("---\ntopology: t\napplication: a\nnodes:\n")
	if l.one(2) {
		l.say("  door: {kind: gateway%s}\n", l.workers())
		l.services = append(l.services, "node: door")
	}
	for c := range l.components {
		l.services = append(l.services, fmt.Sprintf("component: c%d", c))
		if n := len(l.nodes); n > 0 && l.one(3) {
			at := l.IntN(n)
			l.nodes[at] = append(l.nodes[at], c)
		} else {
			l.nodes = append(l.nodes, []int{c})
		}
	}
	for n, hosted := range l.nodes {
		var names []string
		for _, c := range hosted {
			names = append(names, fmt.Sprintf("c%d", c))
		}
		l.say("  n%d: {kind: service, hosts: [%s], replicas: %d%s}\n", n, strings.Join(names, ", "), 1+l.IntN(3), l.workers())
		front := fmt.Sprintf("n%d", n)
		if l.one(4) {
			l.say("  g%d: {kind: breaker, to: %s, breaker: %s%s}\n", n, front, l.breaker(false), l.workers())
			front = fmt.Sprintf("g%d", n)
			l.proxies = append(l.proxies, front)
		}
		if l.one(5) {
			l.say("  b%d: {kind: balancer, to: %s, balance: %s, replicas: %d}\n", n, front, l.balancer(), 1+l.IntN(2))
			l.proxies = append(l.proxies, fmt.Sprintf("b%d", n))
		}
	}
	for _, p := range l.proxies {
		l.services = append(l.services, "node: "+p)
	}
}

func (l *lottery) workers() string {
	return l.pick("", "", fmt.Sprintf(", concurrency: %d, queue: %d", l.IntN(5), l.IntN(5)), ", concurrency: 2, queue: 50")
}

func (l *lottery) balancer() string { return l.pick("round-robin", "random", "p2c", "least-request") }

// breaker draws one. Windows of time count from the start of an instance when
// live and from the run's begin when simulated, so there is none with kills.
func (l *lottery) breaker(instances bool) string {
	over := l.pick("5", "10", "20")
	if !l.kills && l.one(3) {
		over = "200ms, minimum: 4"
	}
	b := fmt.Sprintf("{failures: %s, over: %s, open: %dms, probes: %d", l.pick("30%", "50%", "80%"), over, 20+l.IntN(200), 1+l.IntN(4))
	if l.one(4) {
		b = fmt.Sprintf("{failures: %d, open: %dms, probes: %d", 2+l.IntN(4), 20+l.IntN(200), 1+l.IntN(3))
	}
	if instances && l.one(2) {
		b += ", per: instance"
	}
	return b + "}"
}

// edges draws policies for the edges that there are.
func (l *lottery) edges(g *topologies.Graph) string {
	var lines []string
	for _, e := range g.Edges {
		proxied := slices.Contains(l.proxies, e.From)
		var parts []string
		add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
		timeout := 3 + l.IntN(60)
		if l.one(2) {
			add("timeout: %dms", timeout)
		}
		if l.one(4) {
			add("deadline: %dms", timeout+l.IntN(100))
		}
		if l.one(2) {
			add("retry: %s", l.retry())
		}
		if !proxied && l.one(3) {
			add("breaker: %s", l.breaker(true))
		}
		if !proxied {
			add("balance: %s", l.balancer())
		}
		if len(parts) > 0 {
			lines = append(lines, fmt.Sprintf("  - {from: %s, to: %s, %s}\n", e.From, e.To, strings.Join(parts, ", ")))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "edges:\n" + strings.Join(lines, "")
}

func (l *lottery) retry() string {
	r := fmt.Sprintf("{attempts: %d, always: %t", 2+l.IntN(3), l.one(2))
	if l.one(2) {
		r += fmt.Sprintf(", backoff: {base: %dms, jitter: %s}", 1+l.IntN(5), l.pick("full", "equal", "decorrelated", "none"))
	}
	if l.one(2) {
		ttl := "20s"
		if !l.kills {
			ttl = l.pick("300ms", "1s", "20s")
		}
		r += fmt.Sprintf(", budget: {share: %d%%, minimum: %d/s, ttl: %s}", l.IntN(40), l.IntN(4), ttl)
	}
	return r + "}"
}

func (l *lottery) scenario() string {
	l.text.Reset()
	l.say("---\nscenario: s\ntopology: t\n")
	l.say("generator: {timeout: %dms, max_in_flight: %s}\n", 30+l.IntN(300), l.pick("20000", "20000", "8"))
	l.say("phases:\n")
	for p := range 1 + l.IntN(2) {
		load := l.pick("poisson: 100/s", "poisson: 300/s", "constant: 200/s", "ramp: {from: 20/s, to: 300/s}",
			"closed: {users: 5, think: {exponential: 10ms}}", "closed: {users: 3, think: {exponential: 1ms}}")
		l.say("  - {name: p%d, for: %dms, load: {%s}}\n", p, 200+l.IntN(300), load)
	}
	if faults := l.IntN(4); faults > 0 || l.kills {
		l.say("faults:\n")
		for f := range max(1, faults) {
			l.say("  - {name: f%d, at: %dms%s}\n", f, 50+l.IntN(150), l.fault(f))
		}
	}
	return l.text.String()
}

func (l *lottery) fault(number int) string {
	on, length := l.services[l.IntN(len(l.services))], fmt.Sprintf(", for: %dms", 20+l.IntN(150))
	if l.kills && number == 0 {
		return l.pick("", length) + fmt.Sprintf(", kill: {%s}", on)
	}
	switch l.IntN(4) {
	case 0:
		return length + fmt.Sprintf(", pause: {%s}", on)
	case 1:
		return length + fmt.Sprintf(", fail: {%s, share: %d%%}", on, 10+l.IntN(90))
	default:
		return l.pick("", length) + fmt.Sprintf(", delay: {%s, by: {%s}, share: %d%%}", on, l.pick("exponential: 8ms", "uniform: [1ms, 30ms]"), 10+l.IntN(90))
	}
}

// TestHostsOfDrawnPlans draws plans, by seed. `-run TestHostsOfDrawnPlans/^17$` replays one.
func TestHostsOfDrawnPlans(t *testing.T) {
	agreeOnDrawn(t, 0, 160)
}

// TestSoakHostsOfDrawnPlans is the same, for hours if need be.
func TestSoakHostsOfDrawnPlans(t *testing.T) {
	if os.Getenv("WINDTUNNEL_SOAK") == "" {
		t.Skip("set WINDTUNNEL_SOAK=1: it takes ten minutes")
	}
	agreeOnDrawn(t, 160, 20_000)
}

func agreeOnDrawn(t *testing.T, from, to uint64) {
	costs := []Costs{hops, hops, even, {}}
	total := 0
	for seed := from; seed < to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			text := drawPlan(t, seed)
			loaded, err := loadPlan(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			conducted := seed%4 != 1 || strings.Contains(text, "pause") // all that thaws does so at one instant
			total += len(agree(t, loaded[0], costs[seed%4], seed, conducted).requests)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
	t.Logf("%d requests", total)
}

// loadPlan is load for a text that is not known to be right.
func loadPlan(text string) ([]scenarios.Loaded, error) {
	loaded, problems := scenarios.Load(scenarios.Query{Scenarios: []string{"x.yaml"}, ReadFile: func(name string) ([]byte, error) {
		if name != "x.yaml" {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}})
	return loaded, problems.Err()
}
