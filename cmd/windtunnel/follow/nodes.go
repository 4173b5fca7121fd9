package follow

import (
	"maps"
	"slices"
	"strings"
	"time"

	"windtunnel/runner/record"
)

// node folds what is recorded of one node.
type node struct {
	plan      record.Node
	instances map[string]state
	last      map[string]record.NodeSample // by instance
	breakers  map[breakerKey]string        // of those who call it
	seconds   ring[work]
	latency   latencies // by stretch: see Run.every
	sampled   bool
}

// state is what an instance is about.
type state uint8

const (
	starting state = iota
	serving
	frozen
)

type breakerKey struct{ instance, edge, name string }

// work is what a node did in one second. Of a sample over several seconds each
// has its part.
type work struct {
	served, failed float64
	cpu            float64 // seconds
	attempts       float64 // to ask it
	waited         float64 // seconds, the sum over them
}

// add counts a part of what a sample tells.
func (w *work) add(s *record.NodeSample, part float64) {
	w.served += part * float64(s.Served)
	w.failed += part * float64(s.Failed+s.Rejected)
	w.cpu += part * s.CPU.Seconds()
}

// asked counts a part of what a caller tells of asking the node.
func (w *work) asked(s *record.EdgeSample, part float64) {
	w.attempts += part * float64(s.Attempts)
	w.waited += part * s.Latency.Seconds()
}

func newNode(plan record.Node) *node {
	return &node{plan: plan, instances: map[string]state{}, last: map[string]record.NodeSample{},
		breakers: map[breakerKey]string{}}
}

// instance takes in what happened to one.
func (n *node) instance(e *record.Event) {
	switch e.Kind {
	case record.InstanceStart:
		n.instances[e.Instance] = starting
	case record.InstanceReady:
		n.instances[e.Instance] = serving
	case record.InstancePaused:
		n.instances[e.Instance] = frozen
	case record.InstanceStop:
		delete(n.instances, e.Instance)
		delete(n.last, e.Instance)
	}
}

// middle is the second that a sample speaks for.
func middle(at, interval time.Duration) int64 { return secondOf(at - interval/2) }

// spread has the seconds counted up that a sample speaks for, each for its part
// of it: at most so many as samples are usually over.
func (n *node) spread(at, interval time.Duration, every int64, count func(w *work, part float64)) {
	length := min(max(1, int64(interval.Round(time.Second)/time.Second)), every)
	first := middle(at, interval) - length/2
	for second := first; second < first+length; second++ {
		if w := n.seconds.at(second); w != nil {
			count(w, 1/float64(length))
		}
	}
}

func (n *node) sample(s *record.NodeSample, every int64) {
	n.sampled = true
	n.last[s.Instance] = *s
	n.spread(s.At, s.Interval, every, func(w *work, part float64) { w.add(s, part) })
	if l := n.latency.at(middle(s.At, s.Interval) / every); l != nil {
		for d, times := range s.Latency.Each {
			l.AddMany(d, times)
		}
	}
}

// stands is a node with its instances as they are at the time now.
func (n *node) stands(now time.Duration) Node {
	one := Node{Name: n.plan.Name, Kind: n.plan.Kind, Sampled: n.sampled}
	if n.plan.Scaler == "" {
		one.Planned = n.plan.Replicas
	}
	for _, s := range n.instances {
		switch s {
		case serving:
			one.Up++
		case starting:
			one.Starting++
		case frozen:
			one.Frozen++
		}
	}
	for name, s := range n.last {
		if age := now - s.At; age > max(3*time.Second, 2*s.Interval) {
			delete(n.last, name) // it tells nothing any more
			continue
		}
		one.InFlight += s.InFlight
		one.Queued += s.Queued
		one.Memory += int64(s.Memory)
	}
	one.Breaker, one.Open = n.breaker()
	return one
}

// traffic fills in what the node did over some seconds.
func (n *node) traffic(one *Node, from, to, every int64) {
	var all work
	for second := from; second < to; second++ {
		if w := n.seconds.kept(second); w != nil {
			all.served += w.served
			all.failed += w.failed
			all.cpu += w.cpu
			all.attempts += w.attempts
			all.waited += w.waited
		}
	}
	if length := float64(to - from); length > 0 {
		one.Rate = (all.served + all.failed) / length
		one.CPU = all.cpu / length
	}
	if total := all.served + all.failed; total > 0 {
		one.Errors = all.failed / total
	}
	if all.attempts > 0 {
		one.Asked, one.Mean = true, time.Duration(all.waited/all.attempts*float64(time.Second))
	}
	latency := n.latency.over(from/every, (to+every-1)/every)
	if one.Answered = latency.Count; latency.Count > 0 {
		one.P50, one.P99 = quantile(latency, 0.5), quantile(latency, 0.99)
	}
}

// trend is what the node did in each of the last seconds.
func (n *node) trend(to int64) []Point {
	var points []Point
	for second := max(0, to-seconds+2); second < to; second++ {
		p := Point{}
		if w := n.seconds.kept(second); w != nil && w.served+w.failed > 0 {
			p.Rate = w.served + w.failed
			p.Errors = w.failed / p.Rate
		}
		points = append(points, p)
	}
	return points
}

// breaker is the worst state of its callers' breakers, and how many are open.
func (n *node) breaker() (worst string, open int) {
	order := []string{"", "closed", "half-open", "open"}
	for _, s := range n.breakers {
		if slices.Index(order, s) > slices.Index(order, worst) {
			worst = s
		}
		if s == "open" {
			open++
		}
	}
	return worst, open
}

// forget drops the breakers of an instance that has ended.
func (n *node) forget(instance string) {
	maps.DeleteFunc(n.breakers, func(k breakerKey, _ string) bool { return k.instance == instance })
}

// callee is the node that an edge leads to: "checkout>payments".
func callee(edge string) string {
	_, to, _ := strings.Cut(edge, ">")
	return to
}
