package sim

import "time"

// Costs are what a live system spends beside the work that is declared. The
// zero Costs are of a perfect world: messages take no time and no CPU, and
// there are as many cores as wanted.
type Costs struct {
	Cores    float64       `json:"cores,omitempty"`        // of the host, shared by all instances; 0: as many as wanted
	Hop      time.Duration `json:"hop_ns,omitempty"`       // one message between two nodes, one way
	EntryHop time.Duration `json:"entry_hop_ns,omitempty"` // one message between the outside and a node, one way
	Serve    time.Duration `json:"serve_ns,omitempty"`     // CPU for a request that is served
	Send     time.Duration `json:"send_ns,omitempty"`      // CPU for an attempt that is sent
	Wait     time.Duration `json:"wait_ns,omitempty"`      // what a wait takes longer than declared
	Start    time.Duration `json:"start_ns,omitempty"`     // from the decision to start an instance until it serves
	Period   time.Duration `json:"period_ns,omitempty"`    // of the CPU quota; 0: 100 ms, as Linux has it
}
