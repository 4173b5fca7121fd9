package topologies

import (
	"slices"

	"windtunnel/topologies/def"
	"windtunnel/topologies/gateway"
	"windtunnel/topologies/unit"
	"windtunnel/topologies/work"
)

// Gateway is where requests from outside come in: it sends them to the nodes
// that host what they ask for, by its routes or else by the entries.
type Gateway struct {
	Entries []string        `yaml:"entries" doc:"the entries it serves; empty: all"`
	Clients []string        `yaml:"clients" doc:"nodes that stand for clients outside: what they call comes in here too"`
	Routes  []gateway.Route `yaml:"routes" doc:"which requests go where; empty: each entry to its operation"`
	Auth    *gateway.Auth   `yaml:"auth" doc:"who is let in, by key or token; others are answered 401"`
	CORS    *gateway.CORS   `yaml:"cors" doc:"which pages of other origins may ask; the gateway answers their preflights"`
	MaxBody unit.Bytes      `yaml:"max_body" default:"8Mi" max:"8Mi" doc:"a longer body is answered 413"`
	Workers `yaml:",inline"`
}

// Hosted returns the components whose operations its aggregates stand for.
func (g *Gateway) Hosted() []string {
	var hosted []string
	for _, r := range g.Routes {
		if c := work.Component(r.As); r.As != "" && !slices.Contains(hosted, c) {
			hosted = append(hosted, c)
		}
	}
	return hosted
}

// Vet checks that the fields agree.
func (g *Gateway) Vet(add func(key, message string)) {
	g.Workers.vet(add)
	if per := g.perClient(); per && g.Auth == nil {
		add("rate_limit", "`per: {client: true}` goes by who a client is, and nobody is asked: add `auth`, or tell clients apart by a header")
	}
	if g.Auth != nil && len(g.Clients) > 0 {
		add("clients", "nodes that call have no key or token to send: a gateway has either `clients` or `auth`")
	}
	if len(g.Routes) > gateway.MaxRoutes {
		add("routes", "there are too many routes: at most 1000")
	}
}

func (g *Gateway) perClient() bool {
	return g.RateLimit != nil && g.RateLimit.Per != nil && g.RateLimit.Per.Client
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "gateway",
		Doc: "the door of the system: takes what comes from outside and passes it to the node that hosts it\n" +
			"It is a reverse proxy; the policies of its outgoing edges (timeout, retry, breaker, balance) hold for what it\n" +
			"passes on. Without `routes` it takes every entry. A route goes by path, host, method and headers, the most\n" +
			"specific one first, to an operation, to several by weight (a canary), or to several at once, whose answers are\n" +
			"joined. 404 without a route, 405 for another method, 401 and 403 by `auth`, 413 by `max_body`, 429 with\n" +
			"Retry-After by `rate_limit`, which may have a bucket for each client. A header may have 16Ki (431) and must be\n" +
			"there within 10s (408). The fault `reload` replaces the routes during a run.\n\n" +
			"  edge:\n" +
			"    kind: gateway\n" +
			"    routes:\n" +
			"      - {path: \"/items/{id}\", methods: [GET], split: {catalog.detail: 95, catalog-v2.detail: 5}, timeout: 1s}\n" +
			"      - {path: /home, aggregate: [catalog.detail, {call: basket.get, optional: true}]}\n" +
			"    rate_limit: {rate: 100/s, burst: 20, per: {header: X-Api-Key}}\n" +
			"    auth: {api_keys: {keys: {shop: \"${SHOP_KEY}\"}}}\n" +
			"    cors: {origins: [\"https://shop.example\"]}",
		New: func() any { return &Gateway{} },
	})
}
