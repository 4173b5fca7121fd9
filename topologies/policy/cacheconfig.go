package policy

import (
	"time"

	"windtunnel/topologies/unit"
)

// CacheConfig is what a cache does: that of an edge, or a cache node.
type CacheConfig struct {
	TTL      time.Duration `yaml:"ttl" json:"ttl,omitempty" doc:"how long a reply is fresh; must be set"`
	Size     int           `yaml:"size" json:"size,omitempty" min:"0" doc:"replies that are kept in one place; the least recently used goes first; 0: 10,000"`
	Bytes    unit.Bytes    `yaml:"bytes" json:"bytes,omitempty" doc:"bytes of replies that are kept in one place; 0: however many size allows"`
	Stale    time.Duration `yaml:"stale_while_revalidate" json:"stale_while_revalidate,omitempty" doc:"how long after its ttl a reply still answers, while one request has it made anew (RFC 5861); 0: not at all"`
	IfError  time.Duration `yaml:"stale_if_error" json:"stale_if_error,omitempty" doc:"how long after its ttl a reply still answers for a callee that failed (RFC 5861); 0: not at all"`
	Coalesce bool          `yaml:"coalesce" json:"coalesce,omitempty" doc:"requests for what is being asked for already wait for that answer, instead of asking too"`
	Early    float64       `yaml:"early_refresh" json:"early_refresh,omitempty" min:"0" doc:"has a reply made anew before its ttl is over, the likelier the nearer that is (XFetch); 1 as in its paper, more for earlier, 0: never"`
	Lease    time.Duration `yaml:"lease" json:"lease,omitempty" doc:"how long one request may take to have a reply made before another is let try; 0: 10s"`
	Always   bool          `yaml:"always" json:"always,omitempty" doc:"cache operations that are not idempotent too"`
}

// EdgeCacheConfig is the cache on the calling side of an edge.
type EdgeCacheConfig struct {
	In          string `yaml:"in" json:"in,omitempty" doc:"a node of kind cache that is asked first and told what the callee answered (look-aside); its own settings hold; empty: each calling instance has a cache of its own"`
	CacheConfig `yaml:",inline"`
}

// Vet checks that the settings are there, and in one place.
func (c *EdgeCacheConfig) Vet(add func(key, message string)) {
	own := c.CacheConfig
	own.Always = false
	switch {
	case c.In == "":
		c.CacheConfig.Vet(add)
	case own != CacheConfig{}:
		add("in", "the cache is node "+c.In+": what it keeps, and for how long, is set there")
	}
}

// Vet checks that replies are kept for some time.
func (c *CacheConfig) Vet(add func(key, message string)) {
	if c.TTL <= 0 {
		add("ttl", "it needs `ttl`: how long a reply is fresh, such as 30s")
	}
}

// complete fills in what zero means.
func (c CacheConfig) complete() CacheConfig {
	defaultTo(&c.Size, 10_000)
	c.Lease = c.LeaseTime()
	return c
}

// LeaseTime returns how long a flight may take.
func (c CacheConfig) LeaseTime() time.Duration {
	if c.Lease <= 0 {
		return 10 * time.Second
	}
	return c.Lease
}
