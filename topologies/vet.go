package topologies

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

var (
	methodName = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	envName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Vet checks that the fields agree.
func (r *Request) Vet(add func(key, message string)) {
	if r.Path == "" {
		add("", "a request needs `path`: path with query")
		return
	}
	r.vetPath(add)
	r.vet(add)
}

func (r *Request) vetPath(add func(key, message string)) {
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, " \t\r\n") {
		add("path", fmt.Sprintf("%q is no path: it begins with / and has no spaces in it", r.Path))
	}
}

func (r *Request) vet(add func(key, message string)) {
	if !methodName.MatchString(r.Method) {
		add("method", fmt.Sprintf("%q is no HTTP method: they are written in capitals, such as GET", r.Method))
	}
	if r.Host != "" && (strings.ContainsAny(r.Host, " \t\r\n/") || r.Headers["Host"] != "") {
		add("host", fmt.Sprintf("%q is no host, or is among the headers too: write it once, as in api.example.com", r.Host))
	}
	if r.Body != "" && r.BodyFile != "" {
		add("body_file", "either `body` or `body_file`, not both")
	}
	for _, status := range r.Expect {
		if status < 100 || status > 599 {
			add("expect", fmt.Sprintf("%d is no HTTP status: they are 100 to 599", status))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		if !headerName.MatchString(name) || strings.ContainsAny(r.Headers[name], "\r\n\x00") {
			add("headers", fmt.Sprintf("the header %q has a character that cannot stand in one", name))
		}
	}
}

// Vet checks that the fields agree.
func (c *Container) Vet(add func(key, message string)) {
	switch {
	case c.Image == "" && len(c.Command) == 0:
		add("", "it says nothing of what to run: add `image: name:tag` or `command: [program, argument]`")
	case c.Image != "" && c.Port == 0:
		add("", "it needs `port`: where the image listens inside its container")
	}
	vetHealth(c.Health, add)
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		if !envName.MatchString(name) {
			add("env", fmt.Sprintf("%q is no name of an environment variable", name))
		}
	}
	if c.TLS != (TLS{}) {
		add("tls", "a container is asked over plain HTTP: leave `tls` out")
	}
}

func vetHealth(path string, add func(key, message string)) {
	if path != "" && !strings.HasPrefix(path, "/") {
		add("health", fmt.Sprintf("%q is no path: it begins with /, as in /healthz", path))
	}
}

// Vet checks that the fields agree.
func (e *External) Vet(add func(key, message string)) {
	vetHealth(e.Health, add)
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		add("url", "the URL should begin with http:// or https:// and a host, as in http://127.0.0.1:9000")
	case u.RawQuery != "" || u.Fragment != "":
		add("url", "the URL has a query: put it into the `path` of each entry")
	case u.Scheme == "http" && e.TLS != (TLS{}):
		add("tls", "`tls` is for https, and the URL is http")
	}
}

// Vet checks that the fields agree.
func (e *EdgeSpec) Vet(add func(key, message string)) {
	p := e.Policy
	if p.Deadline > 0 && p.Timeout > p.Deadline {
		add("timeout", fmt.Sprintf("one attempt may take %v, but the whole call only %v: make `timeout` the shorter", p.Timeout, p.Deadline))
	}
	if e.From != "" && e.From == e.To {
		add("from", "an edge leads from one node to another")
	}
	if p.Retry != nil {
		vetBackoff(p.Retry.Backoff, add)
	}
	if h := p.Hedge; h != nil && h.After == 0 && h.Quantile == 0 {
		add("hedge", "it says nothing of how long to wait for an answer: set `after`, such as 50ms, or `quantile`, such as 95%")
	}
	if f := p.Fallback; f != nil && f.Respond > largestFallback {
		add("fallback", fmt.Sprintf("%v is more than a reply can have: at most %v", f.Respond, unit.Bytes(largestFallback)))
	}
	vetLimit(p.Limit, add)
	perOfGateway(p.RateLimit, add)
}

// largestFallback is the largest body that a node holds whole.
const largestFallback = 64 << 20

// Vet checks that the fields agree.
func (w *Workers) Vet(add func(key, message string)) {
	w.vet(add)
	perOfGateway(w.RateLimit, add)
}

func (w *Workers) vet(add func(key, message string)) {
	vetLimit(w.Limit, add)
	if s := w.Shedding; s != nil && len(s.First) > 0 && s.Queue == 0 {
		add("shedding", "`first` says who is turned away while half as many wait: set `queue` too")
	}
}

// perOfGateway says that only a gateway tells clients apart.
func perOfGateway(l *policy.RateLimitConfig, add func(key, message string)) {
	if l != nil && l.Per != nil {
		add("rate_limit", "only a gateway sees whose a request is: leave `per` out")
	}
}

func vetLimit(l *policy.LimitConfig, add func(key, message string)) {
	if l != nil && l.Most < l.Least {
		add("concurrency_limit", fmt.Sprintf("at most %d, but at least %d: make `most` the larger", l.Most, l.Least))
	}
}

func vetBackoff(b policy.BackoffConfig, add func(key, message string)) {
	if b.Cap > 0 && b.Cap < b.Base {
		add("retry", fmt.Sprintf("the backoff's cap %v is below its base %v", b.Cap, b.Base))
	}
}
