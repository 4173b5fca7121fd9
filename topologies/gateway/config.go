package gateway

import (
	"maps"
	"slices"
	"time"

	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// Config is what one gateway does. The zero Config has no route: everything is 404.
type Config struct {
	Name      string                  `json:"name,omitempty"` // the node's, from which draws are hashed
	Routes    []Route                 `json:"routes,omitempty"`
	Auth      *Auth                   `json:"auth,omitempty"`
	CORS      *CORS                   `json:"cors,omitempty"`
	RateLimit *policy.RateLimitConfig `json:"rate_limit,omitempty"`
	MaxBody   unit.Bytes              `json:"max_body,omitempty"` // 0: no bound of its own
}

// Route says which requests go where. Of the routes that match, the most
// specific one counts, whatever their order: first by path, then by host, by
// method, by the number of headers, and last the one that comes first.
type Route struct {
	Path      string             `yaml:"path" json:"path,omitempty" doc:"/items exactly; /items/{id} with any one part in place of {id}; /items/* for everything below; empty: every path"`
	Methods   []string           `yaml:"methods" json:"methods,omitempty" doc:"such as [GET, POST]; GET takes HEAD with it; empty: every method"`
	Host      string             `yaml:"host" json:"host,omitempty" doc:"the Host asked for, without its port; *.example.com for every name below; empty: every host"`
	Headers   map[string]string  `yaml:"headers" json:"headers,omitempty" doc:"headers that must be there with this value; * for any value"`
	To        string             `yaml:"to" json:"to,omitempty" doc:"the operation that answers; exactly one of to, split and aggregate"`
	Split     map[string]float64 `yaml:"split" json:"split,omitempty" doc:"operations with their weights from 0 to 100, each of which has its part of their sum, such as {catalog.detail: 95, catalog-v2.detail: 5}: a canary"`
	Aggregate []Part             `yaml:"aggregate" json:"aggregate,omitempty" doc:"operations asked at once, whose answers are joined into one"`
	As        string             `yaml:"as" json:"as,omitempty" doc:"an operation that the aggregate stands for: its component lives here, and who calls it is answered by the aggregate"`
	Timeout   time.Duration      `yaml:"timeout" json:"timeout,omitempty" doc:"bounds the whole request from here on; 0: only the edges' policies do"`
	Attempts  int                `yaml:"attempts" json:"attempts,omitempty" min:"0" max:"20" doc:"at most so many of the attempts that the edge's retry allows; 1: none is repeated; 0: all of them"`
	Allow     []string           `yaml:"allow" json:"allow,omitempty" doc:"clients that may use it, by the name of their key or the subject of their token; others are answered 403; empty: all that are known"`
	Open      bool               `yaml:"open" json:"open,omitempty" doc:"needs no authentication"`
}

// Part is one operation of an aggregate.
type Part struct {
	Call     string `yaml:"call,value" json:"call" required:"true" doc:"the operation"`
	Optional bool   `yaml:"optional" json:"optional,omitempty" doc:"where it fails the whole is answered without it"`
}

// Targets lists the operations that a route may send to, in the order in which
// shares and parts are counted.
func (r *Route) Targets() []string {
	switch {
	case len(r.Aggregate) > 0:
		targets := make([]string, len(r.Aggregate))
		for i, p := range r.Aggregate {
			targets[i] = p.Call
		}
		return targets
	case len(r.Split) > 0:
		return slices.Sorted(maps.Keys(r.Split))
	case r.To != "":
		return []string{r.To}
	}
	return nil
}

// Auth says who is known. Where both are set, either is enough.
type Auth struct {
	APIKeys *APIKeys `yaml:"api_keys" json:"api_keys,omitempty" doc:"clients by a key that they send"`
	JWT     *JWT     `yaml:"jwt" json:"jwt,omitempty" doc:"clients by a signed token that they send as Authorization: Bearer"`
}

// APIKeys are clients with their keys.
type APIKeys struct {
	Header string            `yaml:"header" json:"header" default:"X-Api-Key" doc:"the header that carries the key"`
	Keys   map[string]string `yaml:"keys" json:"keys" env:"fill" required:"true" doc:"keys by the client's name; ${NAME} is taken from the environment"`
}

// JWT says which tokens are good (RFC 7519). A token needs an expiry, and a
// method that is on the list: none is never.
type JWT struct {
	Methods   []string      `yaml:"methods" json:"methods" required:"true" oneof:"HS256,HS384,HS512,RS256,RS384,RS512,PS256,ES256,ES384,EdDSA" doc:"the signing methods that are accepted"`
	Secret    string        `yaml:"secret" json:"secret,omitempty" env:"fill" doc:"the shared secret of HS methods; ${NAME} is taken from the environment"`
	PublicKey string        `yaml:"public_key" json:"public_key,omitempty" env:"fill" doc:"the key of the other methods, in PEM"`
	Issuer    string        `yaml:"issuer" json:"issuer,omitempty" doc:"who must have issued it; empty: anybody"`
	Audience  string        `yaml:"audience" json:"audience,omitempty" doc:"for whom it must be; empty: anybody"`
	Leeway    time.Duration `yaml:"leeway" json:"leeway,omitempty" doc:"how far clocks may differ"`
}

// CORS says which pages of other origins may ask (WHATWG Fetch). The gateway
// answers their preflights itself.
type CORS struct {
	Origins     []string      `yaml:"origins" json:"origins" required:"true" doc:"such as [https://shop.example]; * for every origin"`
	Methods     []string      `yaml:"methods" json:"methods,omitempty" doc:"that they may use; empty: those of the route"`
	Headers     []string      `yaml:"headers" json:"headers,omitempty" doc:"that they may send besides the ones that are always safe; * for all"`
	Expose      []string      `yaml:"expose" json:"expose,omitempty" doc:"headers of the reply that they may read"`
	Credentials bool          `yaml:"credentials" json:"credentials,omitempty" doc:"they may send cookies; not with the origin *"`
	MaxAge      time.Duration `yaml:"max_age" json:"max_age,omitempty" default:"10m" doc:"how long a preflight holds"`
}
