package gateway

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// Problem is something wrong with settings, at one of their keys; "" is the whole.
type Problem struct{ Key, Text string }

var (
	methodName = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	hostName   = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
)

// Problems says what is wrong with a route in itself.
func (r *Route) Problems() []Problem {
	var found []Problem
	add := func(key, format string, args ...any) {
		found = append(found, Problem{key, fmt.Sprintf(format, args...)})
	}
	if _, why := parsePattern(r.Path); why != "" {
		add("path", "%q: %s", r.Path, why)
	}
	for _, m := range r.Methods {
		if !methodName.MatchString(m) {
			add("methods", "%q is no HTTP method: they are written in capitals, such as GET", m)
		}
	}
	if r.Host != "" && !hostName.MatchString(r.Host) {
		add("host", "%q is no host: write a name such as api.example.com or *.example.com, without a port", r.Host)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if !headerName.MatchString(name) {
			add("headers", "%q is no name of a header", name)
		}
	}
	r.vetTargets(add)
	if len(r.Allow) > 0 && r.Open {
		add("open", "`allow` names clients, and an open route asks nobody who they are: leave one of the two out")
	}
	return found
}

func (r *Route) vetTargets(add func(key, format string, args ...any)) {
	ways := 0
	for _, is := range []bool{r.To != "", len(r.Split) > 0, len(r.Aggregate) > 0} {
		if is {
			ways++
		}
	}
	switch {
	case ways == 0:
		add("", "the route leads nowhere: add `to: component.operation`, `split` or `aggregate`")
	case ways > 1:
		add("", "the route leads to several things: exactly one of `to`, `split` and `aggregate`")
	}
	sum := 0.0
	for _, target := range slices.Sorted(maps.Keys(r.Split)) {
		w := r.Split[target]
		if w < 0 || w > 100 || math.IsNaN(w) {
			add("split", "the weight %v of %s is not from 0 to 100", w, target)
		}
		sum += w
	}
	if len(r.Split) > 0 && sum == 0 {
		add("split", "all weights are 0: nothing would be answered")
	}
	seen := map[string]bool{}
	required := false
	for _, p := range r.Aggregate {
		if seen[p.Call] {
			add("aggregate", "%s is there twice", p.Call)
		}
		seen[p.Call] = true
		required = required || !p.Optional
	}
	if len(r.Aggregate) > 0 && !required {
		add("aggregate", "every part is optional: at least one must be there for an answer")
	}
	if r.As != "" && len(r.Aggregate) == 0 {
		add("as", "`as` goes with `aggregate`: an operation that is passed on is answered where it lives")
	}
	if r.As != "" && seen[r.As] {
		add("aggregate", "%s cannot be a part of what stands for it", r.As)
	}
}

// Vet checks that the fields agree.
func (r *Route) Vet(add func(key, message string)) {
	for _, p := range r.Problems() {
		add(p.Key, p.Text)
	}
}

// Vet checks that the fields agree.
func (a *APIKeys) Vet(add func(key, message string)) {
	if !headerName.MatchString(a.Header) {
		add("header", fmt.Sprintf("%q is no name of a header", a.Header))
	}
	owner := map[string]string{}
	for _, client := range slices.Sorted(maps.Keys(a.Keys)) {
		key := a.Keys[client]
		if key == "" || strings.TrimSpace(key) != key || strings.ContainsAny(key, "\r\n\x00") {
			add("keys", fmt.Sprintf("the key of %s is empty, or has blanks around it or line breaks", client))
		}
		if other, taken := owner[key]; taken {
			add("keys", fmt.Sprintf("%s and %s have the same key", other, client))
		}
		owner[key] = client
	}
}

// Vet checks that there is one of the two.
func (a *Auth) Vet(add func(key, message string)) {
	if a.APIKeys == nil && a.JWT == nil {
		add("", "it says nothing of how clients are known: add `api_keys` or `jwt`")
	}
}

// Vet checks that the methods fit the key.
func (j *JWT) Vet(add func(key, message string)) {
	shared := slices.ContainsFunc(j.Methods, isShared)
	signed := slices.ContainsFunc(j.Methods, func(m string) bool { return !isShared(m) })
	switch {
	case shared && signed:
		add("methods", "a shared secret and a public key do not go together: whoever has the public key could sign with it. Choose HS methods or the others")
	case shared && j.Secret == "":
		add("", "the methods HS256, HS384 and HS512 need `secret`, such as ${JWT_SECRET}")
	case shared && j.PublicKey != "":
		add("public_key", "HS methods have no public key: leave it out")
	case signed && j.Secret != "":
		add("secret", "only HS methods have a shared secret: leave it out")
	case signed && j.PublicKey == "":
		add("", "it needs `public_key` in PEM")
	case signed && !strings.Contains(j.PublicKey, "${"):
		if _, err := publicKey(j); err != nil {
			add("public_key", err.Error())
		}
	}
}

func isShared(method string) bool { return strings.HasPrefix(method, "HS") }

// Vet checks that the fields agree.
func (c *CORS) Vet(add func(key, message string)) {
	for _, o := range c.Origins {
		if _, host, ok := strings.Cut(o, "://"); o != "*" && (!ok || host == "" || strings.ContainsAny(host, "/ *")) {
			add("origins", fmt.Sprintf("%q is no origin: write scheme and host, as in https://shop.example, or *", o))
		}
	}
	if c.Credentials && slices.Contains(c.Origins, "*") {
		add("credentials", "browsers refuse credentials with the origin *: name the origins")
	}
	for _, m := range c.Methods {
		if !methodName.MatchString(m) {
			add("methods", fmt.Sprintf("%q is no HTTP method: they are written in capitals, such as GET", m))
		}
	}
	for _, h := range slices.Concat(c.Headers, c.Expose) {
		if h != "*" && !headerName.MatchString(h) {
			add("headers", fmt.Sprintf("%q is no name of a header", h))
		}
	}
}
