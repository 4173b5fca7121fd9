package svg

import (
	"cmp"
	"math"
	"slices"
)

// layers is a layered layout of a directed graph (Sugiyama, Tagawa, Toda 1981):
// who calls stands left of who is called. Edges that close a cycle are turned
// round first; edges over several layers get a bend in each that they pass.
// Vertices below the number of nodes are nodes, the others are bends.
type layers struct {
	nodes  int
	layer  []int   // of each vertex
	order  [][]int // the vertices of each layer, from the top
	chains [][]int // the vertices that each edge goes through, its ends included
	place  []int   // of each vertex in its layer
}

// newLayers lays out n nodes and their edges, in which no node calls itself.
func newLayers(n int, edges [][2]int) *layers {
	l := &layers{nodes: n, layer: make([]int, n)}
	forward := acyclic(n, edges)
	l.assign(forward)
	l.bend(edges, forward)
	l.arrange()
	return l
}

// acyclic turns the edges round that lead back to a node on the way to it.
func acyclic(n int, edges [][2]int) [][2]int {
	const unseen, onWay, done = 0, 1, 2
	state := make([]int, n)
	turned := make([]bool, len(edges))
	var visit func(int)
	visit = func(v int) {
		state[v] = onWay
		for i, e := range edges {
			if e[0] != v {
				continue
			}
			switch state[e[1]] {
			case onWay:
				turned[i] = true
			case unseen:
				visit(e[1])
			}
		}
		state[v] = done
	}
	for v := range n {
		if state[v] == unseen {
			visit(v)
		}
	}
	forward := slices.Clone(edges)
	for i := range forward {
		if turned[i] {
			forward[i] = [2]int{edges[i][1], edges[i][0]}
		}
	}
	return forward
}

// assign gives each node the length of the longest way to it.
func (l *layers) assign(forward [][2]int) {
	for range l.nodes { // each round settles at least one more layer
		moved := false
		for _, e := range forward {
			if l.layer[e[1]] < l.layer[e[0]]+1 {
				l.layer[e[1]] = l.layer[e[0]] + 1
				moved = true
			}
		}
		if !moved {
			return
		}
	}
}

// bend gives edges a vertex in each layer that they pass.
func (l *layers) bend(edges, forward [][2]int) {
	for i, e := range forward {
		chain := []int{e[0]}
		for at := l.layer[e[0]] + 1; at < l.layer[e[1]]; at++ {
			chain = append(chain, len(l.layer))
			l.layer = append(l.layer, at)
		}
		chain = append(chain, e[1])
		if e != edges[i] {
			slices.Reverse(chain)
		}
		l.chains = append(l.chains, chain)
	}
}

// sweeps is how often the layers are ordered anew, in turn from either side.
const sweeps = 12

// arrange orders the vertices of each layer by the mean place of their
// neighbours, and keeps the order with the fewest crossings.
func (l *layers) arrange() {
	l.place = make([]int, len(l.layer))
	l.order = make([][]int, slices.Max(append(slices.Clone(l.layer), 0))+1)
	for v, at := range l.layer {
		l.order[at] = append(l.order[at], v)
	}
	l.settle()
	best, fewest := l.copied(), l.crossings()
	for sweep := range sweeps {
		for i := range l.order {
			at, beside := i, i-1
			if sweep%2 == 1 {
				at, beside = len(l.order)-1-i, len(l.order)-i
			}
			l.reorder(at, beside)
		}
		if n := l.crossings(); n < fewest {
			best, fewest = l.copied(), n
		}
	}
	l.order = best
	l.settle()
}

func (l *layers) settle() {
	for _, layer := range l.order {
		for i, v := range layer {
			l.place[v] = i
		}
	}
}

func (l *layers) copied() [][]int {
	c := make([][]int, len(l.order))
	for i := range l.order {
		c[i] = slices.Clone(l.order[i])
	}
	return c
}

// reorder sorts one layer by the places of the neighbours in the layer beside it.
func (l *layers) reorder(at, beside int) {
	if beside < 0 || beside >= len(l.order) {
		return
	}
	mean := map[int]float64{}
	for _, v := range l.order[at] {
		sum, n := 0, 0
		for _, w := range l.neighbours(v, beside) {
			sum, n = sum+l.place[w], n+1
		}
		mean[v] = float64(l.place[v])
		if n > 0 {
			mean[v] = float64(sum) / float64(n)
		}
	}
	slices.SortStableFunc(l.order[at], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
	l.settle()
}

// neighbours are the vertices of a layer that an edge joins with v.
func (l *layers) neighbours(v, layer int) []int {
	var found []int
	for _, chain := range l.chains {
		for i := range len(chain) - 1 {
			a, b := chain[i], chain[i+1]
			if a == v && l.layer[b] == layer {
				found = append(found, b)
			} else if b == v && l.layer[a] == layer {
				found = append(found, a)
			}
		}
	}
	return found
}

// crossings counts the pairs of edges that cross between two layers.
func (l *layers) crossings() int {
	between := map[int][][2]int{} // by the left layer: the places of both ends
	for _, chain := range l.chains {
		for i := range len(chain) - 1 {
			a, b := chain[i], chain[i+1]
			if l.layer[a] > l.layer[b] {
				a, b = b, a
			}
			between[l.layer[a]] = append(between[l.layer[a]], [2]int{l.place[a], l.place[b]})
		}
	}
	n := 0
	for _, pairs := range between {
		for i, p := range pairs {
			for _, q := range pairs[:i] {
				if (p[0]-q[0])*(p[1]-q[1]) < 0 {
					n++
				}
			}
		}
	}
	return n
}

// settled returns how far down each vertex stands, in rows. Vertices are drawn
// to the middle of their neighbours, and stay at least their room apart: 1 for a
// node, and less for a bend.
func (l *layers) settled() []float64 {
	y := make([]float64, len(l.layer))
	for _, layer := range l.order {
		for i, v := range layer {
			y[v] = float64(i) - float64(len(layer)-1)/2
		}
	}
	for round := range 2 * sweeps {
		for i := range l.order {
			at := i
			if round%2 == 1 {
				at = len(l.order) - 1 - i
			}
			l.pull(l.order[at], y)
		}
	}
	least := math.Inf(1)
	for _, v := range y {
		least = min(least, v)
	}
	for v := range y {
		y[v] -= least
	}
	return y
}

// pull moves the vertices of a layer towards their neighbours, in their order.
func (l *layers) pull(layer []int, y []float64) {
	want := make([]float64, len(layer))
	for i, v := range layer {
		around := append(l.neighbours(v, l.layer[v]-1), l.neighbours(v, l.layer[v]+1)...)
		want[i] = y[v]
		if len(around) > 0 {
			sum := 0.0
			for _, w := range around {
				sum += y[w]
			}
			want[i] = sum / float64(len(around))
		}
	}
	// As near as possible from above and from below, and the middle of both.
	down, up := slices.Clone(want), slices.Clone(want)
	for i := 1; i < len(layer); i++ {
		down[i] = max(down[i], down[i-1]+l.room(layer[i-1], layer[i]))
	}
	for i := len(layer) - 2; i >= 0; i-- {
		up[i] = min(up[i], up[i+1]-l.room(layer[i], layer[i+1]))
	}
	for i, v := range layer {
		y[v] = (down[i] + up[i]) / 2
	}
}

// room is how far apart two vertices must stand.
func (l *layers) room(a, b int) float64 {
	room := 0.0
	for _, v := range []int{a, b} {
		if v < l.nodes {
			room += 0.5
		} else {
			room += 0.25
		}
	}
	return room
}
