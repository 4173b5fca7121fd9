package topologies

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Breaker is a proxy node that guards another node with a circuit breaker.
type Breaker struct {
	To       string                 `yaml:"to" required:"true" doc:"the node that it guards"`
	Breaker  policy.BreakerConfig   `yaml:"breaker" doc:"when it opens and closes"`
	Fallback *policy.FallbackConfig `yaml:"fallback" doc:"answers in place of a callee that failed"`
	Workers  `yaml:",inline"`
}

// Fronts returns the guarded node.
func (b *Breaker) Fronts() string { return b.To }

// Refront has it guard another node.
func (b *Breaker) Refront(node string) { b.To = node }

// Forward guards its calls with its breaker, and answers in their place.
func (b *Breaker) Forward(e *policy.EdgeConfig) {
	config := b.Breaker
	e.Breaker = &config
	if b.Fallback != nil {
		e.Fallback = b.Fallback
	}
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "breaker",
		Doc: "a circuit breaker as a proxy on the path to another node\n" +
			"One breaker for all callers, where a breaker on an edge is one for each calling instance.",
		New: func() any { return &Breaker{} },
	})
}
