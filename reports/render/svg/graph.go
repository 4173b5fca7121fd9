package svg

import (
	"strconv"

	"windtunnel/reports"
	"windtunnel/reports/render/safe"
)

// The measures of a graph.
const (
	boxWidth   = 168.0
	boxHeight  = 58.0
	rowHeight  = 84.0
	layerGap   = 144.0 // between the boxes of two layers: the readings of edges stand there
	smallWidth = 92.0
	graphEdge  = 10.0 // around all
	nameWidth  = 8.0  // about what a character of a node's name takes
	edgeChars  = 24
	mostWeight = 5.0 // pixels
)

// Graph draws what calls what, from the left to the right.
func Graph(g *reports.Graph) string {
	var edges [][2]int
	var drawn []reports.GraphEdge
	at := []int{} // the index among all edges, for the page's script
	for i, e := range g.Edges {
		if e.From != e.To && inside(e.From, g) && inside(e.To, g) {
			edges, drawn, at = append(edges, [2]int{e.From, e.To}), append(drawn, e), append(at, i)
		}
	}
	m := newMap(g, newLayers(len(g.Nodes), edges))
	p := begin(m.width, m.height, "graph", described(g.Caption))
	for i, e := range drawn {
		p.edge(e, m.way(i))
	}
	for i, n := range g.Nodes {
		p.node(n, i, m)
	}
	for i, e := range drawn {
		p.reading(e, at[i], m.way(i), m.count)
	}
	return p.end()
}

func inside(i int, g *reports.Graph) bool { return i >= 0 && i < len(g.Nodes) }

// spot is a place in the picture.
type spot struct{ x, y float64 }

// graphMap says where everything stands.
type graphMap struct {
	*layers
	g             *reports.Graph
	width, height float64
	x             []float64 // the left of each layer
	wide          []float64 // each layer
	y             []float64 // the middle of each vertex
	count         map[[2]int]int
}

func newMap(g *reports.Graph, l *layers) *graphMap {
	m := &graphMap{layers: l, g: g, y: l.settled(), count: map[[2]int]int{}}
	x, lowest := graphEdge, 0.0
	for _, layer := range l.order {
		wide := 0.0
		for _, v := range layer {
			wide = max(wide, m.boxWidth(v))
		}
		m.x, m.wide = append(m.x, x), append(m.wide, wide)
		x += wide + layerGap
	}
	for v := range m.y {
		m.y[v] = graphEdge + boxHeight/2 + m.y[v]*rowHeight
		lowest = max(lowest, m.y[v])
	}
	m.width = max(x-layerGap+graphEdge, boxWidth)
	m.height = lowest + boxHeight/2 + graphEdge + 6
	return m
}

// boxWidth is 0 for a bend.
func (m *graphMap) boxWidth(v int) float64 {
	switch {
	case v >= m.nodes:
		return 0
	case m.g.Nodes[v].Outer, m.g.Nodes[v].Small:
		return smallWidth
	}
	return boxWidth
}

// corner is the top left of a node's box.
func (m *graphMap) corner(v int) spot {
	return spot{m.x[m.layer[v]] + (m.wide[m.layer[v]]-m.boxWidth(v))/2, m.y[v] - boxHeight/2}
}

// way is what an edge goes through, from the side of one box to the side of another.
func (m *graphMap) way(edge int) []spot {
	chain := m.chains[edge]
	var spots []spot
	for i, v := range chain {
		c := m.corner(v)
		switch {
		case i == 0 && m.layer[v] > m.layer[chain[1]]: // back
			spots = append(spots, spot{c.x, m.y[v] + 8})
		case i == 0:
			spots = append(spots, spot{c.x + m.boxWidth(v), m.y[v]})
		case i == len(chain)-1 && m.layer[v] < m.layer[chain[i-1]]:
			spots = append(spots, spot{c.x + m.boxWidth(v), m.y[v] + 8})
		case i == len(chain)-1:
			spots = append(spots, spot{c.x, m.y[v]})
		default: // level past the boxes of a layer, so that none is crossed
			near, far := m.x[m.layer[v]], m.x[m.layer[v]]+m.wide[m.layer[v]]
			if m.layer[v] < m.layer[chain[i-1]] {
				near, far = far, near
			}
			spots = append(spots, spot{near, m.y[v]}, spot{far, m.y[v]})
		}
	}
	return spots
}

// edge draws the way with a head at its end: every way ends level.
func (p *canvas) edge(e reports.GraphEdge, way []spot) {
	const head = 8.0
	end, before := way[len(way)-1], way[len(way)-2]
	forward := 1.0
	if end.x < before.x {
		forward = -1
	}
	p.open("g", "class", "edge "+class(e.Tone))
	d := "M" + num(way[0].x) + " " + num(way[0].y)
	for i := 1; i < len(way); i++ {
		a, b := way[i-1], way[i]
		if i == len(way)-1 {
			b.x -= forward * head
		}
		bend := (b.x - a.x) / 2
		d += "C" + num(a.x+bend) + " " + num(a.y) + " " + num(b.x-bend) + " " + num(b.y) + " " + num(b.x) + " " + num(b.y)
	}
	width := 1 + min(max(e.Weight, 0), 1)*(mostWeight-1)
	p.element("path", "class", "way", "d", d, "stroke-width", num(width))
	p.element("path", "class", "head", "d", "M"+num(end.x)+" "+num(end.y)+"l"+num(-forward*head)+" -5v10z")
	p.close("g")
}

// reading writes what an edge carries, nearer to its end, where edges that
// begin at one node lie apart.
func (p *canvas) reading(e reports.GraphEdge, index int, way []spot, taken map[[2]int]int) {
	a, b := way[len(way)-2], way[len(way)-1]
	at := spot{a.x + (b.x-a.x)*0.5, a.y + (b.y-a.y)*0.6}
	key := [2]int{int(at.x / 60), int(at.y / 15)}
	at.y += float64(taken[key]) * 15 // two readings in one place would hide each other
	taken[key]++
	p.open("g", "class", "edge-reading "+class(e.Tone), "data-edge", strconv.Itoa(index))
	if e.Detail != "" {
		p.title(e.Detail)
	}
	p.text(at.x, at.y-8, "reading", "middle", safe.Short(e.Text, edgeChars))
	p.close("g")
}

func (p *canvas) node(n reports.GraphNode, index int, m *graphMap) {
	c, width := m.corner(index), m.boxWidth(index)
	kind := "node "
	if n.Outer {
		kind = "node outer "
	}
	p.open("g", "class", kind+class(n.Tone), "data-node", strconv.Itoa(index))
	title := n.Name
	if n.Detail != "" {
		title += ": " + n.Detail
	}
	p.title(title)
	p.rect(c.x, c.y, width, boxHeight, "box", "rx", "7")
	middle, chars := c.x+width/2, int(width/nameWidth)
	p.text(middle, c.y+19, "node-name", "middle", safe.Short(n.Name, chars))
	p.text(middle, c.y+34, "node-kind", "middle", safe.Short(n.Kind, chars+3))
	p.text(middle, c.y+50, "reading", "middle", safe.Short(n.Text, chars+4))
	p.close("g")
}
