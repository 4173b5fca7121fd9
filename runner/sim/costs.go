package sim

import (
	"fmt"
	"time"

	"windtunnel/topologies/work"
)

// Costs are what a live system spends beside the work that is declared. The
// zero Costs are of a perfect world: messages take no time and no CPU, and
// there are as many cores as wanted. Distributions are drawn from the identity
// of the request that they befall.
type Costs struct {
	Cores        float64       `json:"cores,omitempty"`         // of the host, shared by all instances and the generator; 0: as many as wanted
	Late         work.Dist     `json:"late,omitzero"`           // from the intended send of a request to the real one
	EntryHop     work.Dist     `json:"entry_hop,omitzero"`      // one message between the outside and a node, one way
	Hop          work.Dist     `json:"hop,omitzero"`            // one message between two nodes, one way
	Wait         work.Dist     `json:"wait,omitzero"`           // what a wait takes longer than declared
	Wake         work.Dist     `json:"wake,omitzero"`           // from the end of a wait, or the arrival of a message, until who waits for it runs: beside the above
	Start        work.Dist     `json:"start,omitzero"`          // from the decision to start an instance until it serves
	Woken        work.Dist     `json:"woken,omitzero"`          // and of one that is frozen, until it serves again
	Compute      float64       `json:"compute,omitempty"`       // CPU time that declared compute takes, as a factor of it; 0: 1
	Idle         float64       `json:"idle,omitempty"`          // cores that an instance keeps busy with no requests
	Kinds        []KindCosts   `json:"kinds,omitempty"`         // a kind of node that is not among them costs what the first one does
	Generate     time.Duration `json:"generate_ns,omitempty"`   // CPU of the load generator for a request, on the host's cores
	GenerateIdle float64       `json:"generate_idle,omitempty"` // cores that the generator keeps busy with no requests
	Aside        float64       `json:"aside,omitempty"`         // the share of the CPU of requests (of Kinds, and Generate) that is not on their way: it is spent while they are elsewhere; of what compute takes too long, too
	Period       time.Duration `json:"period_ns,omitempty"`     // of the CPU quota; 0: 100 ms, as Linux has it
}

// check says what no system can cost, the first of it.
func (c *Costs) check() error {
	type cost struct {
		name  string
		value float64
	}
	numbers := []cost{{"cores", c.Cores}, {"compute", c.Compute}, {"idle", c.Idle}, {"generate_ns", float64(c.Generate)},
		{"generate_idle", c.GenerateIdle}, {"aside", c.Aside}, {"period_ns", float64(c.Period)}}
	for _, k := range c.Kinds {
		numbers = append(numbers, cost{k.Kind + " serve_ns", float64(k.Serve)}, cost{k.Kind + " send_ns", float64(k.Send)})
	}
	for _, d := range []struct {
		name string
		of   work.Dist
	}{{"late", c.Late}, {"entry_hop", c.EntryHop}, {"hop", c.Hop}, {"wait", c.Wait}, {"wake", c.Wake}, {"start", c.Start}, {"woken", c.Woken}} {
		numbers = append(numbers, cost{d.name, least(d.of)})
	}
	for _, n := range numbers {
		if n.value < 0 {
			return fmt.Errorf("it has a negative cost: %s", n.name)
		}
	}
	if c.Aside > 1 {
		return fmt.Errorf("aside is a share, and not %v", c.Aside)
	}
	return nil
}

// least is the smallest of what a distribution is made of.
func least(d work.Dist) float64 {
	smallest := min(float64(d.A), float64(d.B), d.Shape)
	for _, v := range d.Values {
		smallest = min(smallest, float64(v))
	}
	for _, p := range d.Parts {
		smallest = min(smallest, p.Weight, least(p.Of))
	}
	return smallest
}

// near says whether messages take no time, whoever sends them.
func (c *Costs) near() bool {
	for _, d := range []*work.Dist{&c.Hop, &c.EntryHop, &c.Wake} {
		if d.Kind != "" && d.Kind != work.Constant || d.A != 0 {
			return false
		}
	}
	return true
}

// KindCosts are the CPU that requests cost a node of one kind.
type KindCosts struct {
	Kind  string        `json:"kind"`
	Serve time.Duration `json:"serve_ns"` // for a request that it serves
	Send  time.Duration `json:"send_ns"`  // for an attempt that it sends
}

// of returns what requests cost a node of the kind.
func (c *Costs) of(kind string) KindCosts {
	for _, k := range c.Kinds {
		if k.Kind == kind {
			return k
		}
	}
	if len(c.Kinds) > 0 {
		return c.Kinds[0]
	}
	return KindCosts{}
}

// compute is the CPU time that d of declared compute takes. What it takes more
// than declared is parted as other costs are.
func (c *Costs) compute(d time.Duration) (onWay, aside time.Duration) {
	if c.Compute <= 0 {
		return d, 0
	}
	if c.Compute < 1 {
		return time.Duration(float64(d) * c.Compute), 0
	}
	onWay, aside = c.parted(time.Duration(float64(d) * (c.Compute - 1)))
	return d + onWay, aside
}

// parted parts CPU time into what is on a request's way and what is beside it.
func (c *Costs) parted(d time.Duration) (onWay, aside time.Duration) {
	aside = time.Duration(float64(d) * c.Aside)
	return d - aside, aside
}

// What is drawn of a request beside its own work: the children of its identity
// from here on. Those of its steps and attempts count from 0.
const (
	drawnLate = 1<<32 + iota
	drawnWait
	drawnThere                      // on its way to the node of that index
	drawnBack  = drawnThere + 1<<16 // and back
	drawnWake  = 1 << 33            // at the end of each of those
)

// drawn returns a cost, without a draw where it is always the same.
func drawn(d *work.Dist, id work.Identity, child uint64) time.Duration {
	if d.Kind == "" || d.Kind == work.Constant {
		return d.A
	}
	return d.Draw(id.Child(child))
}

// woken is a cost at whose end somebody has to be woken.
func (c *Costs) woken(d *work.Dist, id work.Identity, child uint64) time.Duration {
	return drawn(d, id, child) + drawn(&c.Wake, id, drawnWake+child)
}
