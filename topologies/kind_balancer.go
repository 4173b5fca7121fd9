package topologies

import (
	"time"

	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Balancer is a proxy node that spreads requests over the instances of another node.
type Balancer struct {
	To        string                 `yaml:"to" required:"true" doc:"the node whose instances it spreads requests over"`
	Balance   string                 `yaml:"balance" default:"round-robin" registry:"balancer" doc:"how it picks"`
	Health    *policy.HealthConfig   `yaml:"health" doc:"probes the instances and leaves those out that do not answer (active health checks)"`
	Ejection  *policy.EjectionConfig `yaml:"ejection" doc:"leaves instances out for a while that fail more than the others (passive)"`
	SlowStart time.Duration          `yaml:"slow_start" doc:"how long the weight of a new instance grows from a tenth to the whole; 0: it has all at once"`
	Workers   `yaml:",inline"`
}

// Fronts returns the node whose instances it balances.
func (b *Balancer) Fronts() string { return b.To }

// Refront has it balance another node.
func (b *Balancer) Refront(node string) { b.To = node }

// Forward makes its calls spread as it says.
func (b *Balancer) Forward(e *policy.EdgeConfig) {
	e.Balance = b.Balance
	if b.Health != nil {
		e.Health = b.Health
	}
	if b.Ejection != nil {
		e.Ejection = b.Ejection
	}
	if b.SlowStart > 0 {
		e.SlowStart = b.SlowStart
	}
}

func init() {
	Kinds.Register(def.Def[any]{
		Name: "balancer",
		Doc: "a load balancer as a proxy in front of the instances of another node\n" +
			"It sees the requests of all callers, where `balance:` on an edge sees those of one calling instance.",
		New: func() any { return &Balancer{} },
	})
}
