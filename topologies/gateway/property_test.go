package gateway_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"windtunnel/topologies/gateway"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// In any time t a key is granted at most rate·t + burst, whatever other keys are
// asked, and however few are known apart.
func TestClientsNeverGrantTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.5, 200).Draw(t, "rate")
		burst := rapid.IntRange(1, 20).Draw(t, "burst")
		most := rapid.IntRange(1, 5).Draw(t, "most")
		c := gateway.NewClients(policy.RateLimitConfig{Rate: unit.Rate(rate), Burst: burst}, most)
		granted := map[string][]policy.Instant{}
		now := policy.Instant(0)
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, int(2e9/rate)).Draw(t, "pause")))
			key := fmt.Sprint(rapid.IntRange(0, 8).Draw(t, "key"), strings.Repeat("x", rapid.SampledFrom([]int{0, 100}).Draw(t, "length")))
			ok, after := c.Take(now, key)
			switch {
			case ok && after != 0:
				t.Fatalf("granted, but after %v", after)
			case !ok && after <= 0:
				t.Fatalf("refused, with a token at hand")
			case ok:
				granted[key] = append(granted[key], now)
			}
			if c.Known() > most {
				t.Fatalf("%d clients are known of at most %d", c.Known(), most)
			}
		}
		for key, at := range granted {
			for i := range at {
				for j := i; j < len(at); j++ {
					allowed := rate*at[j].Sub(at[i]).Seconds() + float64(burst)
					if got := float64(j - i + 1); got > allowed+1e-6 {
						t.Fatalf("%s was granted %v in %v: at most %v", key, got, at[j].Sub(at[i]), allowed)
					}
				}
			}
		}
	})
}

// A client with a bucket of its own gets what it is due, however greedy others are.
func TestClientsAreApart(t *testing.T) {
	c := gateway.NewClients(policy.RateLimitConfig{Rate: 10, Burst: 1}, 0)
	polite := 0
	for ms := range 10_000 {
		now := policy.Instant(time.Duration(ms) * time.Millisecond)
		c.Take(now, "greedy")
		if ms%100 == 50 {
			if ok, _ := c.Take(now, "polite"); ok {
				polite++
			}
		}
	}
	if polite != 100 {
		t.Errorf("the polite client got %d of 100", polite)
	}
}

// Whoever is refused may come again after as long as was said.
func TestRetryAfterIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := gateway.NewClients(policy.RateLimitConfig{Rate: unit.Rate(rapid.Float64Range(0.5, 1000).Draw(t, "rate")), Burst: rapid.IntRange(1, 5).Draw(t, "burst")}, 0)
		now := policy.Instant(rapid.Int64Range(0, 1e12).Draw(t, "begin"))
		for range 20 {
			ok, after := c.Take(now, "")
			if ok {
				continue
			}
			now = now.Add(after + time.Nanosecond)
			if ok, _ := c.Take(now, ""); !ok {
				t.Fatalf("refused again after %v", after)
			}
		}
	})
}

var words = rapid.SampledFrom([]string{"a", "b", "c"})

func drawRoute(t *rapid.T, i int) gateway.Route {
	var parts []string
	for range rapid.IntRange(0, 3).Draw(t, "parts") {
		parts = append(parts, rapid.OneOf(words, rapid.Just("{x}")).Draw(t, "part"))
	}
	if rapid.Bool().Draw(t, "below") {
		parts = append(parts, "*")
	}
	r := gateway.Route{Path: "/" + strings.Join(parts, "/"), To: fmt.Sprintf("op.n%d", i)}
	r.Methods = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"GET", "POST"}), 0, 2, rapid.ID).Draw(t, "methods")
	r.Host = rapid.SampledFrom([]string{"", "", "a.example", "*.example"}).Draw(t, "host")
	if rapid.Bool().Draw(t, "with header") {
		r.Headers = map[string]string{"X": rapid.SampledFrom([]string{"*", "1"}).Draw(t, "value")}
	}
	return r
}

func drawRequest(t *rapid.T) *gateway.Request {
	r := &gateway.Request{
		Method: rapid.SampledFrom([]string{"GET", "POST", "HEAD"}).Draw(t, "method"),
		Host:   rapid.SampledFrom([]string{"", "a.example", "b.example:80", "other"}).Draw(t, "host"),
		Path:   "/" + strings.Join(rapid.SliceOfN(words, 0, 4).Draw(t, "path"), "/"),
	}
	if value := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "x"); value != "" {
		r.Fields = []gateway.Field{{Name: "x", Value: value}}
	}
	return r
}

// A match is one of the routes that match by the plainest reading; none of the
// others is more specific in every respect; and the order of routes that
// differ does not matter.
func TestTheMostSpecificRouteWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var routes []gateway.Route
		for i := range rapid.IntRange(1, 8).Draw(t, "routes") {
			routes = append(routes, drawRoute(t, i))
		}
		table, err := gateway.NewTable(routes)
		if err != nil {
			t.Fatal(err)
		}
		r := drawRequest(t)
		found, allow := table.Match(r)
		again, _ := table.Match(r)
		if found != again {
			t.Fatal("two answers to one question")
		}
		fits := 0
		for i := range routes {
			if !plainMatch(&routes[i], r) {
				continue
			}
			fits++
			if found != nil && dominates(&routes[i], &found.Route) {
				t.Fatalf("%+v was found for %+v, but %+v is more specific", found.Route, r, routes[i])
			}
		}
		switch {
		case (found != nil) != (fits > 0):
			t.Fatalf("%d routes match %+v, found %+v", fits, r, found)
		case found != nil && !plainMatch(&found.Route, r):
			t.Fatalf("%+v does not match %+v", found.Route, r)
		case found != nil && allow != "":
			t.Fatal("found, and yet not allowed")
		}
		turned := slices.Clone(routes)
		slices.Reverse(turned)
		table, _ = gateway.NewTable(turned)
		other, _ := table.Match(r)
		if found != nil && other.To != found.To && !equal(&other.Route, &found.Route) {
			t.Fatalf("%+v or %+v, by their order", found.Route, other.Route)
		}
	})
}

// plainMatch is what a route means, read as plainly as can be.
func plainMatch(route *gateway.Route, r *gateway.Request) bool {
	want, got := strings.Split(route.Path, "/")[1:], strings.Split(r.Path, "/")[1:]
	if want[len(want)-1] == "*" {
		want = want[:len(want)-1]
		if len(got) <= len(want) {
			return false
		}
		got = got[:len(want)]
	}
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (want[i] != "{x}" || got[i] == "") {
			return false
		}
	}
	host, _, _ := strings.Cut(r.Host, ":")
	if suffix, below := strings.CutPrefix(route.Host, "*"); below && !strings.HasSuffix(host, suffix) || !below && suffix != "" && suffix != host {
		return false
	}
	if m := route.Methods; len(m) > 0 && !slices.Contains(m, r.Method) && (r.Method != "HEAD" || !slices.Contains(m, "GET")) {
		return false
	}
	v := r.Header("X")
	return route.Headers == nil || route.Headers["X"] == "*" && v != "" || route.Headers["X"] == v
}

// dominates says whether a is at least as specific as b in each respect, and more in one.
func dominates(a, b *gateway.Route) bool {
	host := func(r *gateway.Route) int { return strings.Count("x"+r.Host, "") - strings.Count(r.Host, "*")*5 }
	named := func(r *gateway.Route) int { return min(1, len(r.Methods)) }
	less := host(a) < host(b) || named(a) < named(b) || len(a.Headers) < len(b.Headers)
	more := host(a) > host(b) || named(a) > named(b) || len(a.Headers) > len(b.Headers)
	return a.Path == b.Path && more && !less
}

func equal(a, b *gateway.Route) bool {
	return a.Path == b.Path && min(1, len(a.Methods)) == min(1, len(b.Methods)) && a.Host == b.Host && len(a.Headers) == len(b.Headers)
}

// Neither a route nor a request, whatever is in them, takes the gateway down.
func FuzzMatch(f *testing.F) {
	f.Add("/items/{id}", "api.example.com", "X-Key", "1", "GET", "/items/7", "api.example.com:80", "1")
	f.Add("/*", "*.example", "X", "*", "OPTIONS", "*", "[::1]:80", "")
	f.Add("", "", "", "", "", "", "", "")
	f.Add("/a/{b}/*", "", "Cookie", "*", "GET", "/a//%2e%2e/", ":", "\x00")
	f.Fuzz(func(t *testing.T, path, host, header, value, method, asked, at, sent string) {
		route := gateway.Route{Path: path, Host: host, To: "a.b"}
		if header != "" {
			route.Headers = map[string]string{header: value}
		}
		g, err := gateway.New(gateway.Config{Routes: []gateway.Route{route, {Path: "/items", Methods: []string{"GET"}, To: "a.b"}},
			CORS: &gateway.CORS{Origins: []string{"*"}}})
		if (err == nil) != (len(route.Problems()) == 0) {
			t.Fatalf("made: %v, problems: %v", err, route.Problems())
		}
		if err != nil {
			return
		}
		v := g.Decide(g.Table(), time.Time{}, &gateway.Request{Method: method, Host: at, Path: asked, Fields: []gateway.Field{{Name: header, Value: sent}}})
		if v.Passes() == (v.Route == nil) {
			t.Fatalf("%+v", v)
		}
	})
}

// A token, whatever is in it, is refused and takes nothing down.
func FuzzToken(f *testing.F) {
	f.Add("Bearer a.b.c")
	f.Add("Bearer eyJhbGciOiJub25lIn0.e30.")
	f.Add("Bearer eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjFlOTl9.AAAA")
	g, err := gateway.New(gateway.Config{Routes: []gateway.Route{{To: "a.b"}}, Auth: &gateway.Auth{JWT: &gateway.JWT{Methods: []string{"HS256"}, Secret: "never told"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, authorization string) {
		r := &gateway.Request{Method: "GET", Path: "/", Fields: []gateway.Field{{Name: "Authorization", Value: authorization}}}
		if v := g.Decide(g.Table(), epoch, r); v.Status != 401 {
			t.Fatalf("answered %d", v.Status)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	var routes []gateway.Route
	for i := range 50 {
		routes = append(routes, gateway.Route{Path: fmt.Sprintf("/a%d/{id}", i), Methods: []string{"GET"}, To: "a.b"}, gateway.Route{Path: fmt.Sprintf("/b%d", i), To: "a.b"})
	}
	g, err := gateway.New(gateway.Config{Routes: routes})
	if err != nil {
		b.Fatal(err)
	}
	for name, path := range map[string]string{"exact": "/b49", "pattern": "/a49/7"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := &gateway.Request{Method: "GET", Path: path}
			for b.Loop() {
				if v := g.Decide(g.Table(), time.Time{}, r); !v.Passes() {
					b.Fatal(v)
				}
			}
		})
	}
}
