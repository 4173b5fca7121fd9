package gateway

import (
	"fmt"
	"slices"
	"strings"
)

// RouteProblem is something wrong with one of several routes.
type RouteProblem struct {
	Route int // its index
	Problem
}

// Together says what is wrong with routes that may each be right in itself: ones
// that no request can come by, and ones for clients whom nobody can be.
func Together(routes []Route, auth *Auth) []RouteProblem {
	var found []RouteProblem
	add := func(at int, key, format string, args ...any) {
		found = append(found, RouteProblem{at, Problem{key, fmt.Sprintf(format, args...)}})
	}
	choices := make([]*Choice, len(routes))
	for i := range routes {
		choices[i] = choice(routes[i], i)
		if why := unknowable(&routes[i], auth); why != "" {
			add(i, "allow", "%s", why)
		}
	}
	for i, c := range choices {
		if by := hiding(c, choices); by != nil {
			add(i, "path", "no request comes by this route: route %d takes what it would take", by.order+1)
		}
	}
	return found
}

// unknowable says why nobody can be among those whom a route allows; "" where that may be.
func unknowable(r *Route, auth *Auth) string {
	if len(r.Allow) == 0 || auth != nil && auth.JWT != nil {
		return ""
	}
	if auth == nil {
		return "`allow` names clients, and nobody is asked who they are: add `auth` to the gateway"
	}
	if auth.APIKeys == nil {
		return "" // told of auth
	}
	for _, name := range r.Allow {
		if _, known := auth.APIKeys.Keys[name]; !known {
			return fmt.Sprintf("no client is called %q: `auth` has keys for %s", name, strings.Join(auth.APIKeys.Clients(), ", "))
		}
	}
	return ""
}

// Public says whether requests come by a route as it is written. One that stands
// for an operation and says no more is there for those that call it.
func (r *Route) Public() bool {
	return r.As == "" || r.Path != "" || r.Host != "" || len(r.Methods)+len(r.Headers) > 0
}

// hiding returns a route that comes before c and leaves it nothing; nil where
// there is none. Several may do so for a method each: then it is one of them.
func hiding(c *Choice, all []*Choice) *Choice {
	if !c.Public() {
		return nil
	}
	methods := c.Methods
	if len(methods) == 0 {
		methods = []string{""} // that no route names: one for every method alone takes it
	}
	var by *Choice
	for _, m := range methods {
		at := slices.IndexFunc(all, func(o *Choice) bool {
			return o != c && o.Public() && compare(o, c) < 0 && o.covers(c) && o.takes(m)
		})
		if at < 0 {
			return nil
		}
		by = all[at]
	}
	return by
}

// covers says whether a route matches whatever another of the same path and host
// does, but for the method.
func (c *Choice) covers(o *Choice) bool {
	if c.pattern.below != o.pattern.below || !slices.Equal(c.pattern.parts, o.pattern.parts) || c.host != o.host {
		return false
	}
	for name, want := range c.Headers {
		covered := false
		for other, value := range o.Headers {
			covered = covered || strings.EqualFold(name, other) && (want == "*" || want == value)
		}
		if !covered {
			return false
		}
	}
	return true
}
