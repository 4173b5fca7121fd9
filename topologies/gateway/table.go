package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"windtunnel/topologies/work"
)

// MaxRoutes bounds the routes of one gateway.
const MaxRoutes = 1000

// Request is what a gateway looks at of a request.
type Request struct {
	Method, Host, Path string
	Query              string // after the question mark: no route goes by it
	Fields             []Field
	Body               int // its length
	Identity           work.Identity
}

// Field is one header of a request or a reply.
type Field struct{ Name, Value string }

// Header returns the value of a header, "" where it is not there.
func (r *Request) Header(name string) string {
	for i := range r.Fields {
		if f := &r.Fields[i]; len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Table is a list of routes made ready. It never changes, and is safe for
// concurrent use.
type Table struct {
	routes  []*Choice            // the most specific first
	exact   map[string][]*Choice // those of them with one path alone, by it
	pattern []*Choice            // the others
}

// Choice is a route made ready.
type Choice struct {
	Route
	pattern pattern
	host    hostPattern
	targets []string
	shares  []float64 // of split, added up; the last is 1
	order   int
	allow   string // for the header of a 405
}

// NewTable makes routes ready. Its errors are those of Problems.
func NewTable(routes []Route) (*Table, error) {
	t := &Table{exact: map[string][]*Choice{}}
	if len(routes) > MaxRoutes {
		return nil, fmt.Errorf("make routes: there are %d: at most %d", len(routes), MaxRoutes)
	}
	var problems []error
	for i := range routes {
		for _, why := range routes[i].Problems() {
			problems = append(problems, fmt.Errorf("route %d: %s: %s", i+1, why.Key, why.Text))
		}
		t.routes = append(t.routes, choice(routes[i], i))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("make routes: %w", errors.Join(problems...))
	}
	slices.SortStableFunc(t.routes, compare)
	for _, c := range t.routes {
		if c.pattern.exact() {
			t.exact[c.pattern.text] = append(t.exact[c.pattern.text], c)
		} else {
			t.pattern = append(t.pattern, c)
		}
	}
	return t, nil
}

func choice(r Route, order int) *Choice {
	c := &Choice{Route: r, order: order, targets: r.Targets(), allow: strings.Join(r.Methods, ", ")}
	c.pattern, _ = parsePattern(r.Path)
	c.host = parseHost(r.Host)
	sum := 0.0
	for _, target := range c.targets {
		sum += r.Split[target]
	}
	below := 0.0
	for _, target := range c.targets {
		below += r.Split[target]
		c.shares = append(c.shares, below/sum)
	}
	return c
}

// Order is the index of the route among those that the table was made of.
func (c *Choice) Order() int { return c.order }

// compare puts the more specific route first.
func compare(a, b *Choice) int {
	if by := a.pattern.compare(&b.pattern); by != 0 {
		return by
	}
	if by := a.host.compare(b.host); by != 0 {
		return by
	}
	if named := len(a.Methods) > 0; named != (len(b.Methods) > 0) {
		if named {
			return -1
		}
		return 1
	}
	if by := len(b.Headers) - len(a.Headers); by != 0 {
		return by
	}
	return a.order - b.order
}

// Match finds the most specific route for a request; nil where there is none.
// Then allow lists the methods of the routes that would match with another
// method, joined as in the header Allow, and is "" where there are none.
func (t *Table) Match(r *Request) (found *Choice, allow string) {
	var methods []string
	for _, list := range [2][]*Choice{t.exact[r.Path], t.pattern} {
		for _, c := range list {
			switch {
			case !c.pattern.matches(r.Path) || !c.host.matches(r.Host) || !c.headersMatch(r):
			case c.takes(r.Method):
				return c, ""
			default:
				methods = append(methods, c.Methods...)
			}
		}
	}
	if len(methods) == 0 {
		return nil, ""
	}
	slices.Sort(methods)
	return nil, strings.Join(slices.Compact(methods), ", ")
}

// takes says whether the route is for a method.
func (c *Choice) takes(method string) bool {
	return len(c.Methods) == 0 || slices.Contains(c.Methods, method) || method == "HEAD" && slices.Contains(c.Methods, "GET")
}

func (c *Choice) headersMatch(r *Request) bool {
	for name, want := range c.Headers {
		if got := r.Header(name); got == "" || want != "*" && got != want {
			return false
		}
	}
	return true
}

// Pick returns the operation that answers a request with this identity; "" of an
// aggregate. The shares are those of the weights over many identities, one
// identity always goes the same way, and where the weight of the first of two
// operations grows, none that went to it goes elsewhere.
func (c *Choice) Pick(gateway string, id work.Identity) string {
	switch {
	case len(c.Aggregate) > 0:
		return ""
	case len(c.Split) == 0:
		return c.To
	}
	draw := id.Named(gateway).Named("split").Float64()
	for i, share := range c.shares {
		if draw < share {
			return c.targets[i]
		}
	}
	return c.targets[len(c.targets)-1]
}

// hostPattern is the host of a route: a name, a suffix with its leading dot, or
// "" for every host.
type hostPattern struct {
	name  string
	below bool
}

func parseHost(text string) hostPattern {
	text = strings.ToLower(text)
	if rest, below := strings.CutPrefix(text, "*"); below {
		return hostPattern{rest, true}
	}
	return hostPattern{text, false}
}

// matches says whether a Host header, with or without a port, is meant.
func (h hostPattern) matches(host string) bool {
	if h.name == "" {
		return true
	}
	host = withoutPort(host)
	if h.below {
		return len(host) > len(h.name) && strings.EqualFold(host[len(host)-len(h.name):], h.name)
	}
	return strings.EqualFold(host, h.name)
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 {
		return host[:i]
	}
	return host
}

// compare puts names before suffixes, long suffixes before short ones, and
// every host last.
func (h hostPattern) compare(o hostPattern) int {
	rank := func(p hostPattern) int {
		switch {
		case p.name == "":
			return 1 << 20
		case p.below:
			return 1<<19 - len(p.name)
		}
		return 0
	}
	return rank(h) - rank(o)
}
