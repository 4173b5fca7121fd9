package price

import (
	"slices"
	"time"

	"windtunnel/topologies/unit"
)

// Usage is what a run used of everything that somebody could charge for. Times
// are since the run's begin.
type Usage struct {
	Requests int64         // from outside, those that succeeded: what all usage is shared by; 0: nothing can be projected
	Failed   int64         // from outside, those that were sent and failed
	Length   time.Duration // of the run
	Rate     unit.Rate     // of all its requests where it was measured, without warm-up; 0: the mean of all of it
	Nodes    []Node
}

// failedShare is the part of the requests that failed; 0 where there are none.
func (u *Usage) failedShare() float64 {
	return float64(u.Failed) / float64(max(1, u.Requests+u.Failed))
}

// Node is what one node used.
type Node struct {
	Name string
	Kind string // of the topology: function, service, gateway, …

	CPU    unit.CPU   // limit of each instance, in cores; 0: none
	Memory unit.Bytes // limit of each instance, and what a function is given; 0: none

	// Instances are all that lived, from their start to their stop, paused time
	// included: an instance that waits for work is alive.
	Instances []Lifetime
	// Replicas are the instances that the topology declares, of a function those
	// that it keeps at all times: a projection never keeps fewer. 0: as many as the traffic needs.
	Replicas int
	// CPUPerRequest is the CPU time that the node spends for one request from
	// outside that succeeds, in the mean; 0: not known, and a projection keeps the replicas.
	CPUPerRequest time.Duration

	Requests int64 // taken in from the network: what a gateway and a balancer charge for
	Bytes    int64 // passed on in both directions; 0: not known
	Messages int64 // published to a queue

	Function *Function // of a function; nil: of any other kind
}

// Lifetime is the time for which an instance was there.
type Lifetime struct{ Start, End time.Duration }

// Length returns how long it lasted; 0 where it ends before it starts.
func (l Lifetime) Length() time.Duration { return max(0, l.End-l.Start) }

// Function is what a function used besides.
type Function struct {
	// Invocations hold raw durations: price books round. Equal ones may be
	// counted together, and unequal ones must not be, since each is rounded alone.
	Invocations []Invocation
	// Provisioned is for how long each unit of provisioned capacity was kept.
	Provisioned []Lifetime
}

// Invocation is a number of invocations that took the same time.
type Invocation struct {
	Duration    time.Duration // of the handler alone
	Init        time.Duration // of the start that it waited for; 0: the instance was warm
	Provisioned bool          // served by provisioned capacity
	Count       int64         // 0 counts as none
}

// provisioned returns how many units of provisioned capacity a function has.
func (n *Node) provisioned() int {
	if n.Function == nil {
		return 0
	}
	return len(n.Function.Provisioned)
}

// onDemand returns the node as if nothing had been served by provisioned capacity.
func (n *Node) onDemand() *Node {
	if n.provisioned() == 0 {
		return n
	}
	c, f := *n, *n.Function
	f.Invocations = slices.Clone(f.Invocations)
	for i := range f.Invocations {
		f.Invocations[i].Provisioned = false
	}
	c.Function = &f
	return &c
}

// alive is the time of all instances added up.
func (n *Node) alive() time.Duration {
	total := time.Duration(0)
	for _, l := range n.Instances {
		total += l.Length()
	}
	return total
}

// TwiceTheDuration returns the usage with all work taking twice as long:
// functions by their durations and as many more instances, everything else by
// its CPU time.
func (u *Usage) TwiceTheDuration() *Usage {
	return u.with(func(n *Node) {
		n.CPUPerRequest *= 2
		if n.Function == nil {
			return
		}
		f := *n.Function
		f.Invocations = slices.Clone(f.Invocations)
		for i := range f.Invocations {
			f.Invocations[i].Duration *= 2
		}
		n.Function = &f
		n.Instances = slices.Concat(n.Instances, n.Instances)
	})
}

// with returns a copy in which every node is changed.
func (u *Usage) with(change func(*Node)) *Usage {
	c := *u
	c.Nodes = slices.Clone(u.Nodes)
	for i := range c.Nodes {
		change(&c.Nodes[i])
	}
	return &c
}
