package sim

import (
	"fmt"
	"slices"
	"strings"

	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

func (l *lottery) topology() {
	l.say("---\ntopology: t\napplication: a\nnodes:\n")
	if l.one(2) {
		l.say("  door: {kind: gateway%s}\n", l.workers())
		l.targets = append(l.targets, "node: door")
	}
	for c := range l.components {
		l.targets = append(l.targets, fmt.Sprintf("component: c%d", c))
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
			balance := l.balancer()
			l.say("  b%d: {kind: balancer, to: %s, balance: %s, replicas: %d}\n", n, front, balance, 1+l.IntN(2))
			l.proxies = append(l.proxies, fmt.Sprintf("b%d", n))
			if policy.GoesByKey(balance) {
				l.keyed = append(l.keyed, fmt.Sprintf("b%d", n))
			}
		}
	}
	for _, p := range l.proxies {
		l.targets = append(l.targets, "node: "+p)
	}
}

func (l *lottery) workers() string {
	return l.pick("", "", fmt.Sprintf(", concurrency: %d, queue: %d", l.IntN(5), l.IntN(5)), ", concurrency: 2, queue: 50") + l.intake()
}

func (l *lottery) balancer() string {
	if l.more && l.one(2) {
		return l.pick("weighted", "peak-ewma", "consistent-hash")
	}
	return l.pick("round-robin", "random", "p2c", "least-request")
}

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
	if l.more && l.one(2) {
		b += fmt.Sprintf(", slow: {over: %dms, share: %d%%}", 3+l.IntN(20), 20+l.IntN(80))
	}
	return b + "}"
}

// edges draws policies for the edges that there are.
func (l *lottery) edges(g *topologies.Graph) string {
	var lines []string
	for _, e := range g.Edges {
		l.links = append(l.links, fmt.Sprintf("edge: {from: %s, to: %s}", e.From, e.To))
		for _, op := range e.Operations {
			l.links = append(l.links, fmt.Sprintf("edge: {from: %s, to: %s}", e.From, work.Component(op)))
		}
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
		harmless := l.harmless(g, e)
		if l.one(2) {
			add("retry: %s", l.retry(harmless))
		}
		if !proxied && l.one(3) {
			add("breaker: %s", l.breaker(true))
		}
		keyed := slices.Contains(l.keyed, e.From)
		if !proxied {
			balance := l.balancer()
			add("balance: %s", balance)
			keyed = policy.GoesByKey(balance)
		}
		if l.more {
			l.bounds(add, harmless, keyed)
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

// harmless says whether anything that is asked along an edge is idempotent.
func (l *lottery) harmless(g *topologies.Graph, e topologies.Edge) bool {
	asked := e.Operations
	if slices.Contains(l.proxies, e.From) {
		var number int
		_, _ = fmt.Sscan(e.From[1:], &number)
		for _, c := range l.nodes[number] {
			component, _ := g.Application.Component(fmt.Sprintf("c%d", c))
			for _, op := range component.Operations {
				asked = append(asked, op.Name)
			}
		}
	}
	return slices.ContainsFunc(asked, func(name string) bool {
		op, _ := g.Application.Operation(name)
		return op.Idempotent
	})
}

// retry draws one. Where nothing is idempotent it is for all, as it would be for nothing.
func (l *lottery) retry(harmless bool) string {
	r := fmt.Sprintf("{attempts: %d, always: %t", 2+l.IntN(3), l.one(2) || !harmless)
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
	if l.more && l.one(3) {
		r += fmt.Sprintf(", throttle: {tokens: %d, ratio: 0.4}", 2+l.IntN(10))
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
	on, length := l.pick(l.targets...), fmt.Sprintf(", for: %dms", 20+l.IntN(150))
	if l.kills && number == 0 {
		return l.pick("", length) + fmt.Sprintf(", kill: {%s}", on)
	}
	if !l.more && l.one(4) {
		return length + fmt.Sprintf(", pause: {%s}", on)
	}
	direction := ""
	if len(l.links) > 0 && l.one(3) {
		on, direction = l.pick(l.links...), l.pick("", ", direction: reply")
	}
	switch l.IntN(3) {
	case 0:
		return length + fmt.Sprintf(", fail: {%s, share: %d%%}", on, 10+l.IntN(90))
	default:
		return l.pick("", length) + fmt.Sprintf(", delay: {%s, by: {%s}, share: %d%%%s}", on, l.pick("exponential: 8ms", "uniform: [1ms, 30ms]"), 10+l.IntN(90), direction)
	}
}
