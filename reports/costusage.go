package reports

import (
	"math"
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
		if node.Function = a.function(&n, used.inFlight); node.Function != nil {
			node.Replicas = n.Provisioned // and beyond them as many as the traffic needs
		}
		u.Nodes = append(u.Nodes, node)
	}
	return u
}

// function is what a function used besides; nil where the record has no
// invocations of it and nothing is provisioned. inFlight is what it was at work on,
// second by second.
func (a *Analysis) function(n *NodeResult, inFlight []float64) *price.Function {
	i := slices.IndexFunc(a.run.Bills, func(b record.Bill) bool { return b.Node == n.Name && b.Invocations > 0 })
	if i < 0 && n.Provisioned == 0 {
		return nil
	}
	f := &price.Function{}
	for range n.Provisioned {
		f.Provisioned = append(f.Provisioned, price.Lifetime{End: a.timeline.end})
	}
	if i >= 0 {
		room := n.Provisioned * max(1, a.concurrency(n.Name))
		f.Invocations = invocations(&a.run.Bills[i], n.Provisioned, fitting(inFlight, room))
	}
	return f
}

func (a *Analysis) concurrency(node string) int {
	i := slices.IndexFunc(a.run.Identity.Nodes, func(n record.Node) bool { return n.Name == node })
	if i < 0 {
		return 0
	}
	return a.run.Identity.Nodes[i].Concurrency
}

// fitting is the share of what was in flight, second by second, that had room in
// the provisioned instances: a provider sends there first, and the rest elsewhere.
func fitting(inFlight []float64, room int) float64 {
	all, inside := 0.0, 0.0
	for _, v := range inFlight {
		all, inside = all+v, inside+min(v, float64(room))
	}
	switch {
	case room == 0:
		return 0
	case all == 0:
		return 1
	}
	return inside / all
}

// invocations of a function, from its bill. The bill counts durations in whole
// milliseconds, rounded up, and starts by their sum: as many invocations as there
// were starts get the mean of them, so that a book that bills starts is right to a
// millisecond for each. Provisioned instances start before anybody asks, and serve
// the share of the invocations of each duration.
func invocations(b *record.Bill, provisioned int, share float64) []price.Invocation {
	all, starts := int64(b.Invocations), max(0, int64(b.Inits)-int64(provisioned))
	served := min(int64(math.Round(share*float64(all))), all-min(starts, all)) // by provisioned instances
	var list []price.Invocation
	add := func(i price.Invocation) {
		if i.Count > 0 {
			list = append(list, i)
		}
	}
	seen, given := int64(0), int64(0)
	for _, bin := range b.Millis {
		took, count := time.Duration(bin[0])*time.Millisecond, int64(bin[1])
		seen += count
		inside := served*seen/all - given
		given, count = given+inside, count-inside
		cold := min(starts, count)
		starts -= cold
		add(price.Invocation{Duration: took, Provisioned: true, Count: inside})
		if cold > 0 {
			add(price.Invocation{Duration: took, Init: b.Init / time.Duration(b.Inits), Count: cold})
		}
		add(price.Invocation{Duration: took, Count: count - cold})
	}
	return list
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
