package svg

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestLayersByHand(t *testing.T) {
	// A gateway, three services, one of which calls a fourth that the gateway calls too.
	l := newLayers(5, [][2]int{{0, 1}, {0, 2}, {0, 3}, {2, 4}, {0, 4}})
	if want := []int{0, 1, 1, 1, 2}; !slices.Equal(l.layer[:5], want) {
		t.Errorf("layers %v, want %v", l.layer[:5], want)
	}
	if n := l.crossings(); n != 0 {
		t.Errorf("%d edges cross", n)
	}
	if got := l.chains[4]; len(got) != 3 || got[0] != 0 || got[2] != 4 || l.layer[got[1]] != 1 {
		t.Errorf("the long edge goes through %v", got)
	}
}

// Two edges that cross in the order of the file do not once they are arranged.
func TestLayersUncross(t *testing.T) {
	if n := newLayers(4, [][2]int{{0, 3}, {1, 2}}).crossings(); n != 0 {
		t.Errorf("%d edges cross", n)
	}
}

func TestLayersOfACycle(t *testing.T) {
	l := newLayers(3, [][2]int{{0, 1}, {1, 2}, {2, 0}})
	if want := []int{0, 1, 2}; !slices.Equal(l.layer[:3], want) {
		t.Errorf("layers %v, want %v", l.layer[:3], want)
	}
	if back := l.chains[2]; back[0] != 2 || back[len(back)-1] != 0 {
		t.Errorf("the edge back goes through %v", back)
	}
}

func TestLayersOfNothing(t *testing.T) {
	if l := newLayers(0, nil); len(l.settled()) != 0 {
		t.Error(l)
	}
	if y := newLayers(1, nil).settled(); y[0] != 0 {
		t.Error(y)
	}
}

// Whatever the graph: every vertex has a place of its own, edges go on to the
// next layer step by step, and vertices keep their room.
func TestLayersOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		vertex := rapid.IntRange(0, n-1)
		var edges [][2]int
		for range rapid.IntRange(0, 20).Draw(t, "edges") {
			if e := [2]int{vertex.Draw(t, "from"), vertex.Draw(t, "to")}; e[0] != e[1] {
				edges = append(edges, e)
			}
		}
		l := newLayers(n, edges)
		for i, e := range edges {
			chain := l.chains[i]
			if chain[0] != e[0] || chain[len(chain)-1] != e[1] {
				t.Fatalf("edge %v goes through %v", e, chain)
			}
			for k := range len(chain) - 1 {
				if step := l.layer[chain[k+1]] - l.layer[chain[k]]; step != 1 && step != -1 {
					t.Fatalf("edge %v jumps over %d layers", e, step)
				}
			}
		}
		seen := map[int]bool{}
		for at, layer := range l.order {
			for i, v := range layer {
				if seen[v] || l.layer[v] != at || l.place[v] != i {
					t.Fatalf("vertex %d stands wrong", v)
				}
				seen[v] = true
			}
		}
		if len(seen) != len(l.layer) {
			t.Fatalf("%d of %d vertices have a place", len(seen), len(l.layer))
		}
		y := l.settled()
		for _, layer := range l.order {
			for i := range len(layer) - 1 {
				if y[layer[i+1]]-y[layer[i]] < l.room(layer[i], layer[i+1])-1e-9 {
					t.Fatalf("vertices %d and %d at %v and %v", layer[i], layer[i+1], y[layer[i]], y[layer[i+1]])
				}
			}
		}
	})
}
