package gateway

import (
	"slices"
	"strconv"
	"time"

	"windtunnel/topologies/policy"
)

// Gateway decides about the requests to one instance of a gateway.
type Gateway struct {
	cfg     Config
	table   *Table
	keyring *keyring // nil: nobody is asked
	clients *Clients // nil: no rate limit
}

// New makes a gateway. Its errors are settings that Vet refuses.
func New(cfg Config) (*Gateway, error) {
	g := &Gateway{cfg: cfg}
	var err error
	if g.table, err = NewTable(cfg.Routes); err != nil {
		return nil, err
	}
	if g.keyring, err = newKeyring(cfg.Auth); err != nil {
		return nil, err
	}
	if cfg.RateLimit != nil {
		g.clients = NewClients(*cfg.RateLimit, 0)
	}
	return g, nil
}

// Table returns the routes of the configuration.
func (g *Gateway) Table() *Table { return g.table }

// Verdict is what becomes of a request.
type Verdict struct {
	Status int // of the answer; 0: it passes
	Cause  policy.Cause
	Fields []Field // of the reply, also of one that is passed on
	Why    string  // of an answer: one line for the client
	Route  *Choice // of a request that passes
	Client string  // whose request it is, for the rate limit
}

// Passes says whether the request is passed on.
func (v *Verdict) Passes() bool { return v.Status == 0 }

// Decide says what becomes of a request by the routes of a table, all but the
// rate limit. It is safe for concurrent use. The time is that of the wall clock,
// which the expiry of tokens speaks of.
func (g *Gateway) Decide(t *Table, wall time.Time, r *Request) Verdict {
	var fields []Field
	if g.cfg.CORS != nil {
		if IsPreflight(r) {
			return g.preflight(t, r)
		}
		fields = g.cfg.CORS.onReply(r)
	}
	route, allow := t.Match(r)
	switch {
	case route == nil && allow != "":
		return refuse(405, "no "+r.Method+" here", append(fields, Field{"Allow", allow}))
	case route == nil:
		return refuse(404, "no route for "+r.Method+" "+r.Path, fields)
	case g.cfg.MaxBody > 0 && int64(r.Body) > int64(g.cfg.MaxBody):
		return refuse(413, "the body is too large", fields)
	}
	v := Verdict{Route: route, Fields: fields}
	known := ""
	if g.keyring != nil && !route.Open {
		var err error
		if known, err = g.keyring.client(wall, r); err != nil {
			return refuse(401, "who are you?", append(fields, Field{"Www-Authenticate", g.keyring.challenge(err)}))
		}
	}
	if len(route.Allow) > 0 && !slices.Contains(route.Allow, known) { // nobody, where nobody is asked
		return refuse(403, "not for you", fields)
	}
	v.Client = g.clientOf(r, known)
	return v
}

// clientOf is whose bucket a request is taken from.
func (g *Gateway) clientOf(r *Request, known string) string {
	limit := g.cfg.RateLimit
	switch {
	case limit == nil || limit.Per == nil:
		return ""
	case limit.Per.Header != "":
		return r.Header(limit.Per.Header)
	}
	return known
}

// preflight answers a browser's question for the routes of its path.
func (g *Gateway) preflight(t *Table, r *Request) Verdict {
	asked := *r
	asked.Method = r.Header("Access-Control-Request-Method")
	route, allow := t.Match(&asked)
	var methods []string
	switch {
	case route == nil && allow == "":
		return refuse(404, "no route for "+r.Path, nil)
	case route == nil:
		return refuse(403, "no "+asked.Method+" here", []Field{{"Allow", allow}})
	default:
		methods = route.Methods
	}
	fields := g.cfg.CORS.answer(r, methods)
	if fields == nil {
		return refuse(403, "not from there", nil)
	}
	return Verdict{Status: 204, Fields: fields}
}

// Limited says whether there is a rate limit to be asked.
func (g *Gateway) Limited() bool { return g.clients != nil }

// Limit asks the rate limit for a request that passes otherwise. It is not safe
// for concurrent use.
func (g *Gateway) Limit(now policy.Instant, v Verdict) Verdict {
	ok, after := g.clients.Take(now, v.Client)
	if ok {
		return v
	}
	limited := refuse(429, "too many requests", append(v.Fields, Field{"Retry-After", strconv.Itoa(seconds(after))}))
	limited.Cause = policy.RejectedLimit
	return limited
}

// seconds rounds up to whole seconds, as Retry-After has them.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func refuse(status int, why string, fields []Field) Verdict {
	return Verdict{Status: status, Cause: policy.Status, Why: why + "\n", Fields: fields}
}
