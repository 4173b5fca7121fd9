package draw

import (
	"fmt"
	"strings"

	"windtunnel/topologies"
)

// dotShapes are Graphviz's shapes by kind; others get a box.
var dotShapes = map[string]string{
	"gateway":   "hexagon",
	"breaker":   "diamond",
	"balancer":  "trapezium",
	"cache":     "cylinder",
	"container": "component",
	"external":  "cds",
}

// DOT draws the graph in Graphviz's language: `windtunnel graph … | dot -Tsvg`.
func DOT(g *topologies.Graph) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotText(g.Topology.Name))
	b.WriteString("  rankdir=LR\n  node [fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\" fontsize=10]\n")
	b.WriteString("  outside [shape=plaintext]\n")
	ids := map[string]string{"": "outside"}
	for i, box := range boxes(g) {
		ids[box.name] = fmt.Sprintf("n%d", i)
		shape, ok := dotShapes[box.kind]
		if !ok {
			shape = "box"
		}
		fmt.Fprintf(&b, "  %s [shape=%s label=%s]\n", ids[box.name], shape, dotText(append([]string{box.name}, box.rest...)...))
	}
	for _, a := range arrows(g) {
		label := ""
		if a.label != "" {
			label = fmt.Sprintf(" [label=%s]", dotText(a.label))
		}
		fmt.Fprintf(&b, "  %s -> %s%s\n", ids[a.from], ids[a.to], label)
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText quotes lines as one DOT string. Backslashes are doubled, so that a
// name cannot hold an escape of its own.
func dotText(lines ...string) string {
	quoted := make([]string, len(lines))
	for i, line := range lines {
		quoted[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(line))
	}
	return `"` + strings.Join(quoted, `\n`) + `"`
}
