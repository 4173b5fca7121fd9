package work

import "windtunnel/topologies/unit"

// StepKind says what a Step does.
type StepKind string

// The steps that an operation may be made of.
const (
	Compute  StepKind = "compute"  // burn CPU time
	Wait     StepKind = "wait"     // let time pass, as for I/O; burns no CPU
	Allocate StepKind = "allocate" // hold memory until the operation ends
	Call     StepKind = "call"     // ask another operation and wait for its reply
	Parallel StepKind = "parallel" // run the branches at once and wait for all
	Choose   StepKind = "choose"   // run one of the branches, drawn by weight
	Repeat   StepKind = "repeat"   // run the steps so many times, one after another
	Fail     StepKind = "fail"     // end the operation with an error, for a share of the requests
	Respond  StepKind = "respond"  // size of the reply's body
)

// Step is one piece of an operation's work. Which fields count depends on Kind.
type Step struct {
	Kind     StepKind   `json:"kind"`
	For      Dist       `json:"for,omitzero"`       // compute, wait
	Bytes    unit.Bytes `json:"bytes,omitzero"`     // allocate, respond
	Op       string     `json:"op,omitempty"`       // call: "component.operation"
	Branches []Branch   `json:"branches,omitempty"` // parallel, choose; repeat has one
	Times    int        `json:"times,omitempty"`    // repeat
	Share    unit.Share `json:"share,omitzero"`     // fail
}

// Branch is a list of steps with its weight among its siblings; the weight
// counts for choose alone.
type Branch struct {
	Weight float64 `json:"weight,omitempty"`
	Steps  []Step  `json:"steps"`
}

// Operation is what a component can be asked.
type Operation struct {
	Name       string `json:"name"` // "component.operation"
	Idempotent bool   `json:"idempotent,omitempty"`
	Steps      []Step `json:"steps"`
}

// Component returns the part of an operation's name before the dot.
func Component(op string) string {
	for i := range len(op) {
		if op[i] == '.' {
			return op[:i]
		}
	}
	return op
}

// Pick returns the index of the branch that the identity draws by weight.
func Pick(branches []Branch, id Identity) int {
	total := 0.0
	for _, b := range branches {
		total += b.Weight
	}
	at := id.Float64() * total
	for i, b := range branches {
		if at -= b.Weight; at < 0 {
			return i
		}
	}
	return len(branches) - 1
}
