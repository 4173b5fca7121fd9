package topologies

import (
	"windtunnel/topologies/def"
	"windtunnel/topologies/policy"
)

// Kinds registers the node kinds; New makes the kind's Spec. The file of a kind
// is the only one to change when a kind is added.
var Kinds = def.NewRegistry[any]("node kind")

// Workers bounds what an instance does at once. It is part of every kind that
// windtunnel itself runs.
type Workers struct {
	Concurrency         int `yaml:"concurrency" default:"64" min:"0" doc:"requests that an instance works on at once; 0: unbounded"`
	Queue               int `yaml:"queue" default:"1000" min:"0" doc:"requests that may wait for a worker; one more is answered 503; 0: none waits"`
	policy.IntakeConfig `yaml:",inline"`
}

// Fronting is implemented by the kinds that stand in front of another node:
// every call to that node goes through them.
type Fronting interface {
	Fronts() string
	// Refront has it front another node instead: a function's own front comes
	// between the two.
	Refront(node string)
	// Forward puts what the kind itself does about its calls into the policy of
	// its outgoing edge.
	Forward(*policy.EdgeConfig)
}

// Hosting is implemented by the kinds that components live on.
type Hosting interface{ Hosted() []string }

// Own is implemented by the kinds that are the user's own system rather than
// the node program: they are asked by the requests that they declare.
type Own interface {
	Endpoints() *OwnEndpoints
	// HealthPath is where it says whether it is well; empty where it does not.
	HealthPath() string
}
