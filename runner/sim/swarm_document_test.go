package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"windtunnel/topologies"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// swarmling draws one experiment of the swarm: an application, a topology and a
// scenario as documents, so that the loader is part of the test.
type swarmling struct {
	*rand.Rand
	components []string
	operations []string            // "c0.a"
	idempotent map[string]bool     // operations
	calls      map[string][]string // operation → operations
	entries    []string            // operations that are asked from outside
	hosts      map[string]string   // component → node
	nodes      []string
	fronted    map[string]bool // has a proxy
	gateway    bool
	length     time.Duration
	costs      Costs
}

func newSwarmling(seed uint64) *swarmling {
	return &swarmling{Rand: rand.New(rand.NewPCG(seed, 0x5a5a)), calls: map[string][]string{}, idempotent: map[string]bool{},
		hosts: map[string]string{}, fronted: map[string]bool{}}
}

// documents are the three, in one file.
func (s *swarmling) documents() string {
	application, topology := s.application(), s.topology()
	return application + "---\n" + topology + "---\n" + s.scenario()
}

// some says yes with that probability.
func (s *swarmling) some(share float64) bool { return s.Float64() < share }

func pick[T any](s *swarmling, of ...T) T { return of[s.IntN(len(of))] }

func (s *swarmling) application() string {
	for i := range 1 + s.IntN(6) {
		name := fmt.Sprintf("c%d", i)
		s.components = append(s.components, name)
		for o := range 1 + s.IntN(2) {
			s.operations = append(s.operations, fmt.Sprintf("%s.%c", name, 'a'+o))
		}
	}
	var b strings.Builder
	b.WriteString("application: swarm\ncomponents:\n")
	for _, c := range s.components {
		fmt.Fprintf(&b, "  %s:\n    operations:\n", c)
		for i, op := range s.operations {
			component, name, _ := strings.Cut(op, ".")
			if component != c {
				continue
			}
			budget := 3
			steps := s.steps(op, s.operations[i+1:], 0, &budget)
			if s.some(0.5) {
				s.idempotent[op] = s.some(0.7)
				fmt.Fprintf(&b, "      %s: {idempotent: %v, steps: %s}\n", name, s.idempotent[op], steps)
			} else {
				fmt.Fprintf(&b, "      %s: %s\n", name, steps)
			}
		}
	}
	b.WriteString("entries:\n")
	for e := range 1 + s.IntN(3) {
		op := s.operations[s.IntN(len(s.operations))]
		s.entries = append(s.entries, op)
		fmt.Fprintf(&b, "  e%d: %s\n", e, s.entry(op))
	}
	if s.some(0.15) {
		fmt.Fprintf(&b, "schedules: {timer: {every: %dms, ask: %s, priority: %s}}\n", 50+s.IntN(900), pick(s, s.operations...), pick(s, "low", "high"))
	}
	return b.String()
}

// steps draws a list of steps of an operation, which may ask what comes later:
// so nothing waits for itself. The budget of calls keeps the tree of them small.
func (s *swarmling) steps(op string, later []string, depth int, budget *int) string {
	var list []string
	for range s.IntN(4) {
		list = append(list, s.step(op, later, depth, budget))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func (s *swarmling) step(op string, later []string, depth int, budget *int) string {
	kind := s.IntN(10)
	if depth > 2 {
		kind = s.IntN(3)
	}
	switch kind {
	case 0:
		return "{compute: " + s.dist(3) + "}"
	case 1:
		return "{wait: " + s.dist(60) + "}"
	case 2:
		return pick(s, "{respond: 1Ki}", "{allocate: 64Ki}", "{wait: 0s}", "{compute: 0s}")
	case 3, 4, 5:
		if len(later) == 0 || *budget == 0 {
			return "{wait: 2ms}"
		}
		*budget--
		called := later[s.IntN(len(later))]
		s.calls[op] = append(s.calls[op], called)
		return "{call: " + called + "}"
	case 6:
		var branches []string
		for range 1 + s.IntN(3) {
			branches = append(branches, s.steps(op, later, depth+1, budget))
		}
		return "{parallel: [" + strings.Join(branches, ", ") + "]}"
	case 7:
		var branches []string
		for range 1 + s.IntN(3) {
			branches = append(branches, fmt.Sprintf("{weight: %d, steps: %s}", 1+s.IntN(9), s.steps(op, later, depth+1, budget)))
		}
		return "{choose: [" + strings.Join(branches, ", ") + "]}"
	case 8:
		*budget = 0 // rounds multiply
		return fmt.Sprintf("{repeat: {times: %d, steps: %s}}", 1+s.IntN(5), s.steps(op, nil, depth+1, budget))
	default:
		return fmt.Sprintf("{fail: %g%%}", pick(s, 0, 1, 20, 100.0))
	}
}

// dist draws a distribution with a mean of about so many milliseconds, or less.
func (s *swarmling) dist(ms float64) string {
	v := ms * s.Float64()
	d := func(v float64) string { return fmt.Sprintf("%.3fms", v) }
	switch s.IntN(8) {
	case 0:
		return "{exponential: " + d(v) + "}"
	case 1:
		return fmt.Sprintf("{lognormal: {median: %s, p99: %s}}", d(v/2+0.01), d(3*v+0.02))
	case 2:
		return fmt.Sprintf("{uniform: [%s, %s]}", d(v/2), d(v))
	case 3:
		return fmt.Sprintf("{pareto: {minimum: %s, shape: %.1f}}", d(v/3+0.01), 1.2+s.Float64())
	case 4:
		return fmt.Sprintf("{mix: [{weight: 9, of: %s}, {weight: 1, of: %s}]}", d(v/2), d(5*v))
	case 5:
		return fmt.Sprintf("{empirical: [%s, %s, %s]}", d(v), d(v/2), d(0))
	default:
		return d(v)
	}
}

func (s *swarmling) topology() string {
	services := 1 + s.IntN(min(4, len(s.components)))
	hosted := make([][]string, services)
	for i, c := range s.components {
		at := i % services
		if i >= services {
			at = s.IntN(services)
		}
		hosted[at] = append(hosted[at], c)
		s.hosts[c] = fmt.Sprintf("n%d", at)
	}
	var b strings.Builder
	b.WriteString("topology: swarm\napplication: swarm\nnodes:\n")
	for i, components := range hosted {
		name := fmt.Sprintf("n%d", i)
		s.nodes = append(s.nodes, name)
		fmt.Fprintf(&b, "  %s: {hosts: [%s]%s}\n", name, strings.Join(components, ", "), s.hosting(name))
		if s.some(0.25) {
			s.proxies(&b, name)
		}
	}
	if s.gateway = s.some(0.5); s.gateway {
		s.nodes = append(s.nodes, "door")
		fmt.Fprintf(&b, "  door: {kind: gateway%s}\n", s.common())
	}
	s.edges(&b)
	return b.String()
}

// proxies puts one or two in front of a node.
func (s *swarmling) proxies(b *strings.Builder, to string) {
	for i := range 1 + s.IntN(2) {
		name := fmt.Sprintf("p%d-%s", i, s.nodes[len(s.nodes)-1-i])
		own := "kind: balancer, balance: " + s.balance()
		if s.some(0.5) {
			own = "kind: breaker, breaker: " + s.breaker()
		}
		fmt.Fprintf(b, "  %s: {%s, to: %s%s}\n", name, own, to, s.common())
		s.fronted[to] = true
		s.nodes = append(s.nodes, name)
		to = name
	}
}

// common draws what all nodes have.
func (s *swarmling) common() string {
	replicas := ""
	if s.some(0.5) {
		replicas = fmt.Sprintf(", replicas: %d", 1+s.IntN(4))
	}
	return replicas + s.limits()
}

// limits draws what bounds one instance.
func (s *swarmling) limits() string {
	var b strings.Builder
	if s.some(0.3) {
		fmt.Fprintf(&b, ", cpu: %.2f", 0.05+s.Float64())
	}
	if s.some(0.6) {
		fmt.Fprintf(&b, ", concurrency: %d", pick(s, 0, 1, 2, 8, 64))
	}
	if s.some(0.5) {
		fmt.Fprintf(&b, ", queue: %d", pick(s, 0, 1, 5, 100))
	}
	b.WriteString(s.intake())
	return b.String()
}

func (s *swarmling) balance() string {
	return pick(s, "round-robin", "random", "p2c", "least-request", "weighted", "peak-ewma", "consistent-hash", "maglev")
}

func (s *swarmling) breaker() string {
	over := fmt.Sprint(2 + s.IntN(30))
	if s.some(0.3) {
		over = fmt.Sprintf("%dms", 100+s.IntN(2000))
	}
	failures := fmt.Sprintf("%d%%", 1+s.IntN(100))
	if s.some(0.3) {
		failures = fmt.Sprint(1 + s.IntN(5))
	}
	return fmt.Sprintf("{failures: %s, over: %s, open: %dms, probes: %d, per: %s}", failures, over, 1+s.IntN(2000), 1+s.IntN(5), pick(s, "edge", "instance"))
}

// edges gives policies to edges that there are: to a node that another calls.
func (s *swarmling) edges(b *strings.Builder) {
	called, harmless := map[string]bool{}, map[string]bool{} // harmless: by something idempotent
	for from, all := range s.calls {
		for _, to := range all {
			if a, z := s.host(from), s.host(to); a != z {
				called[z], harmless[z] = true, harmless[z] || s.idempotent[to]
			}
		}
	}
	if s.gateway {
		for _, op := range s.entries {
			called[s.host(op)], harmless[s.host(op)] = true, harmless[s.host(op)] || s.idempotent[op]
		}
	}
	var edges []string
	for _, n := range s.nodes {
		if called[n] && s.some(0.7) {
			edges = append(edges, "  - {to: "+n+s.policies(harmless[n])+"}\n")
		}
	}
	if len(edges) > 0 {
		b.WriteString("edges:\n" + strings.Join(edges, ""))
	}
}

func (s *swarmling) host(operation string) string {
	component, _, _ := strings.Cut(operation, ".")
	return s.hosts[component]
}

// policies draws those of an edge. Retries that nothing idempotent would have are for
// all, and so are hedges.
func (s *swarmling) policies(harmless bool) string {
	var b strings.Builder
	timeout := 0
	if s.some(0.6) {
		timeout = 1 + s.IntN(300)
		fmt.Fprintf(&b, ", timeout: %dms", timeout)
	}
	if s.some(0.3) {
		fmt.Fprintf(&b, ", deadline: %dms", timeout+1+s.IntN(600))
	}
	if s.some(0.6) {
		fmt.Fprintf(&b, ", retry: {attempts: %d, always: %v", 1+s.IntN(6), s.some(0.5) || !harmless)
		if s.some(0.7) {
			fmt.Fprintf(&b, ", backoff: {base: %dms, jitter: %s}", s.IntN(50), pick(s, "full", "equal", "decorrelated", "none"))
		}
		if s.some(0.5) {
			fmt.Fprintf(&b, ", budget: %d%%", s.IntN(100))
		}
		b.WriteString("}")
	}
	if s.some(0.4) {
		b.WriteString(", breaker: " + s.breaker())
	}
	gradual := true
	if s.some(0.6) {
		balance := s.balance()
		gradual = !policy.GoesByKey(balance)
		b.WriteString(", balance: " + balance)
	}
	b.WriteString(s.morePolicies(harmless, gradual))
	return b.String()
}

func (s *swarmling) scenario() string {
	var b strings.Builder
	b.WriteString("scenario: swarm\ntopology: swarm\nphases:\n")
	for i := range 1 + s.IntN(3) {
		length := time.Duration(150+s.IntN(1200)) * time.Millisecond
		fmt.Fprintf(&b, "  - {name: ph%d, for: %v, load: %s}\n", i, length, s.load(length))
		s.length += length
	}
	if faults := s.IntN(5); faults > 0 {
		b.WriteString("faults:\n")
		for i := range faults {
			s.fault(&b, i)
		}
	}
	timeout := pick(s, 200*time.Millisecond, 2*time.Second, 30*time.Second)
	fmt.Fprintf(&b, "generator: {timeout: %v, max_in_flight: %d}\n", timeout, pick(s, 5, 50, 20000))
	s.costs = s.drawCosts()
	return b.String()
}

func (s *swarmling) load(length time.Duration) string {
	rate := func() int { return s.IntN(90) }
	switch s.IntN(7) {
	case 5:
		return fmt.Sprintf("{sine: {low: %d/s, high: %d/s, period: %v}}", s.IntN(40), 40+rate(), length/3)
	case 0:
		return fmt.Sprintf("{poisson: %d/s}", rate())
	case 1:
		return fmt.Sprintf("{ramp: {from: %d/s, to: %d/s, poisson: %v}}", rate(), rate(), s.some(0.5))
	case 2:
		return fmt.Sprintf("{steps: [%d/s, %d/s]}", rate(), rate())
	case 3:
		return fmt.Sprintf("{spike: {base: %d/s, peak: %d/s, at: %v, for: %v}}", rate(), 5*rate(), length/4, length/4)
	case 4:
		think := ""
		if s.some(0.9) {
			think = ", think: " + s.dist(200)
		}
		return fmt.Sprintf("{closed: {users: %d%s}}", 1+s.IntN(4), think)
	default:
		return fmt.Sprintf("{constant: %d/s}", rate())
	}
}

// fault draws one that may hit anything at any time, also while others hold.
func (s *swarmling) fault(b *strings.Builder, i int) {
	whole := s.some(0.5)
	target := "component: " + s.components[s.IntN(len(s.components))]
	if s.some(0.4) {
		node := s.nodes[s.IntN(len(s.nodes))]
		if function, is := strings.CutSuffix(node, topologies.FrontOf("")); is && whole && slices.Contains(s.nodes, function) {
			node = function // whose front stays
		}
		target = "node: " + node
	} else if !whole && s.some(0.5) {
		from := ""
		if s.some(0.5) {
			from = "from: " + s.nodes[s.IntN(len(s.nodes))] + ", "
		}
		target = fmt.Sprintf("edge: {%sto: %s}", from, pick(s, slices.Concat(s.nodes, s.components)...))
	}
	what := ""
	switch {
	case whole && s.some(0.5):
		what = "kill: {" + target + "}"
	case whole:
		what = "pause: {" + target + "}"
	case s.some(0.5):
		what = fmt.Sprintf("fail: {%s, share: %d%%}", target, 1+s.IntN(100))
	default:
		what = fmt.Sprintf("delay: {%s, by: %dms, share: %d%%", target, 1+s.IntN(400), 1+s.IntN(100))
		if strings.HasPrefix(target, "edge") {
			what += ", direction: " + pick(s, "request", "reply")
		}
		what += "}"
	}
	length := ""
	if s.some(0.7) {
		length = fmt.Sprintf("for: %dms, ", 1+s.IntN(1500))
	}
	fmt.Fprintf(b, "  - {name: f%d, at: %dms, %s%s}\n", i, s.IntN(int(s.length/time.Millisecond)), length, what)
}

func (s *swarmling) drawCosts() Costs {
	if s.some(0.4) {
		return Costs{}
	}
	short := func(of time.Duration) work.Dist {
		return pick(s, work.Dist{}, work.ConstantOf(of/2), work.Dist{Kind: work.Exponential, A: of / 3}, work.Dist{Kind: work.Uniform, A: 0, B: of})
	}
	c := Costs{Cores: pick(s, 0, 0.5, 1, 2, 4.0), EntryHop: short(time.Millisecond), Hop: short(time.Millisecond), Late: short(time.Millisecond),
		Wait: short(time.Millisecond), Wake: short(time.Millisecond), Start: short(100 * time.Millisecond), Woken: short(20 * time.Millisecond)}
	if s.some(0.5) {
		c.Compute, c.Idle, c.Aside = 0.5+s.Float64(), 0.1*s.Float64(), s.Float64()
		c.Generate = time.Duration(s.IntN(100)) * time.Microsecond
		c.Kinds = []KindCosts{{Kind: "service", Serve: time.Duration(s.IntN(300)) * time.Microsecond, Send: time.Duration(s.IntN(100)) * time.Microsecond}}
	}
	if s.some(0.3) {
		c.Period = time.Duration(1+s.IntN(200)) * time.Millisecond
	}
	return c
}
