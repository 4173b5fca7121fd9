package gateway_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"windtunnel/topologies/gateway"
)

func TestRoutesThatNobodyComesBy(t *testing.T) {
	keys := &gateway.Auth{APIKeys: &gateway.APIKeys{Header: "X-Api-Key", Keys: map[string]string{"ann": "1", "bob": "2"}}}
	for _, c := range []struct {
		name   string
		auth   *gateway.Auth
		routes []gateway.Route
		want   string
	}{
		{"the name of a part tells nothing", nil, []gateway.Route{{Path: "/items/{id}"}, {Path: "/items/{x}"}}, "[{1 {path no request comes by this route: route 1 takes what it would take}}]"},
		{"the one for every method comes last", nil, []gateway.Route{{Path: "/a"}, {Path: "/a", Methods: []string{"GET"}}}, "[]"},
		{"each of its methods is taken", nil, []gateway.Route{{Path: "/a", Methods: []string{"GET"}}, {Path: "/a", Methods: []string{"PUT"}}, {Path: "/a", Methods: []string{"HEAD", "PUT"}}},
			"[{2 {path no request comes by this route: route 2 takes what it would take}}]"},
		{"one of its methods is left", nil, []gateway.Route{{Path: "/a", Methods: []string{"GET"}}, {Path: "/a", Methods: []string{"GET", "PUT"}}}, "[]"},
		{"another host", nil, []gateway.Route{{Path: "/a", Host: "a.b"}, {Path: "/a", Host: "c.b"}, {Path: "/a"}}, "[]"},
		{"any value covers one", nil, []gateway.Route{{Path: "/a", Headers: map[string]string{"x-b": "*"}}, {Path: "/a", Headers: map[string]string{"X-B": "2"}}},
			"[{1 {path no request comes by this route: route 1 takes what it would take}}]"},
		{"one value leaves others", nil, []gateway.Route{{Path: "/a", Headers: map[string]string{"X-B": "2"}}, {Path: "/a", Headers: map[string]string{"X-B": "*"}}}, "[]"},
		{"below and not below", nil, []gateway.Route{{Path: "/a/*"}, {Path: "/a/{x}"}, {Path: ""}}, "[]"},
		{"what only calls come by", nil, []gateway.Route{{Path: ""}, {As: "a.b"}, {As: "a.c"}}, "[]"},

		{"nobody is asked", nil, []gateway.Route{{Path: "/a", Allow: []string{"root"}}}, "[{0 {allow `allow` names clients, and nobody is asked who they are: add `auth` to the gateway}}]"},
		{"nobody is called so", keys, []gateway.Route{{Path: "/a", Allow: []string{"ann", "root"}}}, "[{0 {allow no client is called \"root\": `auth` has keys for ann, bob}}]"},
		{"somebody is", keys, []gateway.Route{{Path: "/a", Allow: []string{"bob"}}}, "[]"},
		{"a token may say anything", &gateway.Auth{APIKeys: keys.APIKeys, JWT: &gateway.JWT{}}, []gateway.Route{{Path: "/a", Allow: []string{"root"}}}, "[]"},
	} {
		if got := fmt.Sprint(gateway.Together(c.routes, c.auth)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Whoever is told that no request comes by a route finds none that does; and of
// two that are written alike the second is always told.
func TestNobodyComesByHiddenRoutes(t *testing.T) {
	route := rapid.Custom(func(t *rapid.T) gateway.Route {
		r := gateway.Route{To: "a.b", Path: rapid.SampledFrom([]string{"", "/a", "/{x}", "/{y}", "/a/*", "/a/{x}"}).Draw(t, "path"),
			Host:    rapid.SampledFrom([]string{"", "h.i", "*.i"}).Draw(t, "host"),
			Methods: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"GET", "HEAD", "PUT"}), 0, 2, rapid.ID[string]).Draw(t, "methods")}
		if value := rapid.SampledFrom([]string{"", "*", "1"}).Draw(t, "header"); value != "" {
			r.Headers = map[string]string{"X": value}
		}
		return r
	})
	rapid.Check(t, func(t *rapid.T) {
		routes := rapid.SliceOfN(route, 1, 6).Draw(t, "routes")
		routes = append(routes, routes[0])
		table, err := gateway.NewTable(routes)
		if err != nil {
			t.Fatal(err)
		}
		hidden := map[int]bool{}
		for _, p := range gateway.Together(routes, nil) {
			hidden[p.Route] = true
		}
		if !hidden[len(routes)-1] {
			t.Fatal("the last is written as the first, and comes after it")
		}
		for _, path := range []string{"/", "/a", "/b", "/a/b", "/a/b/c"} {
			for _, method := range []string{"GET", "HEAD", "PUT", "POST"} {
				for _, host := range []string{"h.i", "g.i", "o"} {
					for _, value := range []string{"", "1", "2"} {
						r := gateway.Request{Method: method, Host: host, Path: path}
						if value != "" {
							r.Fields = []gateway.Field{{Name: "x", Value: value}}
						}
						found, _ := table.Match(&r)
						if found != nil && hidden[found.Order()] {
							t.Fatalf("%+v comes by route %d, which was told to be hidden", r, found.Order())
						}
					}
				}
			}
		}
	})
}

func TestForesee(t *testing.T) {
	keys := &gateway.APIKeys{Header: "X-Api-Key", Keys: map[string]string{"ann": "1", "bob": "2"}}
	for _, c := range []struct {
		name, request string
		auth          gateway.Auth
		route         gateway.Route
		want          int
	}{
		{"nothing", "GET /", gateway.Auth{APIKeys: keys}, gateway.Route{}, 401},
		{"nothing, and open", "GET /", gateway.Auth{APIKeys: keys}, gateway.Route{Open: true}, 0},
		{"a key", "GET / X-Api-Key=1", gateway.Auth{APIKeys: keys}, gateway.Route{}, 0},
		{"a key of nobody", "GET / X-Api-Key=3", gateway.Auth{APIKeys: keys}, gateway.Route{}, 401},
		{"a key of somebody else", "GET / X-Api-Key=1", gateway.Auth{APIKeys: keys}, gateway.Route{Allow: []string{"bob"}}, 403},
		{"a key of the environment", "GET / X-Api-Key=${KEY}", gateway.Auth{APIKeys: keys}, gateway.Route{Allow: []string{"bob"}}, 0},
		{"a token", "GET / Authorization=Bearer_x", gateway.Auth{JWT: &gateway.JWT{}}, gateway.Route{}, 0},
		{"a token where keys are wanted", "GET / Authorization=Bearer_x", gateway.Auth{APIKeys: keys}, gateway.Route{}, 401},
		{"a password where tokens are", "GET / Authorization=Basic_x", gateway.Auth{JWT: &gateway.JWT{}}, gateway.Route{}, 401},
	} {
		if got := c.auth.Foresee(&c.route, request(c.request)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
