package topologies

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Cache is a node that keeps replies.
type Cache struct {
	To                 string `yaml:"to" doc:"the node whose replies it keeps, standing in front of it (read-through); empty: callers look aside, with cache: {in: …} on their edges"`
	policy.CacheConfig `yaml:",inline"`
	Workers            `yaml:",inline"`
}

// Fronts returns the node that it reads through to, "" where callers look aside.
func (c *Cache) Fronts() string { return c.To }

// Refront has it read through to another node.
func (c *Cache) Refront(node string) { c.To = node }

// Forward keeps what its calls are answered.
func (c *Cache) Forward(e *policy.EdgeConfig) {
	e.Cache = &policy.EdgeCacheConfig{CacheConfig: c.CacheConfig}
}

// Vet checks that the settings agree.
func (c *Cache) Vet(add func(key, message string)) {
	c.CacheConfig.Vet(add)
	c.Workers.Vet(add)
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "cache",
		Doc: "a node that keeps replies for a while, the least recently used going first\n" +
			"With `to:` it stands in front of that node and asks it for what it does not have (read-through): when it dies,\n" +
			"callers have no other way. Without, callers whose edges say cache: {in: NAME} ask it first, ask the callee for\n" +
			"what it does not have, and fill it in (look-aside): when it dies they ask the callee alone. It comes back empty.\n" +
			"Replies are kept by what is asked for, how, and the request's key (see setting entry). Only idempotent\n" +
			"operations are cached, and of them only the successes (200). Of what is no operation of a node only GET and\n" +
			"HEAD without a body are, and never what a client asks with an Authorization of its own (RFC 9111).",
		New: func() any { return &Cache{} },
	})
}
