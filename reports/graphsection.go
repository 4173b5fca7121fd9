package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"windtunnel/scenarios/check"
	"windtunnel/topologies"
)

// mostReadings bounds what the scrubber of a drawing holds: stretches times
// nodes and edges.
const mostReadings = 12_000

// callers is who sends the requests.
const callers = "callers"

// graphKey says what stands at nodes and edges.
const graphKey = "At a node: requests served per second and CPU cores in use. At an edge: calls per second, and the mean time of an attempt or the share of calls that failed."

// graphSection draws the topology with what was measured at its nodes and edges.
func (a *Analysis) graphSection() Section {
	if len(a.Nodes) == 0 {
		return Section{}
	}
	g := a.graph()
	hottest := 0
	for i := range a.Nodes {
		if a.Nodes[i].CPU > a.Nodes[hottest].CPU {
			hottest = i
		}
	}
	title := fmt.Sprintf("%s and %s between them", counted(len(a.Nodes), "node"), counted(len(a.Edges), "edge"))
	if n := a.Nodes[hottest]; n.CPU > 0 && len(a.Nodes) > 1 {
		title += fmt.Sprintf("; %s used most of the CPU, %s cores", n.Name, number(n.CPU))
	}
	return Section{Name: "topology", Title: title, Blocks: []Block{g}}
}

// graph lays out the nodes of the topology behind its callers.
func (a *Analysis) graph() *Graph {
	all := a.Results[Total][All]
	g := &Graph{
		Caption: Caption{Title: orUnknown(a.Topology)},
		Key:     graphKey,
		Nodes:   []GraphNode{{Name: callers, Kind: "the load", Outer: true, Reading: Reading{Text: number(all.Rate) + "/s"}}},
	}
	index := map[string]int{}
	for _, n := range a.Nodes {
		index[n.Name] = len(g.Nodes)
		g.Nodes = append(g.Nodes, n.drawn(a.timeline.steady().length))
	}
	for _, n := range a.doors() {
		g.Edges = append(g.Edges, GraphEdge{From: 0, To: index[n], Weight: float64(all.Sent) / float64(len(a.doors())), Reading: callerReading(all.LatencyMS, all.ErrorShare)})
	}
	for _, e := range a.Edges {
		from, known := index[e.From]
		to, knownTo := index[e.To]
		if known && knownTo {
			g.Edges = append(g.Edges, e.drawn(from, to, a.timeline.steady().length))
		}
	}
	thicken(g.Edges)
	g.Frames = a.frames(g, len(a.doors()))
	nameFronts(g)
	return g
}

// nameFronts gives each front the name of its function: its kind says the rest,
// for which there is no room in a small box.
func nameFronts(g *Graph) {
	for i := range g.Nodes {
		if n := &g.Nodes[i]; n.Kind == topologies.FrontKind {
			n.Name, n.Detail = strings.TrimSuffix(n.Name, topologies.FrontOf("")), "called "+n.Name
		}
	}
}

// doors are the nodes that callers reach: the gateways, or where there is none
// every node that no other calls.
func (a *Analysis) doors() []string {
	var gateways, uncalled []string
	for _, n := range a.Nodes {
		called := slices.ContainsFunc(a.Edges, func(e EdgeResult) bool { return e.To == n.Name && e.From != n.Name })
		if n.Kind == "gateway" && !called {
			gateways = append(gateways, n.Name)
		}
		if !called {
			uncalled = append(uncalled, n.Name)
		}
	}
	if len(gateways) > 0 {
		return gateways
	}
	return uncalled
}

func (n *NodeResult) drawn(length time.Duration) GraphNode {
	g := GraphNode{Name: n.Name, Kind: n.Kind}
	if n.Replicas > 1 {
		g.Kind += fmt.Sprintf(" × %d", n.Replicas)
	}
	if len(n.Hosts) > 0 {
		g.Detail = "hosts " + strings.Join(n.Hosts, ", ")
	}
	g.Small = topologies.Provided(n.Kind)
	if !n.Sampled {
		g.Text = "not sampled"
		return g
	}
	g.Reading = g.reading(perSecond(n.Served, length), n.CPU, perSecond(n.Failed, length))
	return g
}

func perSecond(n uint64, length time.Duration) float64 {
	if length <= 0 {
		return 0
	}
	return float64(n) / length.Seconds()
}

// troubled is the share of failures from which a node or an edge is drawn as bad.
const troubled = 0.01

// reading of a node; in a small one there is room for the rate.
func (g *GraphNode) reading(served, cpu, failed float64) Reading {
	r := Reading{Text: number(served) + "/s"}
	if !g.Small {
		r.Text += fmt.Sprintf(" · %s cores", number(cpu))
	}
	if failed > troubled*served && failed > 0 {
		r.Tone = Bad
	}
	return r
}

func (e *EdgeResult) drawn(from, to int, length time.Duration) GraphEdge {
	g := GraphEdge{From: from, To: to, Detail: e.Policy, Weight: float64(e.Calls)}
	g.Reading = edgeReading(perSecond(e.Calls, length), e.LatencyMS, perSecond(e.Failed, length))
	if e.Openings > 0 {
		g.Detail = strings.TrimPrefix(fmt.Sprintf("%s; its breakers opened %s", g.Detail, times(e.Openings)), "; ")
	}
	return g
}

func edgeReading(calls, latency, failed float64) Reading {
	r := Reading{Text: number(calls) + "/s"}
	switch {
	case failed > troubled*calls && failed > 0:
		r.Tone = Bad
		r.Text += fmt.Sprintf(" · %s failed", percent(failed/calls))
	case latency > 0:
		r.Text += " · " + inWords(latency)
	}
	return r
}

// thicken makes the weights shares of the largest.
func thicken(edges []GraphEdge) {
	most := 0.0
	for _, e := range edges {
		most = max(most, e.Weight)
	}
	for i := range edges {
		if most > 0 {
			edges[i].Weight = min(edges[i].Weight/most, 1)
		}
	}
}

// frames are the readings of the graph stretch by stretch; none where nothing
// was sampled. The first doors of its edges come from the callers.
func (a *Analysis) frames(g *Graph, doors int) []Frame {
	spans := a.timeline.stretches(min(mostStretches, mostReadings/(len(g.Nodes)+len(g.Edges))))
	if len(spans) < 2 || len(a.run.Nodes) == 0 {
		return nil
	}
	m := a.moments(spans)
	frames := make([]Frame, len(spans))
	for i, span := range spans {
		f := Frame{Name: a.frameName(span), At: middleOf(span)}
		t := a.samples.tally(anyEntry, spanned(span.From, span.To))
		load := Reading{Text: number(t.perSecond(t.sent())) + "/s"}
		f.Nodes = append(f.Nodes, load)
		for k := range g.Nodes[1:] {
			n := &g.Nodes[k+1]
			f.Nodes = append(f.Nodes, m.nodes[n.Name][i].reading(n, span.To-span.From))
		}
		for range g.Edges[:doors] {
			f.Edges = append(f.Edges, callerReading(quantiles(&t.latency, 1), t.errorShare()))
		}
		for _, e := range g.Edges[doors:] {
			u := m.edges[[2]string{g.Nodes[e.From].Name, g.Nodes[e.To].Name}][i]
			f.Edges = append(f.Edges, u.reading(span.To-span.From))
		}
		frames[i] = f
	}
	return frames
}

func (a *Analysis) frameName(s check.Span) string {
	name := fmt.Sprintf("%s to %s s", setting(s.From.Seconds()), setting(s.To.Seconds()))
	if fault := a.timeline.holding((s.From + s.To) / 2); fault != "" {
		name += " · " + fault
	}
	return name
}

// callerReading is what callers saw: the median, or what failed.
func callerReading(q *Quantiles, failed float64) Reading {
	switch {
	case failed > troubled:
		return Reading{Text: percent(failed) + " failed", Tone: Bad}
	case q == nil:
		return Reading{Text: "nothing"}
	}
	return Reading{Text: "p50 " + inWords(q.P50)}
}

// stretchIndex returns which stretch holds an instant, -1 for none.
func stretchIndex(spans []check.Span, t time.Duration) int {
	i, _ := slices.BinarySearchFunc(spans, t, func(s check.Span, t time.Duration) int {
		if s.To <= t {
			return -1
		}
		return 1
	})
	if i == len(spans) || t < spans[i].From {
		return -1
	}
	return i
}
