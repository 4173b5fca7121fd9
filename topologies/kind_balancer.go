package topologies

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Balancer is a proxy node that spreads requests over the instances of another node.
type Balancer struct {
	To      string `yaml:"to" required:"true" doc:"the node whose instances it spreads requests over"`
	Balance string `yaml:"balance" default:"round-robin" registry:"balancer" doc:"how it picks"`
	Workers `yaml:",inline"`
}

// Fronts returns the node whose instances it balances.
func (b *Balancer) Fronts() string { return b.To }

// Forward makes its calls spread as it says.
func (b *Balancer) Forward(e *policy.EdgeConfig) { e.Balance = b.Balance }

func init() {
	Kinds.Register(def.Def[any]{
		Name: "balancer",
		Doc: "a load balancer as a proxy in front of the instances of another node\n" +
			"It sees the requests of all callers, where `balance:` on an edge sees those of one calling instance.",
		New: func() any { return &Balancer{} },
	})
}
