package topologies

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/decode"
)

const shop = `application: shop
components:
  checkout: {operations: {place: [{parallel: [{call: pricing.quote}, {call: payments.charge}]}]}}
  pricing: {operations: {quote: []}}
  payments: {operations: {charge: {idempotent: true, steps: [{call: bank.pay}]}, refund: []}}
  bank: {operations: {pay: []}}
entries: {checkout: checkout.place, refund: payments.refund}
`

// resolve loads the shop, or no application, and a topology with the given nodes and edges.
func resolve(t *testing.T, text string) (*Graph, decode.Problems) {
	t.Helper()
	whole := "topology: t\napplication: shop\n" + text + "---\n" + shop
	if strings.HasPrefix(text, "topology:") {
		whole = text
	}
	docs, problems := decode.Read("t.yaml", []byte(whole))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	top, problems := LoadTopology(docs[0])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var app *Application
	if len(docs) > 1 {
		if app, problems = LoadApplication(docs[1]); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	return Resolve(app, top)
}

// describe writes a graph in lines: edges with their policies, entries, hosts.
func describe(g *Graph) string {
	var lines []string
	for _, e := range g.Edges {
		p := e.Policy
		line := fmt.Sprintf("%s > %s %v %s", e.From, e.To, e.Operations, p.Balance)
		if p.Timeout > 0 {
			line += " timeout " + p.Timeout.String()
		}
		if p.Breaker != nil {
			line += fmt.Sprintf(" breaker %d", p.Breaker.Failures.Count)
		}
		lines = append(lines, line)
	}
	for _, e := range g.Entries {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s at %s: %s %s %s", e.Name, e.Node, e.Request.Method, e.Request.Path, e.Operation)))
	}
	return strings.Join(lines, "\n")
}

func TestResolve(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"monolith", `
nodes:
  shop: {kind: service, hosts: [checkout, pricing, payments, bank]}
`, `
checkout at shop: POST /op/checkout.place checkout.place
refund at shop: POST /op/payments.refund payments.refund`},

		{"services behind a gateway", `
nodes:
  door: {kind: gateway}
  checkout: {kind: service, hosts: [checkout, pricing]}
  payments: {kind: service, hosts: [payments, bank]}
edges:
  - {to: payments, timeout: 1s, balance: p2c}
  - {from: door, to: payments, timeout: 2s}
`, `
checkout > payments [payments.charge] p2c timeout 1s
door > checkout [checkout.place] round-robin
door > payments [payments.refund] round-robin timeout 2s
checkout at door: POST /checkout checkout.place
refund at door: POST /refund payments.refund`},

		{"proxies in a row", `
nodes:
  door: {kind: gateway, entries: [checkout, refund]}
  checkout: {kind: service, hosts: [checkout, pricing]}
  payments: {kind: service, hosts: [payments, bank]}
  spread: {kind: balancer, to: payments, balance: least-request}
  guard: {kind: breaker, to: spread, breaker: {failures: 5}}
edges:
  - {to: payments, timeout: 1s}
  - {from: spread, to: payments, timeout: 3s}
`, `
checkout > guard [payments.charge] round-robin timeout 1s
door > checkout [checkout.place] round-robin
door > guard [payments.refund] round-robin timeout 1s
guard > spread [] round-robin breaker 5
spread > payments [] least-request timeout 3s
checkout at door: POST /checkout checkout.place
refund at door: POST /refund payments.refund`},

		{"proxies in front of what the outside asks", `
nodes:
  shop: {kind: service, hosts: [checkout, pricing, bank]}
  payments: {kind: service, hosts: [payments]}
  front: {kind: balancer, to: shop}
`, `
front > shop [] round-robin
payments > front [bank.pay] round-robin
shop > payments [payments.charge] round-robin
checkout at front: POST /op/checkout.place checkout.place
refund at payments: POST /op/payments.refund payments.refund`},

		{"a balancer in front of gateways", `
nodes:
  door: {kind: gateway, replicas: 2}
  front: {kind: balancer, to: door}
  shop: {kind: service, hosts: [checkout, pricing, payments, bank]}
`, `
door > shop [checkout.place payments.refund] round-robin
front > door [] round-robin
checkout at front: POST /checkout checkout.place
refund at front: POST /refund payments.refund`},

		{"the user's own payments", `
nodes:
  checkout: {kind: service, hosts: [checkout, pricing]}
  payments:
    kind: container
    command: [./pay]
    hosts: [payments, bank]
    entries: {refund: {method: PUT, path: /refunds, headers: {A: b}}}
    requests: {payments.charge: POST /charges}
`, `
checkout > payments [payments.charge] round-robin
checkout at checkout: POST /op/checkout.place checkout.place
refund at payments: PUT /refunds payments.refund`},

		{"the user's own payments behind a gateway", `
nodes:
  door: {kind: gateway}
  shop: {kind: service, hosts: [checkout, pricing, bank]}
  payments: {kind: external, url: "http://127.0.0.1:1", hosts: [payments], requests: {payments.refund: DELETE /x}}
`, `
door > payments [payments.refund] round-robin
door > shop [checkout.place] round-robin
shop > payments [payments.charge] round-robin
checkout at door: POST /checkout checkout.place
refund at door: POST /refund payments.refund`},

		{"a system of one's own", `topology: mine
sut: {kind: external, url: "http://127.0.0.1:1", entries: {home: GET /, about: /about}}
`, `
home at sut: GET /
about at sut: GET /about`},

		{"two systems of one's own, one behind a breaker", `topology: mine
nodes:
  b: {kind: external, url: "http://127.0.0.1:1", entries: {one: GET /1}}
  a: {kind: container, command: [./a], entries: {two: GET /2}}
  guard: {kind: breaker, to: b}
`, `
guard > b [] round-robin breaker 0
one at guard: GET /1
two at a: GET /2`},
	} {
		g, problems := resolve(t, strings.TrimPrefix(c.text, "\n"))
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.name, problems)
			continue
		}
		if got := "\n" + describe(g); got != c.want {
			t.Errorf("%s: got%s\nwant%s", c.name, got, c.want)
		}
	}
}

func TestGraphLooksUp(t *testing.T) {
	g, problems := resolve(t, "nodes:\n  a: {kind: service, hosts: [checkout]}\n  b: {kind: service, hosts: [pricing, payments, bank]}\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if _, ok := g.Edge("a", "b"); !ok {
		t.Error("no edge a > b")
	}
	if _, ok := g.Edge("b", "a"); ok {
		t.Error("an edge b > a")
	}
	if g.HostOf["bank"] != "b" || g.Topology.Node("a").Replicas != 1 || g.Topology.Node("c") != nil {
		t.Errorf("%+v", g)
	}
	if spec := g.Topology.Node("a").Spec.(*Service); spec.Concurrency != 64 || spec.Queue != 1000 {
		t.Errorf("defaults of a node: %+v", spec)
	}
}

func TestEdgeDefaults(t *testing.T) {
	g, problems := resolve(t, `nodes:
  a: {kind: service, hosts: [checkout]}
  b: {kind: service, hosts: [pricing, payments, bank]}
edges:
  - {to: b, retry: {budget: 10%}, breaker: {}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := g.Edges[0].Policy
	if p.Retry.Attempts != 3 || p.Retry.Backoff.Jitter != "full" || p.Retry.Budget.Share != 0.1 || p.Retry.Budget.TTL != 10*time.Second {
		t.Errorf("retry %+v", p.Retry)
	}
	if p.Breaker.Failures.Share != 0.5 || p.Breaker.Over.Count != 100 || p.Breaker.Open != time.Minute || p.Breaker.Per != "edge" {
		t.Errorf("breaker %+v", p.Breaker)
	}
}

// TestResolveOfProblems: what could not be read is not reported missing.
func TestResolveOfProblems(t *testing.T) {
	docs, problems := decode.Read("t.yaml", []byte("topology: t\napplication: shop\nnodes:\n  a: {kind: servce, hosts: [checkout]}\n  b: {kind: breaker, to: a}\nedges:\n  - {from: a, to: b, timeout: 1s}\n---\n"+shop))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	top, problems := LoadTopology(docs[0])
	app, _ := LoadApplication(docs[1])
	if len(problems) != 1 {
		t.Error(problems)
	}
	if _, more := Resolve(app, top); len(more) > 0 {
		t.Errorf("more: %v", more)
	}
}
