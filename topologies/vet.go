package topologies

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"windtunnel/topologies/policy"
)

var (
	methodName = regexp.MustCompile(`^[A-Z]+$`)
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	envName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Vet checks that the fields agree.
func (r *Request) Vet(add func(key, message string)) {
	if !methodName.MatchString(r.Method) {
		add("method", fmt.Sprintf("%q is no HTTP method: they are written in capitals, such as GET", r.Method))
	}
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, " \t\r\n") {
		add("path", fmt.Sprintf("%q is no path: it begins with / and has no spaces in it", r.Path))
	}
	if r.Body != "" && r.BodyFile != "" {
		add("body_file", "either `body` or `body_file`, not both")
	}
	for _, status := range r.Expect {
		if status < 100 || status > 599 {
			add("expect", fmt.Sprintf("%d is no HTTP status: they are 100 to 599", status))
		}
	}
	for _, name := range sortedKeys(r.Headers) {
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
	if c.Health != "" && !strings.HasPrefix(c.Health, "/") {
		add("health", fmt.Sprintf("%q is no path: it begins with /, as in /healthz", c.Health))
	}
	for _, name := range sortedKeys(c.Env) {
		if !envName.MatchString(name) {
			add("env", fmt.Sprintf("%q is no name of an environment variable", name))
		}
	}
	if c.TLS != (TLS{}) {
		add("tls", "a container is asked over plain HTTP: leave `tls` out")
	}
}

// Vet checks that the fields agree.
func (e *External) Vet(add func(key, message string)) {
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
}

func vetBackoff(b policy.BackoffConfig, add func(key, message string)) {
	if b.Cap > 0 && b.Cap < b.Base {
		add("retry", fmt.Sprintf("the backoff's cap %v is below its base %v", b.Cap, b.Base))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
