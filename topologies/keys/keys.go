// Package keys draws what requests are about: which product, which user. A key
// is a number from 1 on, drawn from the identity of the request, so that both
// engines and all topologies meet the same keys in the same order.
//
//	source := &keys.Zipf{S: 1.1, Of: 10_000}
//	draw := source.Sampler()            // once
//	key := draw(arrival.Named("key"))   // for each request
package keys

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/work"
)

// Source is a distribution of keys.
type Source interface {
	// Sampler makes the draws ready. What it returns gives a key of 1 or more,
	// may be used by many goroutines, and depends on the identity alone.
	Sampler() func(work.Identity) uint64
}

// Sources registers the distributions by the name that `key:` takes.
var Sources = def.NewRegistry[Source]("key distribution")
