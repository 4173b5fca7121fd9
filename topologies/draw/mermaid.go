package draw

import (
	"fmt"
	"strings"
	"unicode"

	"windtunnel/topologies"
)

// mermaidShapes are the brackets round a label, by kind; others get a rectangle.
var mermaidShapes = map[string][2]string{
	"gateway":   {"{{", "}}"},
	"breaker":   {"{", "}"},
	"balancer":  {"[/", `\]`},
	"cache":     {"[(", ")]"},
	"container": {"[[", "]]"},
	"external":  {">", "]"},
}

// Mermaid draws the graph as a Mermaid flowchart, which GitHub and GitLab show
// in Markdown. Names are written so that none can end its label: the ids are
// numbers, and what is special to Mermaid is an entity.
func Mermaid(g *topologies.Graph) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	ids := map[string]string{"": "outside"}
	fmt.Fprintf(&b, "  outside([\"outside\"])\n")
	for i, box := range boxes(g) {
		ids[box.name] = fmt.Sprintf("n%d", i)
		shape, ok := mermaidShapes[box.kind]
		if !ok {
			shape = [2]string{"[", "]"}
		}
		lines := []string{mermaidText(box.name)}
		for _, line := range box.rest {
			lines = append(lines, mermaidText(line))
		}
		fmt.Fprintf(&b, "  %s%s\"%s\"%s\n", ids[box.name], shape[0], strings.Join(lines, "<br>"), shape[1])
	}
	for _, a := range arrows(g) {
		label := ""
		if a.label != "" {
			label = fmt.Sprintf("|\"%s\"|", mermaidText(a.label))
		}
		fmt.Fprintf(&b, "  %s -->%s %s\n", ids[a.from], label, ids[a.to])
	}
	return b.String()
}

// mermaidText writes a text for use within quotes.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" -_.,:/%·×()", r):
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			b.WriteRune('�')
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
