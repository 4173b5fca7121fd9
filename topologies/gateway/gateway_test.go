package gateway_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// epoch is the wall clock of the dialogues.
var epoch = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// request reads "GET host/path Name=value … #bytes".
func request(text string) *gateway.Request {
	words := strings.Fields(text)
	host, path, _ := strings.Cut(words[1], "/")
	r := &gateway.Request{Method: words[0], Host: host, Path: "/" + path}
	for _, w := range words[2:] {
		if body, ok := strings.CutPrefix(w, "#"); ok {
			_, _ = fmt.Sscan(body, &r.Body)
			continue
		}
		name, value, _ := strings.Cut(w, "=")
		r.Fields = append(r.Fields, gateway.Field{Name: name, Value: strings.ReplaceAll(value, "_", " ")})
	}
	return r
}

// answer writes a verdict as a dialogue has it.
func answer(v gateway.Verdict) string {
	var b strings.Builder
	if v.Passes() {
		fmt.Fprintf(&b, "→ %s", strings.Join(v.Route.Targets(), "+"))
		if v.Client != "" {
			fmt.Fprintf(&b, " for %s", v.Client)
		}
	} else {
		fmt.Fprintf(&b, "%d", v.Status)
	}
	for _, f := range v.Fields {
		fmt.Fprintf(&b, " %s=%s", f.Name, f.Value)
	}
	return b.String()
}

// converse plays a dialogue: each request with its answer below it.
func converse(t *testing.T, cfg gateway.Config, dialogue string) {
	t.Helper()
	g, err := gateway.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(dialogue), "\n")
	now := policy.Instant(0)
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" || line[0] == '#' {
			continue
		}
		if at, rest, ok := strings.Cut(line, " "); ok && at[0] == '@' {
			d, err := time.ParseDuration(at[1:])
			if err != nil {
				t.Fatal(err)
			}
			now, line = policy.Instant(d), rest
		}
		v := g.Decide(g.Table(), epoch.Add(time.Duration(now)), request(line))
		if v.Passes() && g.Limited() {
			v = g.Limit(now, v)
		}
		i++
		if got, want := answer(v), strings.TrimSpace(lines[i]); got != want {
			t.Errorf("%s\n\tanswered %s\n\twant     %s", line, got, want)
		}
	}
}

func TestRoutes(t *testing.T) {
	converse(t, gateway.Config{Routes: []gateway.Route{
		{Path: "/items/*", To: "files.get"},
		{Path: "/items/{id}", Methods: []string{"GET"}, To: "items.one"},
		{Path: "/items/{id}", Methods: []string{"PUT", "DELETE"}, To: "items.change"},
		{Path: "/items/new", To: "items.form"},
		{Path: "/items", Methods: []string{"GET"}, To: "items.all"},
		{Path: "/items", Methods: []string{"GET"}, Headers: map[string]string{"X-Beta": "yes"}, To: "beta.all"},
		{Path: "/items", Methods: []string{"GET"}, Headers: map[string]string{"X-Beta": "*", "X-Two": "*"}, To: "two.all"},
		{Path: "/items", Host: "*.example.com", Methods: []string{"GET"}, To: "tenant.all"},
		{Path: "/items", Host: "api.example.com", Methods: []string{"GET"}, To: "api.all"},
		{Path: "/", To: "home.page"},
		{Path: "/a/{b}/c", To: "abc.get"},
		{Path: "/a/x/{c}", To: "axc.get"},
	}}, `
		GET /items
		  → items.all
		HEAD /items
		  → items.all
		POST /items
		  405 Allow=GET
		# the more headers a route asks for, the more specific it is; the value counts, and the case of the name does not
		GET /items x-beta=yes
		  → beta.all
		GET /items X-Beta=no
		  → items.all
		GET /items X-Beta=yes X-Two=1
		  → two.all
		# a host comes before headers, a name before a suffix, and ports do not matter
		GET api.example.com/items X-Beta=yes
		  → api.all
		GET API.example.com:8080/items
		  → api.all
		GET shop.example.com/items
		  → tenant.all
		GET example.com/items
		  → items.all
		# plain text before {name}, {name} before /*
		GET /items/new
		  → items.form
		GET /items/7
		  → items.one
		DELETE /items/7
		  → items.change
		# what no route with {name} takes is for the one below
		POST /items/7
		  → files.get
		GET /items/7/photo
		  → files.get
		GET /items/
		  → files.get
		# the first part where two differ decides
		GET /a/x/c
		  → axc.get
		GET /a/y/c
		  → abc.get
		GET /
		  → home.page
		GET /nowhere
		  404
		GET /itemsandmore
		  404
	`)
}

func TestKeysOfClients(t *testing.T) {
	converse(t, gateway.Config{
		Routes: []gateway.Route{
			{Path: "/read", To: "api.read"},
			{Path: "/write", To: "api.write", Allow: []string{"gold"}},
			{Path: "/health", To: "api.health", Open: true},
		},
		Auth:    &gateway.Auth{APIKeys: &gateway.APIKeys{Header: "X-Api-Key", Keys: map[string]string{"gold": "g", "tin": "t"}}},
		MaxBody: 100,
		// by the client's name
		RateLimit: &policy.RateLimitConfig{Rate: 1, Burst: 2, Per: &policy.PerKey{Client: true}},
	}, `
		GET /read
		  401 Www-Authenticate=ApiKey
		GET /read X-Api-Key=x
		  401 Www-Authenticate=ApiKey
		GET /read X-Api-Key=t
		  → api.read for tin
		GET /write X-Api-Key=t
		  403
		GET /write X-Api-Key=g
		  → api.write for gold
		GET /health
		  → api.health
		POST /read X-Api-Key=t #101
		  413
		POST /read X-Api-Key=t #100
		  → api.read for tin
		# two were at hand, one comes each second; each client has its own, what was refused cost nothing
		POST /read X-Api-Key=t
		  429 Retry-After=1
		@100ms GET /write X-Api-Key=g
		  → api.write for gold
		@100ms GET /write X-Api-Key=g
		  429 Retry-After=1
		@1s POST /read X-Api-Key=t
		  → api.read for tin
		@1s POST /read X-Api-Key=t
		  429 Retry-After=1
	`)
}

func TestCORS(t *testing.T) {
	routes := []gateway.Route{{Path: "/items", Methods: []string{"GET", "PUT"}, To: "items.all"}, {Path: "/any", To: "items.any"}}
	converse(t, gateway.Config{Routes: routes, CORS: &gateway.CORS{
		Origins: []string{"https://shop.example"}, Headers: []string{"X-Api-Key"}, Expose: []string{"X-Wt-Path"}, Credentials: true, MaxAge: 10 * time.Minute,
	}, Auth: &gateway.Auth{APIKeys: &gateway.APIKeys{Header: "X-Api-Key", Keys: map[string]string{"a": "a"}}}}, `
		# a preflight carries no key and is answered all the same
		OPTIONS /items Origin=https://shop.example Access-Control-Request-Method=PUT Access-Control-Request-Headers=x-api-key,content-type
		  204 Access-Control-Allow-Origin=https://shop.example Vary=Origin Access-Control-Allow-Credentials=true Access-Control-Allow-Methods=GET, PUT Access-Control-Allow-Headers=x-api-key,content-type Access-Control-Max-Age=600
		OPTIONS /any Origin=https://shop.example Access-Control-Request-Method=PATCH
		  204 Access-Control-Allow-Origin=https://shop.example Vary=Origin Access-Control-Allow-Credentials=true Access-Control-Allow-Methods=PATCH Access-Control-Max-Age=600
		OPTIONS /items Origin=https://evil.example Access-Control-Request-Method=PUT
		  403
		OPTIONS /items Origin=https://shop.example Access-Control-Request-Method=DELETE
		  403 Allow=GET, PUT
		OPTIONS /items Origin=https://shop.example Access-Control-Request-Method=PUT Access-Control-Request-Headers=X-Other
		  403
		OPTIONS /nowhere Origin=https://shop.example Access-Control-Request-Method=PUT
		  404
		# without the question it is a request like any other
		OPTIONS /items Origin=https://shop.example
		  405 Access-Control-Allow-Origin=https://shop.example Vary=Origin Access-Control-Allow-Credentials=true Access-Control-Expose-Headers=X-Wt-Path Allow=GET, PUT
		# a page may read also why it was refused; one that may not ask is told nothing
		GET /items Origin=https://shop.example
		  401 Access-Control-Allow-Origin=https://shop.example Vary=Origin Access-Control-Allow-Credentials=true Access-Control-Expose-Headers=X-Wt-Path Www-Authenticate=ApiKey
		GET /items Origin=https://evil.example X-Api-Key=a
		  → items.all
	`)
	converse(t, gateway.Config{Routes: routes, CORS: &gateway.CORS{Origins: []string{"*"}, Methods: []string{"GET"}, Headers: []string{"*"}}}, `
		OPTIONS /items Origin=https://a.example Access-Control-Request-Method=GET Access-Control-Request-Headers=X-Whatever
		  204 Access-Control-Allow-Origin=* Access-Control-Allow-Methods=GET Access-Control-Allow-Headers=X-Whatever
		OPTIONS /items Origin=https://a.example Access-Control-Request-Method=PUT
		  403
		GET /items Origin=https://a.example
		  → items.all Access-Control-Allow-Origin=*
	`)
}

// Shares are those of the weights; an identity stays where it is; and what grows
// takes from the others alone.
func TestSharesOfSplit(t *testing.T) {
	pick := func(weights map[string]float64) func(i uint64) string {
		table, err := gateway.NewTable([]gateway.Route{{Path: "/x", Split: weights}})
		if err != nil {
			t.Fatal(err)
		}
		route, _ := table.Match(request("GET /x"))
		return func(i uint64) string { return route.Pick("edge", work.Root(1).Child(i)) }
	}
	const n = 100_000
	for _, weights := range []map[string]float64{{"a.v1": 95, "a.v2": 5}, {"a.v1": 1, "a.v2": 1, "a.v3": 2}, {"a.v1": 100, "a.v2": 0}} {
		sum, got := 0.0, map[string]int{}
		for _, w := range weights {
			sum += w
		}
		at := pick(weights)
		for i := range uint64(n) {
			got[at(i)]++
		}
		for op, w := range weights {
			share := float64(got[op]) / n
			if w == 0 && got[op] > 0 || share < w/sum-0.005 || share > w/sum+0.005 {
				t.Errorf("%v: %s has a share of %.4f", weights, op, share)
			}
		}
	}
	before, after := pick(map[string]float64{"a.v1": 90, "a.v2": 10}), pick(map[string]float64{"a.v1": 50, "a.v2": 50})
	for i := range uint64(n) {
		if before(i) == "a.v2" && after(i) == "a.v1" {
			t.Fatalf("identity %d went back from the canary as that grew", i)
		}
	}
}

func TestJoin(t *testing.T) {
	answers := []gateway.Answer{{Call: "a.one", Status: 200, Body: []byte("one\n")}, {Call: "b.two", Status: 503}}
	size := gateway.JoinedEnd
	for _, a := range answers {
		size += gateway.JoinedSize(a.Call, a.Status, int64(len(a.Body)))
	}
	if got := gateway.Join(answers); int64(len(got)) != size {
		t.Errorf("joined in %d bytes, said %d", len(got), size)
	}
}

// What a loader lets through must be made; what it does not, must not.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		route gateway.Route
		key   string
	}{
		{gateway.Route{Path: "/a", To: "x.y"}, "-"},
		{gateway.Route{}, ""},
		{gateway.Route{To: "x.y", Split: map[string]float64{"x.y": 1}}, ""},
		{gateway.Route{Path: "a", To: "x.y"}, "path"},
		{gateway.Route{Path: "/a/", To: "x.y"}, "path"},
		{gateway.Route{Path: "/a//b", To: "x.y"}, "path"},
		{gateway.Route{Path: "/a/*/b", To: "x.y"}, "path"},
		{gateway.Route{Path: "/a/{}", To: "x.y"}, "path"},
		{gateway.Route{Path: "/a/x{b}", To: "x.y"}, "path"},
		{gateway.Route{Path: "/a?b", To: "x.y"}, "path"},
		{gateway.Route{Methods: []string{"get"}, To: "x.y"}, "methods"},
		{gateway.Route{Host: "a:80", To: "x.y"}, "host"},
		{gateway.Route{Host: "*", To: "x.y"}, "host"},
		{gateway.Route{Headers: map[string]string{"a b": "c"}, To: "x.y"}, "headers"},
		{gateway.Route{Split: map[string]float64{"x.y": 101}}, "split"},
		{gateway.Route{Split: map[string]float64{"x.y": -1, "x.z": 2}}, "split"},
		{gateway.Route{Split: map[string]float64{"x.y": 0}}, "split"},
		{gateway.Route{Aggregate: []gateway.Part{{Call: "x.y", Optional: true}}}, "aggregate"},
		{gateway.Route{Aggregate: []gateway.Part{{Call: "x.y"}, {Call: "x.y"}}}, "aggregate"},
		{gateway.Route{To: "x.y", As: "z.a"}, "as"},
		{gateway.Route{To: "x.y", Open: true, Allow: []string{"a"}}, "open"},
	} {
		problems := c.route.Problems()
		if _, err := gateway.NewTable([]gateway.Route{c.route}); (err == nil) != (len(problems) == 0) {
			t.Errorf("%+v: problems %v, but NewTable says %v", c.route, problems, err)
		}
		if len(problems) == 0 && c.key != "-" || len(problems) > 0 && problems[0].Key != c.key {
			t.Errorf("%+v: %v, want a problem at %q", c.route, problems, c.key)
		}
	}
	var many []gateway.Route
	for range gateway.MaxRoutes + 1 {
		many = append(many, gateway.Route{To: "x.y"})
	}
	if _, err := gateway.NewTable(many); err == nil {
		t.Error("more routes than there may be")
	}
}

// A route for some is for nobody where nobody is asked who they are.
func TestAllowWithoutAuthLetsNobodyIn(t *testing.T) {
	converse(t, gateway.Config{Routes: []gateway.Route{{Path: "/admin", To: "api.get", Allow: []string{"root"}}, {Path: "/*", To: "api.get"}}}, `
		GET h/admin
		403
		GET h/other
		→ api.get
	`)
}
