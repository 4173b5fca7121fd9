package gateway

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// IsPreflight says whether a request is a browser's question of what it may ask.
func IsPreflight(r *Request) bool {
	return r.Method == "OPTIONS" && r.Header("Origin") != "" && r.Header("Access-Control-Request-Method") != ""
}

// allows says whether pages of an origin may ask.
func (c *CORS) allows(origin string) bool {
	return slices.Contains(c.Origins, "*") || slices.ContainsFunc(c.Origins, func(o string) bool { return strings.EqualFold(o, origin) })
}

// answer answers a preflight for a path whose routes take these methods; no
// fields mean no.
func (c *CORS) answer(r *Request, routes []string) []Field {
	origin, method := r.Header("Origin"), r.Header("Access-Control-Request-Method")
	methods := c.Methods
	if len(methods) == 0 {
		methods = routes
	}
	if !c.allows(origin) || len(methods) > 0 && !slices.Contains(methods, method) || !c.allowsHeaders(r.Header("Access-Control-Request-Headers")) {
		return nil
	}
	if len(methods) == 0 {
		methods = []string{method} // the routes take every method
	}
	fields := append(c.fields(origin), Field{"Access-Control-Allow-Methods", strings.Join(methods, ", ")})
	if asked := r.Header("Access-Control-Request-Headers"); asked != "" {
		fields = append(fields, Field{"Access-Control-Allow-Headers", asked})
	}
	if c.MaxAge > 0 {
		fields = append(fields, Field{"Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge / time.Second))})
	}
	return fields
}

// safe are the headers that a page may send without asking (Fetch, CORS-safelisted).
func safe(name string) bool {
	for _, s := range [...]string{"Accept", "Accept-Language", "Content-Language", "Content-Type", "Range"} {
		if strings.EqualFold(name, s) {
			return true
		}
	}
	return false
}

func (c *CORS) allowsHeaders(asked string) bool {
	if slices.Contains(c.Headers, "*") {
		return true
	}
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.TrimSpace(name)
		if name != "" && !safe(name) && !slices.ContainsFunc(c.Headers, func(h string) bool { return strings.EqualFold(h, name) }) {
			return false
		}
	}
	return true
}

// fields are what every reply to an allowed origin says.
func (c *CORS) fields(origin string) []Field {
	fields := []Field{{"Access-Control-Allow-Origin", origin}, {"Vary", "Origin"}}
	if !c.Credentials && slices.Contains(c.Origins, "*") {
		fields = []Field{{"Access-Control-Allow-Origin", "*"}}
	}
	if c.Credentials {
		fields = append(fields, Field{"Access-Control-Allow-Credentials", "true"})
	}
	return fields
}

// onReply are the fields of a reply to a request from a page; none where it is
// not from one, or that may not ask.
func (c *CORS) onReply(r *Request) []Field {
	origin := r.Header("Origin")
	if origin == "" || !c.allows(origin) {
		return nil
	}
	fields := c.fields(origin)
	if len(c.Expose) > 0 {
		fields = append(fields, Field{"Access-Control-Expose-Headers", strings.Join(c.Expose, ", ")})
	}
	return fields
}
