package live

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
)

// TestMain lets the test binary play the user's own program too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "own:") {
		ownProgram(strings.TrimPrefix(os.Args[1], "own:"))
	}
	os.Exit(m.Run())
}

// ownProgram is a small HTTP server as a user might have one. It is healthy from
// its third probe on, answers POST /pay, and GET /book with what another
// program that it needs has answered.
func ownProgram(name string) {
	var mu sync.Mutex
	probes := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthy", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if probes++; probes < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("POST /pay", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Key") != "abc" && name == "bank" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "%s took %q", name, body)
	})
	mux.HandleFunc("GET /name", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) })
	mux.HandleFunc("GET /book", func(w http.ResponseWriter, _ *http.Request) {
		reply, err := http.Get(os.Getenv("WINDTUNNEL_BOOK_URL") + "/name")
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer reply.Body.Close()
		_, _ = io.Copy(w, reply.Body)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
	os.Exit(1)
}

// self is the path of the test binary, quoted for YAML.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%q", path)
}

const chain = `
application: chain
components: {unit: {operations: {ask: {idempotent: true, steps: [{wait: 1ms}, {respond: 3Ki}]}, other: []}}}
entries: {ask: unit.ask, other: unit.other}
---
topology: chain
application: chain
nodes:
  front:  {kind: balancer, to: door, balance: least-request}
  door:   {kind: gateway, replicas: 2}
  guard:  {kind: breaker, to: spread}
  spread: {kind: balancer, to: unit}
  unit:   {kind: service, hosts: [unit], replicas: 2}
---
scenario: chain
phases: [{name: steady, for: 2s, load: {constant: 100/s}}]
faults: [{name: dead, at: 600ms, kill: {node: guard}}]
`

// TestRequestsPassEveryProxy: balancer, gateway, breaker and balancer stand on the path one
// behind the other, each makes one attempt, and all instances get their share.
// One of them dies and is replaced, and its callers find the new one.
func TestRequestsPassEveryProxy(t *testing.T) {
	t.Parallel()
	m := drive(t, chain, 31)
	begun, _ := instants(t, m)
	ready := m.eventsOf(record.InstanceReady)
	if len(ready) != 8 || ready[7].Instance != "guard-2" {
		t.Fatalf("ready: %+v", ready)
	}
	requests := m.bySeq()
	known := ready[7].At + 300*time.Millisecond // the callers are told when it is ready
	for _, r := range slices.Concat(within(requests, 0, begun), within(requests, known, time.Hour)) {
		size := map[string]int64{"ask": 3 << 10, "other": 3}[r.Entry]
		if r.Cause != policy.OK || r.Path != "front>door>guard>spread>unit" || r.Attempts != 4 || r.Calls != 4 || r.Bytes != size {
			t.Fatalf("request %+v", r)
		}
	}
	for _, node := range []string{"door", "unit"} {
		served := m.served(node)
		if a, b := served[node+"-1"], served[node+"-2"]; a < 40 || b < 40 || a+b > uint64(len(requests)) {
			t.Errorf("%s: %v of %d requests", node, served, len(requests))
		}
	}
	for _, r := range within(requests, begun, ready[7].At) {
		switch r.Cause {
		case policy.OK, policy.Refused, policy.Reset: // as it went down, and as it was away
		default:
			t.Errorf("request %d ended %q while the breaker node was away", r.Seq, r.Cause)
		}
	}
}

const own = `
topology: own
nodes:
  till: {kind: container, command: [%[1]s, "own:till"], health: /healthy, needs: [book],
         entries: {pay: {method: POST, path: /pay, body: "ten", expect: [201]}, book: GET /book, nowhere: {path: /nowhere, expect: [404]}}}
  book: {kind: container, command: [%[1]s, "own:book"], entries: {name: GET /name}}
---
scenario: own
phases: [{name: steady, for: 3s, load: {constant: 80/s}}]
faults: [{name: dead, at: 700ms, kill: {node: book}}]
`

// TestOwnCommands runs two programs of a user, one of which needs the other: it
// starts second, is told where the other is, and is ready when its health says
// so. One that is killed is replaced, at another address.
func TestOwnCommands(t *testing.T) {
	t.Parallel()
	m := drive(t, fmt.Sprintf(own, self(t)), 32)
	begun, _ := instants(t, m)
	ready := m.eventsOf(record.InstanceReady)
	if len(ready) != 3 || ready[0].Instance != "book-1" || ready[1].Instance != "till-1" || ready[2].Instance != "book-2" {
		t.Fatalf("ready: %+v; want book, till, and book's replacement", ready)
	}
	if started := m.eventsOf(record.InstanceStart); started[1].At < ready[0].At {
		t.Errorf("till was started at %v, before book was ready at %v", started[1].At, ready[0].At)
	}
	if ready[2].At < begun {
		t.Errorf("killed at %v, replaced at %v", begun, ready[2].At)
	}
	for entry, size := range map[string]int64{"pay": int64(len(`till took "ten"`)), "nowhere": -1, "book": 4, "name": 4} {
		requests := m.of(entry)
		if entry == "name" {
			requests = slices.Concat(within(requests, 0, begun), within(requests, ready[2].At, time.Hour))
		}
		if entry == "book" { // till still has the old address of book: nobody tells a user's own program
			requests = within(requests, 0, begun)
		}
		for _, r := range requests {
			if r.Cause != policy.OK || size >= 0 && r.Bytes != size || r.Path != "" {
				t.Fatalf("%s: request %+v", entry, r)
			}
		}
	}
	if n := count(m.of("book"), policy.Status); n == 0 {
		t.Error("till did not notice that book had died")
	}
	for _, node := range []string{"till", "book"} {
		// (Its memory tells: what little CPU it needs may be less than a tick of the kernel's clock.)
		if m.memory(node) == 0 {
			t.Errorf("nobody measured %s", node)
		}
	}
}

const bank = `
application: paying
components:
  shop: {operations: {buy: [{call: bank.pay}, {call: bank.name}]}}
  bank: {operations: {pay: [], tip: [], name: {idempotent: true, steps: []}}}
entries: {buy: shop.buy, pay: bank.pay, tip: bank.tip, name: bank.name}
---
topology: paying
application: paying
nodes:
  door: {kind: gateway}
  shop: {kind: service, hosts: [shop]}
  bank: {kind: container, command: [%s, "own:bank"], health: /healthy, hosts: [bank], replicas: 2,
         requests: {bank.pay: {method: POST, path: /pay, body: "five", headers: {X-Key: abc}, expect: [201]}, bank.name: GET /name},
         entries: {tip: {method: POST, path: /pay, body: "ten", headers: {X-Key: abc}, expect: [201]}}}
edges: [{to: bank, timeout: 2s, balance: round-robin}]
---
scenario: paying
phases: [{name: steady, for: 1s, load: {constant: 90/s}}]
`

// TestOwnCommandBehindAGateway: a user's program stands in for a component. The
// gateway and a service ask it as it wants to be asked, spread over its instances.
func TestOwnCommandBehindAGateway(t *testing.T) {
	t.Parallel()
	m := drive(t, fmt.Sprintf(bank, self(t)), 33)
	for entry, want := range map[string]struct{ path, body string }{
		"buy": {"door>shop", "ok\n"}, "pay": {"door", `bank took "five"`}, "tip": {"door", `bank took "ten"`}, "name": {"door", "bank"},
	} {
		for _, r := range m.of(entry) {
			if r.Cause != policy.OK || r.Path != want.path || r.Bytes != int64(len(want.body)) {
				t.Fatalf("%s: request %+v, want the path %s and the body %s", entry, r, want.path, want.body)
			}
		}
	}
	if e := m.edge("shop", "bank"); e.Calls != 2*uint64(len(m.of("buy"))) || e.Failed != 0 {
		t.Errorf("edge to the bank: %+v", e)
	}
	if starts := m.eventsOf(record.InstanceStart); len(starts) != 4 {
		t.Errorf("started: %+v", starts)
	}
}

const outside = `
topology: outside
sut:
  kind: external
  url: %s/base
  entries:
    make: {method: PUT, path: "/things?kind=a%%20b", headers: {X-Key: abc, Content-Type: text/plain}, body: "a thing\n", expect: [201]}
    gone: {path: /gone, expect: [404, 410]}
    home: GET /
    bad:  GET /bad
    away: GET /away
---
scenario: outside
phases: [{name: steady, for: 1s, load: {constant: 150/s}}]
`

// TestExternalSystem drives a server that is not windtunnel's: requests arrive
// as they were declared, statuses count as they were expected to, a redirect is
// a reply, and nothing is deployed.
func TestExternalSystem(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		what := fmt.Sprintf("%s %s %q", r.Method, r.URL, body)
		if r.Method == http.MethodPut {
			what += " " + r.Header.Get("X-Key") + " " + r.Header.Get("Content-Type")
		}
		mu.Lock()
		seen[what]++
		mu.Unlock()
		switch r.URL.Path {
		case "/base/things":
			w.WriteHeader(http.StatusCreated)
		case "/base/gone":
			w.WriteHeader(http.StatusGone)
		case "/base/bad":
			w.WriteHeader(http.StatusInternalServerError)
		case "/base/away":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}))
	defer server.Close()
	m := drive(t, fmt.Sprintf(outside, server.URL), 34)
	want := map[string]int{}
	for _, c := range []struct {
		entry, seen string
		status      int
		cause       policy.Cause
	}{
		{"make", `PUT /base/things?kind=a%20b "a thing\n" abc text/plain`, 201, policy.OK},
		{"gone", `GET /base/gone ""`, 410, policy.OK},
		{"home", `GET /base/ ""`, 200, policy.OK},
		{"bad", `GET /base/bad ""`, 500, policy.Status},
		{"away", `GET /base/away ""`, 302, policy.OK},
	} {
		requests := m.of(c.entry)
		want[c.seen] = len(requests)
		for _, r := range requests {
			if r.Status != c.status || r.Cause != c.cause || r.Path != "" {
				t.Fatalf("%s: request %+v", c.entry, r)
			}
		}
	}
	for what, n := range want {
		if seen[what] != n || n == 0 {
			t.Errorf("the server saw %s %d times of %d", what, seen[what], n)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("the server saw %v", seen)
	}
	if started := m.eventsOf(record.InstanceStart); len(started) != 0 {
		t.Errorf("started: %+v", started)
	}
}

const partner = `
application: partner
components:
  front:  {operations: {ask: [{call: rates.today}]}}
  rates:  {operations: {today: {idempotent: true, steps: []}}}
entries: {ask: front.ask, today: rates.today}
---
topology: partner
application: partner
nodes:
  door:  {kind: gateway}
  front: {kind: service, hosts: [front]}
  rates: {kind: external, url: %s, hosts: [rates],
          requests: {rates.today: {method: PUT, path: "/rates?day=1", headers: {X-Key: abc}, body: "which?", expect: [404]}}}
edges: [{to: rates, timeout: 5s, retry: {attempts: 2}}]
---
scenario: partner
phases: [{name: steady, for: 1s, load: {closed: {users: 1, think: 5ms}}}]
`

// TestExternalPartner: a service and a gateway call a system that is not
// windtunnel's as it wants to be asked, by the edge's policies; what counts as
// success is what was expected, a 404 here.
func TestExternalPartner(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked, wrong := 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		if got := fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header.Get("X-Key"), body); got != "PUT /rates?day=1 abc which?" {
			wrong = got
		}
		if asked++; asked%2 == 0 { // every call needs its second attempt
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	m := drive(t, fmt.Sprintf(partner, server.URL), 35)
	requests := m.bySeq()
	for _, r := range requests {
		want := map[string]int{"ask": 3, "today": 2}[r.Entry]
		if r.Cause != policy.OK || r.Attempts != want {
			t.Fatalf("request %+v, want %d attempts", r, want)
		}
	}
	if asked != 2*len(requests) || wrong != "" {
		t.Errorf("asked %d times in %d requests; %s", asked, len(requests), wrong)
	}
}
