// Package draw shows a resolved topology: as Mermaid for a README, as DOT for
// Graphviz, and as a tree for the terminal. All three say the same: what is
// deployed, what lives where, who calls whom, and which policies lie in between.
//
//	graph, problems := topologies.Resolve(…)
//	fmt.Print(draw.Mermaid(graph))
package draw
