package reports

import (
	"time"

	"windtunnel/scenarios/check"
)

// moments are the series of nodes and edges, added up stretch by stretch.
type moments struct {
	nodes map[string][]nodeMoment
	edges map[[2]string][]edgeUsage // by from and to
}

// nodeMoment is what the instances of a node did in one stretch.
type nodeMoment struct {
	sampled        bool
	served, failed uint64
	cpu            time.Duration
}

// moments reads the series once. Every node and edge that a result has is there.
func (a *Analysis) moments(spans []check.Span) *moments {
	m := &moments{nodes: map[string][]nodeMoment{}, edges: map[[2]string][]edgeUsage{}}
	for _, n := range a.Nodes {
		m.nodes[n.Name] = make([]nodeMoment, len(spans))
	}
	for _, e := range a.Edges {
		m.edges[[2]string{e.From, e.To}] = make([]edgeUsage, len(spans))
	}
	for i := range a.run.Nodes {
		s := &a.run.Nodes[i]
		at := stretchIndex(spans, middle(s.At, s.Interval))
		if of := m.nodes[s.Node]; of != nil && at >= 0 {
			of[at].sampled = true
			of[at].served += s.Served
			of[at].failed += s.Failed
			of[at].cpu += s.CPU
		}
	}
	for i := range a.run.Edges {
		s := &a.run.Edges[i]
		at := stretchIndex(spans, middle(s.At, time.Second))
		if of := m.edges[[2]string{s.From, s.To}]; of != nil && at >= 0 {
			of[at].calls += s.Calls
			of[at].attempts += s.Attempts
			of[at].failed += s.Failed
			of[at].latency += s.Latency
		}
	}
	return m
}

func (n nodeMoment) reading(g *GraphNode, length time.Duration) Reading {
	if !n.sampled {
		return Reading{Text: "silent", Tone: Bad} // dead, frozen or cut off
	}
	return g.reading(perSecond(n.served, length), n.cpu.Seconds()/length.Seconds(), perSecond(n.failed, length))
}

func (u edgeUsage) reading(length time.Duration) Reading {
	latency := 0.0
	if u.attempts > 0 {
		latency = ms(u.latency) / float64(u.attempts)
	}
	return edgeReading(perSecond(u.calls, length), latency, perSecond(u.failed, length))
}
