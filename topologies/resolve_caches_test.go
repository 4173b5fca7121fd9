package topologies

import (
	"strings"
	"testing"
)

// TestWhatADoorIsAskedFor: a proxy in front of a gateway repeats and keeps what
// the routes lead to and what the requests are, whatever the entries stand for.
func TestWhatADoorIsAskedFor(t *testing.T) {
	const (
		page    = `{path: /page, aggregate: [{call: cat.list}, {call: ads.get}], as: page.view}`
		harmful = "is idempotent, so nothing would be"
	)
	for name, c := range map[string]struct{ front, edge, routes, entries, want string }{
		"retries of an aggregate of idempotent operations": {"kind: balancer", "retry: {attempts: 3}", page, "one: {operation: page.view, path: /page}", ""},
		"hedges of it":              {"kind: balancer", "hedge: 50ms", page, "one: {operation: page.view, path: /page}", ""},
		"it is cached":              {"kind: cache, ttl: 1s", "", page, "one: {operation: page.view, path: /page}", ""},
		"one part is not":           {"kind: balancer", "retry: {attempts: 3}", strings.Replace(page, "ads.get", "ads.count", 1), "one: {operation: page.view, path: /page}", harmful + " retried"},
		"the route leads elsewhere": {"kind: balancer", "retry: {attempts: 3}", page + ", {path: /list, to: ads.count}", "one: {operation: cat.list, path: /list}", harmful + " retried"},
		"no route":                  {"kind: balancer", "retry: {attempts: 3}", page, "one: {operation: cat.list, path: /list, expect: [404]}", harmful + " retried"},

		"what reads is not idempotent, and what is does not read": {"kind: cache, ttl: 1s", "",
			page + ", {path: /a, to: ads.count}, {path: /b, methods: [POST], to: cat.list}",
			"one: {operation: ads.count, path: /a}, two: {operation: cat.list, path: /b, method: POST}",
			"front asks door for nothing idempotent by GET or HEAD"},
		"but it is kept always": {"kind: cache, ttl: 1s, always: true", "",
			page + ", {path: /a, to: ads.count}, {path: /b, methods: [POST], to: cat.list}",
			"one: {operation: ads.count, path: /a}, two: {operation: cat.list, path: /b, method: POST}", ""},
		"nothing reads": {"kind: cache, ttl: 1s", "", page + ", {path: /b, methods: [POST], to: cat.list}",
			"two: {operation: cat.list, path: /b, method: POST}", "front asks door for nothing by GET or HEAD"},
		"nothing is idempotent": {"kind: cache, ttl: 1s", "", page + ", {path: /a, to: ads.count}",
			"one: {operation: ads.count, path: /a}", harmful + " cached"},
	} {
		t.Run(name, func(t *testing.T) {
			edges := ""
			if c.edge != "" {
				edges = "edges: [{from: front, to: door, " + c.edge + "}]\n"
			}
			_, problems := resolve(t, `topology: t
application: shop
nodes:
  door: {kind: gateway, routes: [`+c.routes+`]}
  front: {`+c.front+`, to: door}
  cat: {kind: service, hosts: [cat, ads]}
`+edges+`---
application: shop
components:
  page: {operations: {view: {steps: [{parallel: [{call: cat.list}, {call: ads.get}]}]}}}
  cat: {operations: {list: {idempotent: true, steps: [{compute: 1ms}]}}}
  ads: {operations: {get: {idempotent: true, steps: [{compute: 1ms}]}, count: [{compute: 1ms}]}}
entries: {`+c.entries+`}
`)
			switch {
			case c.want == "" && len(problems) > 0:
				t.Errorf("refused: %v", problems)
			case c.want != "" && (len(problems) != 1 || !strings.Contains(problems[0].Message, c.want)):
				t.Errorf("told %v, want %q", problems, c.want)
			}
		})
	}
}
