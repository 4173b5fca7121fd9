package topologies

import (
	"fmt"

	"windtunnel/topologies/decode"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/unit"
)

// Topology is one way to deploy an application, or a system that needs none.
type Topology struct {
	Name        string
	Application string           // the application's name; empty where every node is the user's own
	Nodes       []*Node          // in the file's order; a `sut:` is the only node, called "sut"
	Edges       []EdgeSpec       // in the file's order
	Discovery   policy.Discovery // of the edges that have none of their own; nil: the platform's
	Pos         decode.Pos

	places   decode.Places // where each value stands; nil where no file was read
	unread   []string      // nodes of which nothing could be read: to refer to them is no further problem
	doubtful bool          // a node was read in part: what seems to be missing may be there
}

// Node is something deployed. What all kinds share is here; Spec points to the
// struct of its kind: *Service, *Function, *Front, *Gateway, *Breaker, *Balancer, *Cache, *Registry, *DNS, *Container, *External.
type Node struct {
	Name     string              `yaml:"-"`
	Kind     string              `yaml:"-"`
	Replicas int                 `yaml:"replicas" default:"1" min:"1" max:"1000" doc:"instances"`
	CPU      unit.CPU            `yaml:"cpu" doc:"cores for each instance; 0: no limit"`
	Memory   unit.Bytes          `yaml:"memory" doc:"memory for each instance; 0: no limit"`
	Scaler   policy.ScalerConfig `yaml:"scaler" doc:"decides how many instances there are, instead of replicas; of a function the default is lambda; see list scalers"`
	Weights  []float64           `yaml:"weights" doc:"relative share of each instance for balancers that weigh, such as [3, 1]; the last holds for those after it; none: all the same"`
	Spec     any                 `yaml:"-"`
	Pos      decode.Pos          `yaml:"-"`
}

// leastMemory is the smallest limit that Docker takes; a program that starts
// with less dies before it can say a word.
const leastMemory = 6 << 20

// Vet checks that the limits can be lived with.
func (n *Node) Vet(add func(key, message string)) {
	if n.Memory > 0 && n.Memory < leastMemory {
		add("memory", fmt.Sprintf("%d bytes are too few to start in: at least 6Mi, or 0 for no limit; Mi are mebibytes", n.Memory))
	}
	for _, w := range n.Weights {
		if w <= 0 {
			add("weights", fmt.Sprintf("a weight of %v would get nothing: weights are above 0", w))
		}
	}
}

// Weight returns the weight of the instance in the slot with this number, from
// 0; 0 where none is declared.
func (n *Node) Weight(slot int) float64 {
	if len(n.Weights) == 0 {
		return 0
	}
	return n.Weights[min(slot, len(n.Weights)-1)]
}

// EdgeSpec attaches policies to the edges that lead to one node.
type EdgeSpec struct {
	From   string            `yaml:"from" doc:"the calling node; empty: every caller"`
	To     string            `yaml:"to" required:"true" doc:"the node called"`
	Policy policy.EdgeConfig `yaml:",inline"`
	Pos    decode.Pos        `yaml:"-"`

	index int // in the file's list
}

// Node finds a node by its name, nil where there is none.
func (t *Topology) Node(name string) *Node {
	for _, n := range t.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}
