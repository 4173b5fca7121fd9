package reports

import (
	"slices"
	"time"

	"windtunnel/reports/price"
	"windtunnel/runner/record"
	"windtunnel/topologies"
	"windtunnel/topologies/unit"
)

// Usage is what the run used of everything that a price book charges for: all
// of the run, its warm-up too, since that was running. What one request takes of
// a node's CPU is from the phase all. Both are shared by the requests that
// succeeded: an overloaded system spends as much on what fails, and would else
// look the cheaper the less it answers. What is Provided is left out: the fronts of
// functions, and a DNS server, are the platform's own. What timers ask is in the bills, and no
// request from outside.
func (a *Analysis) Usage() price.Usage {
	whole := spanned(-forever, forever)
	asked := a.samples.count(anyEntry, whole)
	u := price.Usage{Requests: int64(asked.ok()), Failed: int64(asked.sent() - asked.ok()), Length: a.timeline.end}
	steady := a.Results[Total][All]
	u.Rate = unit.Rate(round(steady.Rate, 1)) // the load generator's own dice decide the rest
	for _, n := range a.Nodes {
		if topologies.Provided(n.Kind) {
			continue
		}
		node := price.Node{
			Name: n.Name, Kind: n.Kind, CPU: unit.CPU(n.CPULimit), Memory: unit.Bytes(n.MemoryLimit),
			Replicas: n.Replicas, Instances: a.lifetimes(n),
		}
		if n.Sampled && steady.OKRate > 0 {
			node.CPUPerRequest = time.Duration(n.CPU / steady.OKRate * float64(time.Second))
		}
		used := usageOf(a.run.Nodes, n.Name, whole)
		node.Requests = int64(used.served + used.failed + used.rejected)
		if n.Kind == "gateway" { // it passes on what the outside gets
			node.Bytes = int64(a.samples.meanBytes() * float64(node.Requests))
		}
		if node.Function = a.invocations(n.Name); node.Function != nil {
			node.Replicas = 0 // as many as the traffic needs
		}
		u.Nodes = append(u.Nodes, node)
	}
	return u
}

// invocations of a function, from its bill; nil where the record has none. The
// bill counts durations in whole milliseconds, rounded up, and starts by their
// sum: as many invocations as there were starts get the mean of them, so that a
// book that bills starts is right to a millisecond for each.
func (a *Analysis) invocations(node string) *price.Function {
	i := slices.IndexFunc(a.run.Bills, func(b record.Bill) bool { return b.Node == node && b.Invocations > 0 })
	if i < 0 {
		return nil
	}
	b, f := a.run.Bills[i], &price.Function{}
	starts := int64(b.Inits)
	for _, bin := range b.Millis {
		took, count := time.Duration(bin[0])*time.Millisecond, int64(bin[1])
		if cold := min(starts, count); cold > 0 {
			f.Invocations = append(f.Invocations, price.Invocation{Duration: took, Init: b.Init / time.Duration(b.Inits), Count: cold})
			starts, count = starts-cold, count-cold
		}
		if count > 0 {
			f.Invocations = append(f.Invocations, price.Invocation{Duration: took, Count: count})
		}
	}
	return f
}

// lifetimes of the instances of a node, from its events. Where the record has no
// starts, the declared instances lived as long as the run.
func (a *Analysis) lifetimes(n NodeResult) []price.Lifetime {
	var lives []price.Lifetime
	open := map[string]int{} // by instance: where in lives
	for _, e := range a.run.Events {
		if e.Node != n.Name {
			continue
		}
		switch e.Kind {
		case record.InstanceStart:
			open[e.Instance] = len(lives)
			lives = append(lives, price.Lifetime{Start: e.At, End: max(e.At, a.timeline.end)})
		case record.InstanceStop:
			if i, ok := open[e.Instance]; ok {
				lives[i].End = e.At
				delete(open, e.Instance)
			}
		}
	}
	for range n.Replicas {
		if n.Started > 0 || n.Kind == "external" {
			break
		}
		lives = append(lives, price.Lifetime{End: a.timeline.end})
	}
	return lives
}

// meanBytes is the mean size of the replies of the requests in the record.
func (s *samples) meanBytes() float64 { return float64(s.bytes) / float64(max(1, len(s.list))) }
