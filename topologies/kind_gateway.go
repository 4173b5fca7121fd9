package topologies

import "windtunnel/topologies/def"

// Gateway is where requests from outside come in: it sends each entry to the node that hosts its operation.
type Gateway struct {
	Entries []string `yaml:"entries" doc:"the entries it serves; empty: all"`
	Workers `yaml:",inline"`
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "gateway",
		Doc: "the door of the system: takes every entry and passes it to the node that hosts it\n" +
			"It is a reverse proxy; the policies of its outgoing edges (timeout, retry, breaker, balance) hold for what it passes on.",
		New: func() any { return &Gateway{} },
	})
}
