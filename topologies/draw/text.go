package draw

import (
	"strings"
	"unicode"

	"windtunnel/topologies"
)

// Text draws the graph as a tree for the terminal, from the outside inwards. A
// node that is called from several places is drawn in full at the first and
// marked with ↑ at the others. Nodes that nothing reaches come last.
func Text(g *topologies.Graph) string {
	t := &tree{boxes: map[string]box{}, callees: map[string][]arrow{}, drawn: map[string]bool{}}
	all := boxes(g)
	for _, b := range all {
		t.boxes[b.name] = b
	}
	for _, a := range arrows(g) {
		t.callees[a.from] = append(t.callees[a.from], a)
	}
	t.line("outside")
	t.below("", "")
	for _, b := range all {
		if !t.drawn[b.name] {
			t.line(t.words(b.name, "nothing"))
			t.drawn[b.name] = true
			t.below(b.name, "")
		}
	}
	return t.out.String()
}

type tree struct {
	boxes   map[string]box
	callees map[string][]arrow
	drawn   map[string]bool
	out     strings.Builder
}

func (t *tree) line(s string) { t.out.WriteString(printable(s) + "\n") }

// below draws what a node calls, each line begun with the rails of its callers.
func (t *tree) below(caller, rails string) {
	callees := t.callees[caller]
	for i, a := range callees {
		branch, rail := "├─ ", "│  "
		if i == len(callees)-1 {
			branch, rail = "└─ ", "   "
		}
		if t.drawn[a.to] {
			t.line(rails + branch + a.to + " ↑" + labelled(a.label))
			continue
		}
		t.drawn[a.to] = true
		t.line(rails + branch + t.words(a.to, a.label))
		t.below(a.to, rails+rail)
	}
}

// words is a node with its kind, hosts and limits, and the label of the arrow to it.
func (t *tree) words(name, label string) string {
	return name + " (" + strings.Join(t.boxes[name].rest, "; ") + ")" + labelled(label)
}

func labelled(label string) string {
	if label == "" {
		return ""
	}
	return "  ← " + label
}

// printable replaces what would steer a terminal rather than show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, s)
}
