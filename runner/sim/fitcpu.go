package sim

import (
	"math"
	"slices"
	"time"

	"windtunnel/runner/record"
	"windtunnel/topologies/policy"
	"windtunnel/topologies/work"
)

// fitCPU finds what requests cost in CPU time, beside declared compute, from
// the series: one row for each second of each instance,
//
//	CPU = factor × declared compute + serve × requests + send × attempts + idle × seconds
//
// A row weighs less
// the more requests it adds up, as their costs vary one by one. Proxies send
// what they serve, attempt for request: theirs is all put down to serving.
func fitCPU(replays []*replay, c *Costs) {
	f := &cpuFit{}
	f.expect(factorColumn, 1, slightly)
	f.expect(idleColumn, 0, slightly)
	for _, r := range replays {
		f.addRun(r)
	}
	x := f.solve()
	c.Compute, c.Idle = x[factorColumn], x[idleColumn]
	for _, kind := range f.kinds {
		c.Kinds = append(c.Kinds, KindCosts{Kind: kind,
			Serve: secondsOf(x[serveColumn+kind]), Send: secondsOf(x[sendColumn+kind])})
	}
	fitGenerator(replays, c)
}

// The columns; those of kinds have the kind behind.
const (
	factorColumn = "compute"
	idleColumn   = "idle"
	serveColumn  = "serve "
	sendColumn   = "send "
)

func secondsOf(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }

// cpuFit is the fit of the CPU's costs.
type cpuFit struct {
	system
	kinds []string
}

// addRun adds the calm seconds of a run.
func (f *cpuFit) addRun(r *replay) {
	type second struct {
		at       time.Duration
		instance string
	}
	attempts := map[second]uint64{}
	for _, e := range r.run.Edges {
		attempts[second{e.At, e.Instance}] += e.Attempts
	}
	for _, s := range r.run.Nodes {
		node := r.plan.Graph.Topology.Node(s.Node)
		if node == nil || !r.calm(s.At-s.Interval/2) || s.Interval <= 0 {
			continue
		}
		config := r.plan.NodeConfig(node, s.Instance)
		if !slices.Contains(f.kinds, node.Kind) {
			f.kinds = append(f.kinds, node.Kind)
		}
		declared := 0.0
		for _, o := range s.Operations {
			declared += float64(o.Count) * ownCompute(config.Operations[o.Name].Steps)
		}
		requests := float64(s.Served + s.Failed)
		terms := []term{{serveColumn + node.Kind, requests}, {idleColumn, s.Interval.Seconds()}, {factorColumn, declared}}
		if sent := attempts[second{s.At, s.Instance}]; len(config.Routes) == 0 && config.Gateway == nil && sent > 0 {
			terms = append(terms, term{sendColumn + node.Kind, float64(sent)})
		}
		f.equation(s.CPU.Seconds(), 1/(1+requests), terms...)
	}
}

// ownCompute is the mean compute of steps in seconds, without what they call.
func ownCompute(steps []work.Step) float64 {
	total := 0.0
	for i := range steps {
		s := &steps[i]
		switch s.Kind {
		case work.Compute:
			total += s.For.Mean().Seconds()
		case work.Parallel:
			for _, b := range s.Branches {
				total += ownCompute(b.Steps)
			}
		case work.Repeat:
			total += float64(s.Times) * ownCompute(s.Branches[0].Steps)
		case work.Choose:
			total += chosenCompute(s.Branches)
		}
	}
	return total
}

func chosenCompute(branches []work.Branch) float64 {
	sum, weights := 0.0, 0.0
	for _, b := range branches {
		sum += b.Weight * ownCompute(b.Steps)
		weights += b.Weight
	}
	if weights == 0 {
		return 0
	}
	return sum / weights
}

// fitGenerator finds what the load generator spends on a request, and beside
// them, from the seconds of its own row in the series. All of a run count:
// warm-up and faults are load like any other to it.
func fitGenerator(replays []*replay, c *Costs) {
	var s system
	s.expect(serveColumn, 0, slightly)
	s.expect(idleColumn, 0, slightly)
	for _, r := range replays {
		sent := r.sentBy()
		for _, n := range r.run.Nodes {
			if n.Node != record.GeneratorNode || n.Interval <= 0 {
				continue
			}
			requests := r.standsFor() * float64(countIn(sent, n.At-n.Interval, n.At))
			s.equation(n.CPU.Seconds(), 1/(1+requests), term{serveColumn, requests}, term{idleColumn, n.Interval.Seconds()})
		}
	}
	x := s.solve()
	c.Generate, c.GenerateIdle = secondsOf(x[serveColumn]), x[idleColumn]
}

// sentBy lists when the requests of a run were sent, in order.
func (r *replay) sentBy() []time.Duration {
	var sent []time.Duration
	for q, err := range r.run.Requests() {
		if err == nil && q.Cause != policy.Unsent {
			sent = append(sent, q.Sent)
		}
	}
	slices.Sort(sent)
	return sent
}

// countIn counts the instants after from and up to to.
func countIn(sorted []time.Duration, from, to time.Duration) int {
	first, _ := slices.BinarySearch(sorted, from+1)
	end, _ := slices.BinarySearch(sorted, to+1)
	return max(end-first, 0)
}
